"""SLA policies and work calendars: versions are added, never changed (R-120, R-142, sla.md 1 and 2.5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from crm_tui.db.schema.system import calendar, calendar_day, calendar_version, policy_book
from crm_tui.db.schema.tickets import OPEN, ticket, ticket_clock
from crm_tui.domain.business_time import Calendar
from crm_tui.domain.errors import NotFound, ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.policy import PolicyBook, default_policy_book
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.permissions import need_role
from crm_tui.services.result import Result
from crm_tui.services.unit import Unit

DEFAULT_WEEK = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
SEEDED_YEARS = range(2010, 2028)


@dataclass(frozen=True, slots=True)
class CalendarView:
    """A calendar as shown; ``missing_years`` have holidays but no make-up days yet."""

    name: str
    version: int
    timezone: str
    hours: Mapping[str, Any]
    days: int
    missing_years: tuple[int, ...]


def preload(unit: Unit) -> None:
    """Fill a fresh database with the default calendar and the policy of the sources."""
    zone = unit.core.rules.zone
    new = unit.add(calendar, {"name": "default", "data": {"timezone": zone, "hours": DEFAULT_WEEK}})
    seed_holidays(unit, new, SEEDED_YEARS)
    _keep_state(unit, new)
    book = default_policy_book()
    unit.conn.execute(
        insert(policy_book).values(
            version=1, at=unit.now, by_id=unit.actor.staff_id or None, data=book.to_data()
        )
    )
    unit.log("calendar", new, "created", changes={"name": [None, "default"]})
    unit.log("policy", 1, "created")


def seed_holidays(unit: Unit, calendar_id: int, years: Sequence[int]) -> None:
    """Write the public holidays and make-up working days of China as rows (R-120, sla.md 1.9)."""
    # Imported here: 25 ms and 13 MB that only a fresh database and a new year need.
    import holidays

    known = holidays.country_holidays("CN", years=list(years), language="zh_CN")
    rows = [
        {
            "calendar_id": calendar_id,
            "day": day,
            "kind": "holiday",
            "frames": [],
            "name": str(name)[:80],
        }
        for day, name in sorted(known.items())
        if day.year in years
    ]
    rows += [
        {
            "calendar_id": calendar_id,
            "day": day,
            "kind": "frames",
            "frames": [["09:00", "18:00"]],
            "name": "调休",
        }
        for day in sorted(known.weekend_workdays)
        if day.year in years
    ]
    unit.conn.execute(insert(calendar_day), rows)


def current_version(unit: Unit) -> int:
    """The version of the policy in force."""
    return int(unit.conn.execute(select(func.max(policy_book.c.version))).scalar_one() or 1)


def book(unit: Unit, version: int) -> PolicyBook:
    """A version of the policy; versions never change, so they are kept."""
    kept: dict[int, PolicyBook] = unit.core.cache.setdefault("books", {})
    if version not in kept:
        query = select(policy_book.c.data).where(policy_book.c.version == version)
        data = unit.conn.execute(query).scalar_one_or_none()
        if data is None:
            raise NotFound(msg("There is no policy version {version}", version=version))
        kept[version] = PolicyBook.from_data(data)
    return kept[version]


def calendar_named(unit: Unit, name: str) -> Calendar:
    """A calendar as it is now."""
    return calendar_states(unit, name)[-1][1]


def calendar_states(unit: Unit, name: str) -> tuple[tuple[datetime, Calendar], ...]:
    """A calendar's states, each with the moment from which it was in force; kept until it changes."""
    query = select(calendar.c.id, calendar.c.version, calendar.c.updated_at)
    row = unit.conn.execute(query.where(calendar.c.name == name)).first()
    if row is None:
        raise NotFound(msg("There is no calendar {name}", name=name), field="calendar")
    # With its time: a version that was taken back may come again with other days.
    key = (row.version, row.updated_at)
    kept: dict[str, tuple[Any, tuple[tuple[datetime, Calendar], ...]]]
    kept = unit.core.cache.setdefault("calendars", {})
    if name not in kept or kept[name][0] != key:
        known = select(calendar_version).where(calendar_version.c.calendar_id == row.id)
        kept[name] = (
            key,
            tuple(
                (r["at"], build(name, r["version"], r["data"], r["data"]["days"]))
                for r in unit.conn.execute(known.order_by(calendar_version.c.version)).mappings()
            ),
        )
    return kept[name][1]


def build(
    name: str, version: int, data: Mapping[str, Any], days: Sequence[Mapping[str, Any]]
) -> Calendar:
    """A calendar from what is stored; refused when it has no working time (sla.md 1.6)."""
    return Calendar.from_data(
        {
            "name": name,
            "version": version,
            "timezone": data["timezone"],
            "hours": data["hours"],
            "holidays": [d["day"] for d in days if d["kind"] == "holiday"],
            "overrides": {d["day"]: d["frames"] for d in days if d["kind"] == "frames"},
        }
    )


def _keep_state(unit: Unit, calendar_id: int) -> None:
    """Store the calendar as it now stands, checked, as the state in force from now on."""
    row = unit.row(calendar, calendar_id)
    days = unit.conn.execute(
        select(calendar_day)
        .where(calendar_day.c.calendar_id == calendar_id)
        .order_by(calendar_day.c.day)
    ).mappings()
    data = {
        "timezone": row["data"]["timezone"],
        "hours": row["data"]["hours"],
        "days": [
            {"day": d["day"].isoformat(), "kind": d["kind"], "frames": d["frames"]} for d in days
        ],
    }
    build(row["name"], row["version"], data, data["days"])
    unit.conn.execute(
        insert(calendar_version).values(
            calendar_id=calendar_id, version=row["version"], at=unit.now, data=data
        )
    )


