"""Profile servicenow-events: an incident log with one row per update.

An event happens at sys_updated_at, read in Asia/Shanghai. resolved_at, closed_at, resolved_by and
closed_code repeat the final values on every row and are never read as known earlier. The first
response is the first row that is not New. Values the log does not know (``?``, ``-100``) stay text.
"""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from crm_tui.domain.msg import N_
from crm_tui.exchange.headers import Column
from crm_tui.exchange.profiles.base import (
    SHANGHAI,
    Case,
    EventType,
    Refused,
    bad_time,
    refuse,
)
from crm_tui.exchange.profiles.building import Building
from crm_tui.exchange.profiles.groups import MISSING, Times, day_first, grouped
from crm_tui.exchange.tabular import Row

STATES: Final = {
    "New": "registered",
    "Active": "accepted",
    "Awaiting User Info": "waiting_customer",
    "Resolved": "resolved",
    "Closed": "closed",
}
"""Ticket state by incident_state; any other ``Awaiting …`` is waiting_third_party."""
URGENCIES: Final = {"1": "urgent", "2": "normal", "3": "normal", "4": "low"}
"""Urgency by the digit a priority begins with."""
CHANNELS: Final = {"Phone": "phone", "Email": "email", "Self service": "online", "IVR": "phone"}
FINAL_COLUMNS: Final = frozenset({"resolved_at", "closed_at", "resolved_by", "closed_code"})
"""Columns that tell the end of the story on every row."""
UNKNOWN: Final = frozenset({"?", "-100"})

_IDENTITY: Final = (
    "incident_state",
    "sys_mod_count",
    "sys_updated_at",
    "sys_updated_by",
    "assignment_group",
    "assigned_to",
    "priority",
    "reassignment_count",
    "reopen_count",
)
_ELSEWHERE: Final = FINAL_COLUMNS | {"number", "sys_updated_at", "sys_updated_by"}
_REQUIRED: Final = (
    "number",
    "incident_state",
    "sys_updated_at",
    "sys_updated_by",
    "opened_at",
    "priority",
    "caller_id",
    "assignment_group",
    "assigned_to",
)
_OPTIONAL: Final = (
    "active",
    "reassignment_count",
    "reopen_count",
    "sys_mod_count",
    "made_sla",
    "opened_by",
    "sys_created_by",
    "sys_created_at",
    "contact_type",
    "location",
    "category",
    "subcategory",
    "u_symptom",
    "cmdb_ci",
    "impact",
    "urgency",
    "knowledge",
    "u_priority_confirmation",
    "notify",
    "problem_id",
    "rfc",
    "vendor",
    "caused_by",
    "closed_code",
    "resolved_by",
    "resolved_at",
    "closed_at",
)


def state_of(text: str) -> str | None:
    """The ticket state of an incident_state, None if it has no meaning here."""
    found = STATES.get(text)
    if found is None and text.startswith("Awaiting "):
        return "waiting_third_party"
    return found


def _known(values: dict[str, str], column: str) -> str:
    text = values.get(column, "").strip()
    return "" if text in MISSING or text in UNKNOWN else text


@dataclass(frozen=True, slots=True)
class ServiceNow:
    """The profile; ``zone`` is where the clock of the log stood."""

    zone: ZoneInfo = SHANGHAI
    name: str = "servicenow-events"
    title: str = N_("Incident log of ServiceNow")
    columns: tuple[Column, ...] = (
        *(Column(name) for name in _REQUIRED),
        *(Column(name, required=False) for name in _OPTIONAL),
    )

    def parse(self, rows: Iterable[Row]) -> Iterator[Case | Refused]:
        """One case per incident; a row without a readable sys_updated_at is refused."""
        times = Times(day_first, self.zone)
        for item in grouped(rows, "number"):
            if isinstance(item, Refused):
                yield item
            else:
                yield from self._case(item, times)

    def _case(self, rows: list[Row], times: Times) -> Iterator[Case | Refused]:
        case = Building(rows[0].values["number"].strip())
        first: dict[str, str] = {}
        last: dict[str, str] = {}
        customer = ""
        reopens = 0
        received = registered = datetime.datetime.min.replace(tzinfo=datetime.UTC)
        for row in rows:
            values = row.values
            at = times.get(values["sys_updated_at"])
            if at is None:
                fault = bad_time("sys_updated_at", values["sys_updated_at"], "29/2/2016 08:53")
                yield refuse(row, fault.message, fault.code)
                continue
            for column, text in values.items():
                if text in UNKNOWN and column not in ("incident_state", "priority"):
                    case.unknown[column, text] += 1
            customer = customer or _known(values, "caller_id")
            actor = _known(values, "sys_updated_by")
            opening = case.empty
            case.begin(row, at, actor, *[values.get(column, "") for column in _IDENTITY])
            if opening:
                first = values
                created = times.get(values.get("sys_created_at", ""))
                registered = created or at
                received = times.get(values["opened_at"]) or registered
                self._urgency(case, values, opening)
                case.emit(EventType.CREATED, {"urgency": case.urgency}, at=received)
                case.emit(EventType.REGISTERED, at=registered)
            self._state(case, values, reopens)
            count = values.get("reopen_count", "").strip()
            reopens = max(reopens, int(count) if count.isdecimal() else 0)
            case.assign(_known(values, "assignment_group"), _known(values, "assigned_to"))
            if not opening:
                self._urgency(case, values, opening)
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
        if case.empty:
            return
        parts = [text for c in ("category", "subcategory") if (text := _known(last, c))]
        yield case.finish(
            self.name,
            customer=customer,
            subject=" · ".join([case.number, *parts]),
            description=_known(last, "u_symptom"),
            kind="after_sales",
            channel=CHANNELS.get(last.get("contact_type", ""), ""),
            received_at=received,
            registered_at=registered,
            raw=first,
        )

    def _state(self, case: Building, values: dict[str, str], reopens: int) -> None:
        text = values["incident_state"].strip()
        state = state_of(text)
        count = values.get("reopen_count", "").strip()
        reopened = count.isdecimal() and int(count) > reopens
        if state is None:
            case.cannot_read("incident_state", text)
            state = case.state
        elif text != "New":
            case.respond()
        case.enter(state, reopened=reopened)

    def _urgency(self, case: Building, values: dict[str, str], opening: bool) -> None:
        text = values["priority"].strip()
        urgency = URGENCIES.get(text[:1]) if text[1:2] in ("", " ") else None
        if urgency is None:
            case.cannot_read("priority", text)
        elif opening:
            case.urgency = urgency
        else:
            case.prioritise(urgency)


PROFILE: Final = ServiceNow()
