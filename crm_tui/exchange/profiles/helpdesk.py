"""Profile helpdesk-events: the log of an Italian help desk, one row per activity.

Taking in charge is the acceptance and the first response. Times have no zone and are read in
Asia/Shanghai. All values are anonymous (``Value 7``) and stay text.
"""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from crm_tui.domain.msg import N_
from crm_tui.exchange.headers import Column
from crm_tui.exchange.profiles.base import SHANGHAI, Case, EventType, Refused, bad_time, refuse
from crm_tui.exchange.profiles.building import Building
from crm_tui.exchange.profiles.groups import MISSING, Times, grouped, year_first
from crm_tui.exchange.tabular import Row

STATES: Final = {
    "Take in charge ticket": "accepted",
    "Wait": "waiting_third_party",
    "Require upgrade": "waiting_third_party",
    "Resolve ticket": "resolved",
    "Closed": "closed",
}
"""Ticket state by activity; every other activity is an event without a change of state."""
_FOLDED: Final = {activity.casefold(): state for activity, state in STATES.items()}
_REQUIRED: Final = ("Case ID", "Activity", "Resource", "Complete Timestamp", "customer")
_OPTIONAL: Final = (
    "product",
    "seriousness",
    "seriousness_2",
    "responsible_section",
    "service_level",
    "service_type",
    "support_section",
    "workgroup",
)
_ELSEWHERE: Final = frozenset({"Case ID", "Activity", "Resource", "Complete Timestamp"})
_EXAMPLE: Final = "2010/10/29 10:14:06"


@dataclass(frozen=True, slots=True)
class HelpDesk:
    """The profile; ``zone`` is where the clock of the log stood."""

    zone: ZoneInfo = SHANGHAI
    name: str = "helpdesk-events"
    title: str = N_("Activity log of a help desk")
    columns: tuple[Column, ...] = (
        *(Column(name) for name in _REQUIRED),
        *(Column(name, required=False) for name in _OPTIONAL),
    )

    def parse(self, rows: Iterable[Row]) -> Iterator[Case | Refused]:
        """One ticket per case id; a row without a readable time is refused."""
        times = Times(year_first, self.zone)
        for item in grouped(rows, "Case ID"):
            if isinstance(item, Refused):
                yield item
            else:
                yield from self._case(item, times)

    def _case(self, rows: list[Row], times: Times) -> Iterator[Case | Refused]:
        case = Building(rows[0].values["Case ID"].strip())
        first: dict[str, str] = {}
        last: dict[str, str] = {}
        customer = ""
        received: datetime.datetime | None = None
        for row in rows:
            values = row.values
            at = times.get(values["Complete Timestamp"])
            if at is None:
                fault = bad_time("Complete Timestamp", values["Complete Timestamp"], _EXAMPLE)
                yield refuse(row, fault.message, fault.code)
                continue
            for column, text in values.items():
                if text == "?":
                    case.unknown[column, text] += 1
            activity = values["Activity"].strip()
            resource = values["Resource"].strip()
            resource = "" if resource in MISSING else resource
            case.begin(row, at, resource, values["Complete Timestamp"], activity, resource)
            if received is None:
                received = at
                first = values
                case.emit(EventType.CREATED)
                case.emit(EventType.REGISTERED)
            if values["customer"].strip() not in MISSING:
                customer = customer or values["customer"].strip()
            state = _FOLDED.get(activity.casefold())
            if activity in MISSING:
                case.cannot_read("Activity", activity)
            elif state is None:
                case.emit(EventType.ACTIVITY, text=activity)
            else:
                if state == "accepted":
                    case.respond()
                before = case.state
                case.enter(state)
                if before == state:
                    case.emit(EventType.ACTIVITY, text=activity)
            group = values.get("workgroup", "").strip()
            case.assign("" if group in MISSING else group, resource if state == "accepted" else "")
            case.end(
                {
                    column: text
                    for column, text in values.items()
                    if last.get(column) != text and column not in _ELSEWHERE
                }
                if last
                else {}
            )
            last = values
        if received is None:
            return
        product = last.get("product", "").strip()
        yield case.finish(
            self.name,
            customer=customer,
            subject=" · ".join(t for t in (case.number, product) if t not in MISSING),
            description="",
            kind="after_sales",
            channel="",
            received_at=received,
            registered_at=received,
            raw=first,
        )


PROFILE: Final = HelpDesk()
