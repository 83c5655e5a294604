"""Write docs/kpi.md and docs/kpi.zh.md, what each figure is, from the registry of figures.

`kpi_reference.py` writes them; `kpi_reference.py check` fails where one is older than the registry.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from crm_tui import i18n
from crm_tui.domain import kpi
from crm_tui.domain.kpi.spec import Spec
from crm_tui.domain.msg import N_
from crm_tui.i18n import tr

DOCS = Path(__file__).resolve().parent.parent / "docs"
INTRODUCTION = (
    N_("Made from the registry by scripts/kpi_reference.py."),
    N_(
        "A period is whole local days, both ends included; weeks begin on Monday. Of a period that "
        "still runs, the days up to now count. A figure without a denominator is n/a, never 0. "
        "Fewer than ten rows in the denominator are marked as a small sample."
    ),
    N_(
        "A period that still runs is compared with the one before up to the same point: ten days of a "
        "month with the first ten of the month before. Such a change is marked “to date”."
    ),
    N_(
        "Segment, service tier, manager and source of a customer are those of now; the tier of a "
        "ticket is its own."
    ),
    N_(
        "As of a moment in the past, tickets, their clocks and contracts count as they stood then, by "
        "the log of what had been done: a ticket that was reopened later is still resolved, one that "
        "was escalated later is not yet. Not told by the log, and as they are now, are who owned a "
        "clock, the kind of a ticket, and which records were taken off the list. Orders, contacts and "
        "answers count by the day that they bear, whenever they were written down. As of a moment "
        "before anything that the store tells of, every figure is n/a."
    ),
    N_(
        "A customer that was taken off the list counts in all that it did: its orders, contracts, "
        "tickets, answers, its being added and its leaving. Only figures over the customers on the "
        "list (share of tier A, contacts a customer and month) leave it out, on both sides."
    ),
    N_(
        "Orders that were taken off the list and credit notes are no purchases; credit notes lower "
        "amounts, and never by more than their order. What a customer bought in all or in twelve "
        "months has a credit note in the same sum as the order that it credits; one of an unknown "
        "order counts on its own day. Orders of days to come count when they come. Answers off their "
        "scale are left out."
    ),
)


def page() -> str:
    """The whole page in the language in use."""
    lines = [f"# {tr(N_('Figures'))}", ""]
    for text in INTRODUCTION:
        lines += [tr(text), ""]
    for group, name in kpi.GROUPS.items():
        lines += [f"## {tr(name)}", ""]
        for spec in kpi.FIGURES.values():
            if spec.group == group:
                lines += section(spec)
    lines += [f"## {tr(N_('Tables of figures'))}", ""]
    lines += [f"- `{name}`: {tr(title)}" for name, title in kpi.GRIDS.items()]
    return "\n".join(lines) + "\n"


def section(spec: Spec) -> Iterator[str]:
    """One figure."""
    yield f"### {tr(spec.name)} (`{spec.id}`)"
    yield ""
    yield tr(spec.formula)
    yield ""
    yield f"- {tr(N_('Numerator'))}: {tr(spec.numerator)}"
    if spec.denominator:
        yield f"- {tr(N_('Denominator'))}: {tr(spec.denominator)}"
    unit, way = tr(kpi.UNITS[spec.unit]), tr(kpi.DIRECTIONS[spec.direction])
    yield f"- {tr(N_('Unit'))}: {unit}; {way}"
    if spec.dimensions:
        names = ", ".join(tr(kpi.DIMENSIONS[d]) for d in spec.dimensions)
        yield f"- {tr(N_('Dimensions'))}: {names}"
    if spec.role:
        yield f"- {tr(N_('For managers only'))}"
    yield f"- {', '.join(spec.references)}"
    yield ""


def made() -> dict[Path, str]:
    """Both pages by their place."""
    found: dict[Path, str] = {}
    for language, suffix in (("en", ""), ("zh", ".zh")):
        i18n.use(language)
        found[DOCS / f"kpi{suffix}.md"] = page()
    i18n.use("en")
    return found


def main() -> int:
    """Run."""
    old = 0
    for path, text in made().items():
        if sys.argv[1:] != ["check"]:
            path.write_text(text, "utf-8")
        elif not path.is_file() or path.read_text("utf-8") != text:
            print(f"{path.name} is older than the registry: run scripts/kpi_reference.py")
            old = 1
    return old


if __name__ == "__main__":
    sys.exit(main())
