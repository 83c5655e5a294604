"""Which column of a file is which field of a kind, without a question (R-314, R-315)."""

from collections.abc import Sequence

from crm_tui.domain.records.base import FieldSpec, Kind, fields
from crm_tui.domain.records.folding import fold, without_brackets


def import_mapping(kind: Kind, headers: Sequence[str]) -> dict[str, str]:
    """Header -> field name, for every header that is recognised; each field at most once.

    Computed fields are mapped too (``历史合作时长``): the importer knows what to make of them.
    Exact names win over names without their bracketed remarks.
    """
    forms: dict[str, str] = {}
    for name, spec in fields(kind).items():
        for form in names_of(spec):
            forms.setdefault(fold(form), name)
    found: dict[str, str] = {}
    for simplify in (str, without_brackets):
        for header in headers:
            name = forms.get(fold(simplify(header)), "")
            if name and header not in found and name not in found.values():
                found[header] = name
    return {header: found[header] for header in headers if header in found}


def names_of(spec: FieldSpec) -> tuple[str, ...]:
    """Everything a field may be called in a header."""
    return (spec.name, spec.word, spec.label, *spec.aliases)


def recognised(kind: Kind, headers: Sequence[str]) -> float:
    """The share of non-empty headers that `import_mapping` recognises, to tell files apart."""
    named = [header for header in headers if header.strip()]
    return len(import_mapping(kind, named)) / len(named) if named else 0.0