def _reclock(unit: Unit) -> None:
    """Have open tickets computed again where a clock that has not stopped counts by a calendar."""
    counting = select(ticket_clock.c.ticket_id).where(
        ticket_clock.c.state.in_(("running", "paused")), ticket_clock.c.calendar_version > 0
    )
    rows = unit.conn.execute(select(ticket.c.id).where(OPEN, ticket.c.id.in_(counting)))
    unit.touched |= {int(r.id) for r in rows}


class PolicyService:
    """Policies and calendars as settings."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def current(self, *, actor: Actor) -> PolicyBook:
        """The policy in force."""
        with self._core.read(actor) as unit:
            return book(unit, current_version(unit))

    def replace(self, data: Mapping[str, Any], *, actor: Actor, reason: str) -> int:
        """Put a new version of the policy in force; running clocks keep theirs (R-142)."""
        with self._core.write(actor) as unit:
            need_role(actor, "admin")
            version = current_version(unit) + 1
            if not isinstance(data, Mapping):
                raise ValidationError(msg("A policy is an object with lines"), field="policy")
            fresh = PolicyBook.from_data({**data, "version": version})
            for name in sorted({line.calendar for line in fresh.lines if line.calendar}):
                # Refused here: a clock that finds no calendar would stop every save of its ticket.
                calendar_named(unit, name)
            unit.conn.execute(
                insert(policy_book).values(
                    version=version, at=unit.now, by_id=actor.staff_id, data=fresh.to_data()
                )
            )
            unit.log("policy", version, "replaced", reason=reason)
            return version

    def change_line(
        self, line_id: str, changes: Mapping[str, Any], *, actor: Actor, reason: str = ""
    ) -> int:
        """Change one line in a new version of the policy."""
        fresh = self.current(actor=actor).changed(line_id, changes)
        return self.replace(fresh.to_data(), actor=actor, reason=reason or line_id)

    def calendar(self, name: str) -> Calendar:
        """A calendar by name."""
        with self._core.read() as unit:
            return calendar_named(unit, name)

    def calendars(self) -> list[CalendarView]:
        """All calendars, with the years whose make-up days are not known yet."""
        with self._core.read() as unit:
            return [self._view(unit, row) for row in unit.conn.execute(select(calendar)).mappings()]

    def _view(self, unit: Unit, row: Mapping[Any, Any]) -> CalendarView:
        days = list(
            unit.conn.execute(
                select(calendar_day.c.day, calendar_day.c.kind).where(
                    calendar_day.c.calendar_id == row["id"]
                )
            )
        )
        with_holidays = {d.day.year for d in days if d.kind == "holiday"}
        with_makeup = {d.day.year for d in days if d.kind == "frames"}
        return CalendarView(
            row["name"],
            row["version"],
            row["data"]["timezone"],
            row["data"]["hours"],
            len(days),
            tuple(sorted(with_holidays - with_makeup)),
        )

    def save_calendar(self, name: str, data: Mapping[str, Any], *, actor: Actor) -> Result:
        """Add or change a calendar: ``timezone`` and ``hours``; running clocks follow (sla.md 2.5)."""

        def work(unit: Unit, item: int) -> Msg | None:
            need_role(actor, "admin")
            if not name.strip():
                raise ValidationError(msg("A calendar needs a name"), field="name")
            row = (
                unit.conn.execute(select(calendar).where(calendar.c.name == name))
                .mappings()
                .first()
            )
            fresh = {"timezone": data["timezone"], "hours": data["hours"]}
            if row is None:
                new = unit.add(calendar, {"name": name, "data": fresh})
                _keep_state(unit, new)
                unit.log("calendar", new, "created", changes={"name": [None, name]})
                return None
            diff = unit.change(calendar, row, {"data": fresh, "version": row["version"] + 1})
            _keep_state(unit, row["id"])
            unit.log("calendar", row["id"], "changed", changes=diff)
            _reclock(unit)
            return None

        return self._core.each(actor, [0], msg("Calendar saved"), work, undoable=False)

    def set_day(
        self,
        name: str,
        day: date,
        frames: Sequence[Sequence[str]] | None,
        *,
        actor: Actor,
        label: str = "",
    ) -> Result:
        """Make a date a holiday (no frames), a day with other frames, or (None) an ordinary day again."""

        def work(unit: Unit, item: int) -> Msg | None:
            need_role(actor, "admin")
            row = (
                unit.conn.execute(select(calendar).where(calendar.c.name == name))
                .mappings()
                .first()
            )
            if row is None:
                raise NotFound(msg("There is no calendar {name}", name=name), field="calendar")
            here = (calendar_day.c.calendar_id == row["id"]) & (calendar_day.c.day == day)
            unit.conn.execute(delete(calendar_day).where(here))
            if frames is not None:
                unit.conn.execute(
                    insert(calendar_day).values(
                        calendar_id=row["id"],
                        day=day,
                        kind="frames" if frames else "holiday",
                        frames=[list(f) for f in frames],
                        name=label,
                    )
                )
            unit.conn.execute(
                update(calendar)
                .where(calendar.c.id == row["id"])
                .values(version=row["version"] + 1, updated_at=unit.now)
            )
            _keep_state(unit, row["id"])
            unit.log(
                "calendar",
                row["id"],
                "day_set",
                changes={
                    day.isoformat(): [None, None if frames is None else list(map(list, frames))]
                },
            )
            _reclock(unit)
            return None

        return self._core.each(actor, [0], msg("Day set"), work, undoable=False)


__all__ = ["CalendarView", "PolicyService", "book", "calendar_named", "current_version", "preload"]
