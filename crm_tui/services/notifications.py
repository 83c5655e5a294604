"""The inbox: rows that a person reads, acknowledges, snoozes or dismisses with a reason (R-110, R-118)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update

from crm_tui.db.schema.system import notification
from crm_tui.db.schema.tickets import approval, ticket
from crm_tui.domain.errors import NotFound, ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.text import display
from crm_tui.services import ticket_base as base
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.dto import ApprovalView, NotificationView
from crm_tui.services.lifecycle import acknowledged
from crm_tui.services.result import Result
from crm_tui.services.unit import Unit, message_from_data


def safe(message: Msg) -> Msg:
    """A sentence whose values are display-safe."""
    params = {k: display(v) if isinstance(v, str) else v for k, v in message.params.items()}
    return Msg(message.msgid, params)


@dataclass(frozen=True, slots=True)
class InboxPage:
    """A window of the inbox."""

    rows: tuple[NotificationView, ...]
    before: bool
    after: bool


def notification_view(row: Any) -> NotificationView:
    """A row of the inbox as shown."""
    return NotificationView(
        row["id"],
        row["kind"],
        row["subject_kind"],
        row["subject_id"],
        safe(message_from_data(row["text"])),
        row["at"],
        row["times"],
        row["read_at"] is not None,
        row["needs_acknowledgement"],
        row["acknowledged_at"],
        row["snoozed_until"],
        display(row["snooze_reason"] or ""),
    )


class NotificationService:
    """One's own inbox."""

    def __init__(self, core: Core) -> None:
        self._core = core
        core.inverses["inbox_row"] = _restore

    def inbox(
        self, *, actor: Actor, include_read: bool = True, limit: int = 200
    ) -> list[NotificationView]:
        """The newest rows that are neither dismissed nor snoozed."""
        page = self.page(actor=actor, include_read=include_read, limit=limit)
        return list(page.rows)

    def page(
        self,
        *,
        actor: Actor,
        kinds: Sequence[str] | None = None,
        include_read: bool = True,
        after: int | None = None,
        before: int | None = None,
        last: bool = False,
        limit: int = 50,
    ) -> InboxPage:
        """A window of the rows that are neither dismissed nor snoozed, newest first, by id.

        ``after`` an id come older rows, ``before`` it newer ones; ``last`` are the oldest.
        """
        upwards = before is not None or last
        query = select(notification).where(*self._visible(actor))
        if after is not None:
            query = query.where(notification.c.id < after)
        if before is not None:
            query = query.where(notification.c.id > before)
        if kinds is not None:
            query = query.where(notification.c.kind.in_(kinds))
        if not include_read:
            query = query.where(notification.c.read_at.is_(None))
        order = notification.c.id.asc() if upwards else notification.c.id.desc()
        with self._core.read(actor) as unit:
            found = list(unit.conn.execute(query.order_by(order).limit(limit + 1)).mappings())
        more, found = len(found) > limit, found[:limit]
        rows = tuple(notification_view(r) for r in (found[::-1] if upwards else found))
        if upwards:
            return InboxPage(rows, more, before is not None)
        return InboxPage(rows, after is not None, more)

    def unread(self, *, actor: Actor) -> int:
        """How many rows wait unread."""
        query = select(func.count()).where(*self._visible(actor), notification.c.read_at.is_(None))
        with self._core.read(actor) as unit:
            return int(unit.conn.execute(query).scalar_one())

    def counts(self, *, actor: Actor) -> dict[str, int]:
        """How many rows there are of each kind, read or not."""
        query = select(notification.c.kind, func.count()).where(*self._visible(actor))
        with self._core.read(actor) as unit:
            found = unit.conn.execute(query.group_by(notification.c.kind))
            return {str(kind): int(count) for kind, count in found}

    def mark_read(self, ids: Sequence[int], *, actor: Actor) -> None:
        """Mark rows as read."""
        with self._core.write(actor) as unit:
            unit.conn.execute(
                update(notification)
                .where(
                    notification.c.id.in_(ids),
                    notification.c.staff_id == actor.staff_id,
                    notification.c.read_at.is_(None),
                )
                .values(read_at=unit.now)
            )

    def acknowledge(self, ids: Sequence[int], *, actor: Actor) -> Result:
        """Acknowledge rows; of an urgent ticket it stops the head's clock (R-118)."""

        def work(unit: Unit, item: int) -> Msg | None:
            row = self._own(unit, item)
            if row["acknowledged_at"] is None:
                self._set(unit, item, acknowledged_at=unit.now, read_at=unit.now)
                if row["subject_kind"] == "ticket" and row["kind"] == "urgent":
                    found = base.load(unit, row["subject_id"])
                    # Since it went to another department, its head is the one to see it.
                    if found["department_id"] in actor.headed_department_ids | (
                        {found["department_id"]} if actor.is_executive else set()
                    ):
                        acknowledged(unit, found)
            return None

        return self._core.each(actor, ids, msg("Acknowledged"), work, undoable=False)

    def snooze(self, ids: Sequence[int], until: datetime, reason: str, *, actor: Actor) -> Result:
        """Hide rows until a time with a reason, which stands beside them when they come back."""

        def work(unit: Unit, item: int) -> Msg | None:
            row = self._own(unit, item)
            if not reason.strip():
                raise ValidationError(msg("Say why it is put off"), field="reason")
            if until <= unit.now:
                raise ValidationError(msg("The time to snooze to must lie ahead"), field="until")
            _put(unit, row, snoozed_until=until, snooze_reason=reason.strip())
            return None

        return self._core.each(actor, ids, msg("Snoozed"), work)

    def dismiss(self, ids: Sequence[int], reason: str, *, actor: Actor) -> Result:
        """Put rows away with a reason; one that asks for acknowledgement is acknowledged first."""

        def work(unit: Unit, item: int) -> Msg | None:
            row = self._own(unit, item)
            if not reason.strip():
                raise ValidationError(msg("Say why it is put away"), field="reason")
            if row["needs_acknowledgement"] and row["acknowledged_at"] is None:
                raise ValidationError(msg("Acknowledge it first"), code="not_acknowledged")
            _put(unit, row, dismissed_at=unit.now, dismiss_reason=reason.strip())
            return None

        return self._core.each(actor, ids, msg("Put away"), work)

    def approvals(self, *, actor: Actor) -> list[ApprovalView]:
        """Proposals that wait for the actor's decision (R-148)."""
        with self._core.read(actor) as unit:
            query = approvals_query().where(approval.c.state == "pending")
            if not actor.is_executive:
                query = query.where(approval.c.department_id.in_(actor.headed_department_ids))
            query = query.where(approval.c.proposer_id != actor.staff_id)
            return [approval_view(r) for r in unit.conn.execute(query).mappings()]

    def _visible(self, actor: Actor) -> tuple[Any, ...]:
        return (
            notification.c.staff_id == actor.staff_id,
            notification.c.dismissed_at.is_(None),
            or_(
                notification.c.snoozed_until.is_(None),
                notification.c.snoozed_until <= self._core.clock(),
            ),
        )

    def _own(self, unit: Unit, item: int) -> Any:
        row = unit.row(notification, item, msg("notification"))
        if row["staff_id"] != unit.actor.staff_id:
            raise NotFound(msg("There is no such row in your inbox"))
        return row

    @staticmethod
    def _set(unit: Unit, item: int, **values: Any) -> None:
        unit.conn.execute(update(notification).where(notification.c.id == item).values(**values))


