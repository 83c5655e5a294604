"""The registry of figures: one definition serves panel, goals, command line and exports (R-250)."""

from collections.abc import Mapping
from typing import Final

from crm_tui.domain.errors import NotFound
from crm_tui.domain.kpi import service, team, value
from crm_tui.domain.kpi.spec import DIMENSIONS, DIRECTIONS, GROUPS, UNITS, Spec, Sums
from crm_tui.domain.msg import N_, msg

FIGURES: Final[Mapping[str, Spec]] = {
    s.id: s for s in (*service.FIGURES, *value.FIGURES, *team.FIGURES)
}
"""Every figure by its id, in the order of the panel."""
GRIDS: Final[Mapping[str, str]] = {
    "arrivals_by_hour": N_("Arrivals by weekday and hour"),
    "compliance": N_("Limits kept by clock and tier"),
    "cohorts": N_("Customers that order again, by month of their first order"),
}
"""Tables of figures by id."""
BESIDE: Final[Mapping[str, str]] = {
    "business": N_("in working hours"),
    "median": N_("median"),
    "remainder": N_("still open"),
}
"""Figures printed with another that are none of their own."""
DISCOUNT: Final = 10
"""Percent a year by which the future counts less (D-21)."""

__all__ = [
    "BESIDE",
    "DIMENSIONS",
    "DIRECTIONS",
    "FIGURES",
    "GRIDS",
    "GROUPS",
    "UNITS",
    "Spec",
    "Sums",
    "spec",
]


def spec(figure_id: str) -> Spec:
    """A figure's definition; `NotFound` names those there are."""
    found = FIGURES.get(figure_id)
    if found is None:
        raise NotFound(
            msg(
                "There is no figure “{name}”; there are: {known}",
                name=figure_id[:40],
                known=", ".join(FIGURES),
            ),
            field="figure",
        )
    return found
