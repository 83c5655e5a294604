"""All kinds of record by name; a theme's module is loaded when one of its kinds is asked for."""

from collections.abc import Iterator, Mapping
from importlib import import_module

from crm_tui.domain.errors import NotFound
from crm_tui.domain.msg import msg
from crm_tui.domain.records.base import Kind

_THEMES: dict[str, tuple[str, ...]] = {
    "customers": ("customer", "contact"),
    "tickets": ("ticket",),
    "org": ("staff", "department", "team"),
    "trade": ("product", "order", "contract"),
    "interactions": ("interaction",),
    "requirements": ("requirement",),
    "goals": ("goal",),
    "tasks": ("task", "risk_case"),
    "surveys": ("survey_answer",),
    "churn": ("churn_record",),
    "improvement": ("improvement_item",),
    "desk": ("saved_view", "canned_text", "macro", "time_entry", "checklist_item"),
    "settings": ("calendar", "policy_line"),
}
_PLACES = {name: theme for theme, names in _THEMES.items() for name in names}
_loaded: dict[str, Kind] = {}


def kind(name: str) -> Kind:
    """The kind called ``name``; `NotFound` names the known ones."""
    found = _loaded.get(name)
    if found is not None:
        return found
    theme = _PLACES.get(name)
    if theme is None:
        known = ", ".join(_PLACES)
        raise NotFound(
            msg("There is no kind of record {name}; known are {known}", name=name, known=known),
            field="kind",
        )
    module = import_module(f"crm_tui.domain.records.{theme}")
    for one in module.KINDS:
        _loaded[one.name] = one
    return _loaded[name]


class _Registry(Mapping[str, Kind]):
    """Kinds by name in the order of the documentation, each loaded on first use."""

    def __getitem__(self, name: str) -> Kind:
        if name not in _PLACES:
            raise KeyError(name)
        return kind(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


REGISTRY: Mapping[str, Kind] = _Registry()
"""Every kind of record."""