HIDING = ("snoozed_until", "snooze_reason", "dismissed_at", "dismiss_reason")


def _put(unit: Unit, row: Any, **values: Any) -> None:
    """Change what hides a row; undoing brings it back as it was."""
    unit.conn.execute(update(notification).where(notification.c.id == row["id"]).values(**values))
    unit.inverse("inbox_row", id=row["id"], **{name: row[name] for name in HIDING})


def _restore(unit: Unit, args: Mapping[str, Any]) -> None:
    row = unit.row(notification, int(args["id"]), msg("notification"))
    _put(unit, row, **{name: args[name] for name in HIDING})


def approvals_query() -> Any:
    """Approvals with the names they are shown by."""
    from crm_tui.db.schema.org import staff

    proposer, decider = staff.alias("proposer"), staff.alias("decider")
    return (
        select(
            approval,
            ticket.c.number,
            proposer.c.name.label("proposer"),
            decider.c.name.label("decider"),
        )
        .select_from(
            approval.join(ticket, ticket.c.id == approval.c.ticket_id)
            .join(proposer, proposer.c.id == approval.c.proposer_id)
            .outerjoin(decider, decider.c.id == approval.c.decided_by)
        )
        .order_by(approval.c.id)
    )


def approval_view(row: Any) -> ApprovalView:
    """An approval as shown."""
    return ApprovalView(
        id=row["id"],
        ticket_id=row["ticket_id"],
        ticket_number=row["number"],
        purpose=row["purpose"],
        proposer=display(row["proposer"]),
        text=display(row["text"], lines=True),
        state=row["state"],
        requested_at=row["requested_at"],
        decided_by=display(row["decider"] or ""),
        decided_at=row["decided_at"],
        reason=display(row["reason"]),
    )
