"""Merging, linking and parents of tickets (R-125, sla.md 2.8)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select, update

from crm_tui.db.schema.tickets import attachment, message, ticket, ticket_link
from crm_tui.domain.errors import RuleViolation, ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.services import ticket_base as base
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.dto import LinkView
from crm_tui.services.lifecycle import move
from crm_tui.services.result import Result
from crm_tui.services.unit import Unit

KINDS = ("related", "duplicate", "blocks", "follows")


class LinkService:
    """Links between tickets."""

    def __init__(self, core: Core) -> None:
        self._core = core
        core.inverses["unmerge"] = self._unmerge
        core.inverses["link"] = self._undo_link

    def merge(self, ids: Sequence[int], into: int, *, actor: Actor) -> Result:
        """Merge tickets into another: messages move, both numbers still find it, undo restores."""

        def work(unit: Unit, item: int) -> Msg | None:
            source = base.load(unit, item)
            target = base.load(unit, into)
            for row in (source, target):
                base.need_work(unit, row)
                base.need_not_gone(row)
            if item == into:
                raise RuleViolation(
                    msg("A ticket cannot be merged into itself"), code="merge_itself"
                )
            if source["customer_id"] != target["customer_id"] and (
                source["customer_id"] is not None and target["customer_id"] is not None
            ):
                raise RuleViolation(
                    msg("Tickets of two customers are linked, not merged"), code="other_customer"
                )
            if not base.is_open(target):
                raise RuleViolation(msg("The target is closed; reopen it first"), code="closed")
            moved = _ids(unit, message, item)
            files = _ids(unit, attachment, item)
            earliest = _unanswered_since(unit, source)
            for table, keys in ((message, moved), (attachment, files)):
                if keys:
                    unit.conn.execute(
                        update(table).where(table.c.id.in_(keys)).values(ticket_id=into)
                    )
            move(
                unit, source, "merged", values={"merged_into_id": into}, verb="merged", guard=False
            )
            unit.log(
                "ticket",
                item,
                "merged_away",
                data={"event": "merged", "into": into},
                customer_id=source["customer_id"],
            )
            taken: dict[str, Any] = {"merged_from": item, "messages": len(moved)}
            if earliest is not None:
                # The target keeps the earliest unanswered customer message of both (sla.md 2.8).
                taken |= {"event": "customer_message", "automatic": False}
            unit.log(
                "ticket",
                into,
                "merged_in",
                data=taken,
                at=earliest or unit.now,
                customer_id=target["customer_id"],
            )
            unit.touched.add(into)
            unit.inverse("unmerge", ticket=item, into=into, messages=moved, files=files)
            return None

        return self._core.each(actor, ids, msg("Merged"), work)

    def _unmerge(self, unit: Unit, args: Mapping[str, Any]) -> None:
        again = bool(args.get("again"))
        home = args["into"] if again else args["ticket"]
        for table, keys in ((message, args["messages"]), (attachment, args["files"])):
            if keys:
                unit.conn.execute(update(table).where(table.c.id.in_(keys)).values(ticket_id=home))
        verbs = ("merged_away", "merged_in") if again else ("unmerged", "unmerged")
        unit.log("ticket", args["ticket"], verbs[0], data={"other": args["into"]})
        unit.log("ticket", args["into"], verbs[1], data={"other": args["ticket"]})
        unit.touched |= {args["ticket"], args["into"]}
        unit.inverse("unmerge", **{**args, "again": not again})

    def link(self, ticket_id: int, other: int, kind: str, *, actor: Actor) -> Result:
        """Link two tickets; linking twice changes nothing."""
        if kind not in KINDS:
            raise ValidationError(
                msg("A link is one of {kinds}", kinds=", ".join(KINDS)), field="kind"
            )
        if ticket_id == other:
            raise RuleViolation(msg("A ticket is not linked to itself"), code="link_itself")

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            base.load(unit, other)
            if not _linked(unit, item, other, kind):
                self._add(unit, item, other, kind)
                unit.inverse("link", ticket=item, other=other, kind=kind, on=True)
                unit.log("ticket", item, "linked", data={"kind": kind, "other": other})
                unit.log("ticket", other, "linked", data={"kind": kind, "other": item})
            return None

        return self._core.each(actor, [ticket_id], msg("Linked"), work)

    def unlink(self, ticket_id: int, other: int, kind: str, *, actor: Actor) -> Result:
        """Take a link away."""

        def work(unit: Unit, item: int) -> Msg | None:
            base.need_work(unit, base.load(unit, item))
            self._remove(unit, item, other, kind)
            unit.inverse("link", ticket=item, other=other, kind=kind, on=False)
            unit.log("ticket", item, "unlinked", data={"kind": kind, "other": other})
            return None

        return self._core.each(actor, [ticket_id], msg("Link removed"), work)

    def set_parent(self, ids: Sequence[int], parent: int | None, *, actor: Actor) -> Result:
        """Put tickets under a parent, which cannot close while a child is open; rings are refused."""

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            above = parent
            while above is not None:
                if above == item:
                    raise RuleViolation(msg("A ticket cannot be above itself"), code="parent_ring")
                above = base.load(unit, above)["parent_id"]
            base.save(unit, row, {"parent_id": parent}, "parent_set")
            return None

        return self._core.each(actor, ids, msg("Parent set"), work)

    def _add(self, unit: Unit, item: int, other: int, kind: str) -> None:
        unit.conn.execute(
            ticket_link.insert().values(ticket_id=item, other_id=other, kind=kind, at=unit.now)
        )

    def _remove(self, unit: Unit, item: int, other: int, kind: str) -> None:
        pair = ticket_link.c.ticket_id.in_((item, other)) & ticket_link.c.other_id.in_(
            (item, other)
        )
        unit.conn.execute(delete(ticket_link).where(pair, ticket_link.c.kind == kind))

    def _undo_link(self, unit: Unit, args: Mapping[str, Any]) -> None:
        step = self._remove if args["on"] else self._add
        step(unit, args["ticket"], args["other"], args["kind"])
        unit.inverse("link", **{**args, "on": not args["on"]})


def links(unit: Unit, ticket_id: int) -> tuple[LinkView, ...]:
    """Links of a ticket in both directions, its parent, children and merged tickets among them."""
    found: list[LinkView] = []
    columns = (ticket.c.id, ticket.c.number, ticket.c.subject, ticket.c.state)
    forward = select(*columns, ticket_link.c.kind).join(
        ticket_link, ticket_link.c.other_id == ticket.c.id
    )
    backward = select(*columns, ticket_link.c.kind).join(
        ticket_link, ticket_link.c.ticket_id == ticket.c.id
    )
    inverse = {"blocks": "blocked_by", "follows": "followed_by"}
    for r in unit.conn.execute(forward.where(ticket_link.c.ticket_id == ticket_id)).mappings():
        found.append(LinkView(r["id"], r["number"], r["kind"], r["subject"], r["state"]))
    for r in unit.conn.execute(backward.where(ticket_link.c.other_id == ticket_id)).mappings():
        kind = inverse.get(r["kind"], r["kind"])
        found.append(LinkView(r["id"], r["number"], kind, r["subject"], r["state"]))
    here = base.load(unit, ticket_id)
    relations = (
        ("parent", ticket.c.id == here["parent_id"]),
        ("child", ticket.c.parent_id == ticket_id),
        ("merged_into", ticket.c.id == here["merged_into_id"]),
        ("merged_from", ticket.c.merged_into_id == ticket_id),
    )
    for kind, condition in relations:
        for r in unit.conn.execute(select(*columns).where(condition).limit(100)).mappings():
            found.append(LinkView(r["id"], r["number"], kind, r["subject"], r["state"]))
    return tuple(found)


def _ids(unit: Unit, table: Any, ticket_id: int) -> list[int]:
    query = select(table.c.id).where(table.c.ticket_id == ticket_id)
    return [int(r.id) for r in unit.conn.execute(query)]


def _linked(unit: Unit, item: int, other: int, kind: str) -> bool:
    query = select(ticket_link.c.kind).where(
        ticket_link.c.ticket_id == item, ticket_link.c.other_id == other, ticket_link.c.kind == kind
    )
    return unit.conn.execute(query).first() is not None


def _unanswered_since(unit: Unit, row: Any) -> Any:
    """When the customer first wrote without a public answer since; the opening counts until one."""
    query = (
        select(message.c.direction, message.c.written_at)
        .where(
            message.c.ticket_id == row["id"],
            message.c.kind == "public",
            message.c.automatic.is_(False),
            message.c.state == "sent",
        )
        .order_by(message.c.written_at, message.c.id)
    )
    since = row["received_at"]
    for entry in unit.conn.execute(query):
        if entry.direction == "out":
            since = None
        elif since is None:
            since = entry.written_at
    return since
