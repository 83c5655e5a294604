"""Splitting a ticket in two, making another like it, and what a merge would do (R-125, sla.md 2.8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, func, select, update

from crm_tui.db.schema.org import department
from crm_tui.db.schema.tickets import attachment, message, ticket_clock, ticket_link
from crm_tui.domain.errors import DomainError, RuleViolation, ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.text import display
from crm_tui.services import ticket_base as base
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.intake import register
from crm_tui.services.lifecycle import move
from crm_tui.services.linking import merge_refusal
from crm_tui.services.result import Result
from crm_tui.services.ticket_base import ticket_tags
from crm_tui.services.unit import Unit

COPIED = ("customer_id", "contact_id", "kind", "channel", "preferred_reply_channel", "product")
"""What a new ticket takes over from the one it comes from."""


@dataclass(frozen=True, slots=True)
class MergeLine:
    """What merging would do with one ticket; ``refusal`` is None where it may go."""

    id: int
    number: int
    subject: str
    messages: int
    files: int
    clocks: int
    """Running clocks that end with the ticket."""
    refusal: Msg | None = None


class SplitService:
    """New tickets out of old ones."""

    def __init__(self, core: Core) -> None:
        self._core = core
        core.inverses["unsplit"] = self._unsplit

    def split(
        self, ticket_id: int, message_ids: Sequence[int], subject: str, *, actor: Actor
    ) -> tuple[int, Result]:
        """Move messages into a new linked ticket whose clocks start now; the id of the new one.

        The opening stays where it is. Undo moves the messages back and cancels the new ticket.
        """
        made = 0

        def work(unit: Unit, item: int) -> Msg | None:
            nonlocal made
            row = base.load(unit, item)
            base.need_work(unit, row)
            base.need_not_gone(row)
            base.need_progress_note(unit, row)
            if not subject.strip():
                raise ValidationError(msg("The new ticket needs a subject"), field="subject")
            texts = _own_messages(unit, item, message_ids)
            first = next((t for t in texts if t["direction"] == "in"), texts[0])
            made = self._new(unit, row, subject, first["body"], "split")
            keys = [int(t["id"]) for t in texts]
            files = [
                int(r.id)
                for r in unit.conn.execute(
                    select(attachment.c.id).where(attachment.c.message_id.in_(keys))
                )
            ]
            for table, moved in ((message, keys), (attachment, files)):
                if moved:
                    unit.conn.execute(
                        update(table).where(table.c.id.in_(moved)).values(ticket_id=made)
                    )
            unit.inverse("unsplit", ticket=made, back_to=item, messages=keys, files=files)
            unit.log(
                "ticket",
                item,
                "split",
                data={"into": made, "messages": len(keys)},
                customer_id=row["customer_id"],
            )
            return msg("T-{number} was made", number=base.load(unit, made)["number"])

        result = self._core.each(actor, [ticket_id], msg("Split"), work)
        result.one()
        return made, result

    def duplicate(self, ticket_id: int, *, actor: Actor) -> tuple[int, Result]:
        """Another ticket like this one, linked to it, its clocks from now; undo cancels it."""
        made = 0

        def work(unit: Unit, item: int) -> Msg | None:
            nonlocal made
            row = base.load(unit, item)
            base.need_work(unit, row)
            made = self._new(unit, row, row["subject"], row["description"], "related")
            unit.inverse("unsplit", ticket=made, back_to=item, messages=[], files=[])
            return msg("T-{number} was made", number=base.load(unit, made)["number"])

        result = self._core.each(actor, [ticket_id], msg("Duplicated"), work)
        result.one()
        return made, result

    def merge_preview(self, ids: Sequence[int], into: int, *, actor: Actor) -> list[MergeLine]:
        """What `LinkService.merge` would do with each ticket, asked of the same rule."""
        with self._core.read(actor) as unit:
            target = base.load(unit, into)
            return [self._line(unit, base.load(unit, i), target) for i in ids]

    @staticmethod
    def _line(unit: Unit, row: RowMapping, target: RowMapping) -> MergeLine:
        def count(table: Any, *more: Any) -> int:
            query = select(func.count()).select_from(table)
            query = query.where(table.c.ticket_id == row["id"], *more)
            return int(unit.conn.execute(query).scalar_one())

        refusal: Msg | None = None
        try:
            merge_refusal(unit, row, target)
        except DomainError as error:
            refusal = error.message
        return MergeLine(
            id=row["id"],
            number=row["number"],
            subject=display(row["subject"]),
            messages=count(message),
            files=count(attachment),
            clocks=count(ticket_clock, ticket_clock.c.state == "running"),
            refusal=refusal,
        )

    @staticmethod
    def _new(unit: Unit, row: RowMapping, subject: str, body: str, link: str) -> int:
        data: dict[str, Any] = {name: row[name] for name in COPIED if row[name]}
        data |= {"subject": subject, "description": body, "tags": ticket_tags(unit, row["id"])}
        if row["department_id"] is not None:
            code = select(department.c.code).where(department.c.id == row["department_id"])
            data |= {
                "department": unit.conn.execute(code).scalar_one(),
                "reason": f"T-{row['number']}",
            }
        # The kind of the old one may be in use no more.
        new = register(unit, data, any_kind=True)
        unit.conn.execute(
            ticket_link.insert().values(ticket_id=new, other_id=row["id"], kind=link, at=unit.now)
        )
        unit.log("ticket", new, "linked", data={"kind": link, "other": row["id"]})
        return new

    @staticmethod
    def _unsplit(unit: Unit, args: Mapping[str, Any]) -> None:
        row = base.load(unit, int(args["ticket"]))
        kept = set(args["messages"])
        query = select(message.c.id).where(message.c.ticket_id == row["id"])
        newer = {int(r.id) for r in unit.conn.execute(query)} - kept
        if newer or row["state"] != "registered":
            raise RuleViolation(
                msg("T-{number} has been worked on since; it stays", number=row["number"]),
                code="worked_on",
            )
        for table, keys in ((message, args["messages"]), (attachment, args["files"])):
            if keys:
                unit.conn.execute(
                    update(table).where(table.c.id.in_(keys)).values(ticket_id=args["back_to"])
                )
        move(unit, row, "cancelled", guard=False, verb="unsplit")
        unit.log("ticket", row["id"], "ended", data={"event": "cancelled"})
        unit.touched.add(int(args["back_to"]))


def _own_messages(unit: Unit, ticket_id: int, ids: Sequence[int]) -> list[RowMapping]:
    """These messages in their order; refuses none at all and those of other tickets."""
    query = (
        select(message)
        .where(message.c.id.in_(ids), message.c.ticket_id == ticket_id, message.c.state == "sent")
        .order_by(message.c.written_at, message.c.id)
    )
    found = list(unit.conn.execute(query).mappings())
    if not found or len(found) != len(set(ids)):
        raise ValidationError(
            msg("Choose messages of this ticket that have been sent"), field="messages"
        )
    return found
