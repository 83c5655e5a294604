"""What the values of dimensions are called."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import select

from crm_tui.db.schema.org import department, staff
from crm_tui.domain.msg import N_, Msg, msg
from crm_tui.domain.policy import CLOCK_LABELS, ClockKind
from crm_tui.domain.records.enums import ChurnCause, SurveyChannel, SurveyType
from crm_tui.domain.terms import Channel, Segment, TicketKind, TicketState
from crm_tui.domain.text import display
from crm_tui.i18n import current
from crm_tui.services.unit import Unit

ENUMS: Final[Mapping[str, tuple[Any, ...]]] = {
    "segment": (Segment,),
    "channel": (Channel, SurveyChannel),
    "kind": (TicketKind, SurveyType),
    "step": (TicketState,),
    "cause": (ChurnCause,),
}
CLOCKS: Final = {str(k): CLOCK_LABELS[k] for k in ClockKind}
WEEKDAYS: Final = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
WORDS: Final = {"ticket": N_("Asked after a ticket")}


def enum_label(dimension: str, key: str) -> Msg | str:
    """The label of an enumeration's value; free words as they are."""
    if dimension == "clock" and key in CLOCKS:
        return Msg(CLOCKS[key])
    if dimension == "kind" and key in WORDS:
        return Msg(WORDS[key])
    for one in ENUMS.get(dimension, ()):
        if key in set(one):
            return Msg(one(key).label())
    return display(key)


def labels(unit: Unit, dimension: str, keys: Iterable[str]) -> dict[str, Msg | str]:
    """Names for the values of a dimension; one for those that have none."""
    names: Mapping[str, str] = {}
    if dimension == "person":
        names = _people(unit)
    elif dimension == "department":
        names = _departments(unit)
    return {
        key: (names.get(key) or enum_label(dimension, key)) if key else msg("(none)")
        for key in keys
    }


def _people(unit: Unit) -> dict[str, str]:
    rows = unit.conn.execute(select(staff.c.id, staff.c.name))
    return {str(r.id): display(r.name) for r in rows}


def _departments(unit: Unit) -> dict[str, str]:
    name = department.c.name_zh if current() == "zh" else department.c.name_en
    return {str(r[0]): display(r[1]) for r in unit.conn.execute(select(department.c.id, name))}
