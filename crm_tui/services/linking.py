"""Merging, splitting, linking and parents of tickets (R-125, sla.md 2.8)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, delete, select, update

from crm_tui.db.schema.tickets import attachment, message, ticket, ticket_link, ticket_person
from crm_tui.domain.errors import NotFound, RuleViolation, ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.services import ticket_base as base
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.dto import LinkView
from crm_tui.services.lifecycle import move
from crm_tui.services.result import Result
from crm_tui.services.unit import Unit

KINDS = ("related", "duplicate", "blocks", "follows")
MUTUAL = ("related", "duplicate")
"""Kinds that say the same of both tickets."""


class LinkService:
    """Links between tickets."""

    def __init__(self, core: Core) -> None:
        self._core = core
        core.inverses["unmerge"] = self._unmerge
        core.inverses["remerge"] = self._remerge
        core.inverses["link"] = self._undo_link

    def merge(self, ids: Sequence[int], into: int, *, actor: Actor) -> Result:
        """Merge tickets into another: messages and people move, both numbers still find it.

        Undoing gives each ticket its messages, people and clocks back.
        """

        def work(unit: Unit, item: int) -> Msg | None:
            source = base.load(unit, item)
            target = base.load(unit, into)
            merge_refusal(unit, source, target)
            earliest = _unanswered_since(unit, source)
            _merge(unit, source, target, earliest)
            return None

        return self._core.each(actor, ids, msg("Merged"), work)

    def _unmerge(self, unit: Unit, args: Mapping[str, Any]) -> None:
        """Give the messages and people back, wherever a later merge has taken them."""
        source, into = args["ticket"], args["into"]
        for place in _merged_on(unit, into):
            _move(unit, message, args["messages"], place, source)
            _move(unit, attachment, args["files"], place, source)
        for staff_id, part in args["people"]:
            unit.conn.execute(
                delete(ticket_person).where(
                    ticket_person.c.ticket_id == into,
                    ticket_person.c.staff_id == staff_id,
                    ticket_person.c.part == part,
                )
            )
        unit.log("ticket", source, "unmerged", data={"from": into})
        unit.log("ticket", into, "unmerged", data={"ticket": source})
        unit.touched |= {source, into}
        unit.inverse("remerge", **args)

    def _remerge(self, unit: Unit, args: Mapping[str, Any]) -> None:
        """What undoing a merge gave back, taken again by redo."""
        source, into = args["ticket"], args["into"]
        _move(unit, message, args["messages"], source, into)
        _move(unit, attachment, args["files"], source, into)
        for staff_id, part in args["people"]:
            base.add_people(unit, into, [staff_id], part, "merged")
        unit.touched |= {source, into}
        unit.inverse("unmerge", **args)

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
            there = _linked(unit, item, other, kind)
            if not there and kind in MUTUAL:
                there = _linked(unit, other, item, kind)
            if not there:
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
            there = [p for p in ((item, other), (other, item)) if _linked(unit, *p, kind)]
            if not there:
                raise NotFound(msg("There is no such link"), code="no_link")
            for first, second in there:
                self._remove(unit, first, second, kind)
                unit.inverse("link", ticket=first, other=second, kind=kind, on=False)
            unit.log("ticket", item, "unlinked", data={"kind": kind, "other": other})
            return None

        return self._core.each(actor, [ticket_id], msg("Link removed"), work)

    def set_parent(self, ids: Sequence[int], parent: int | None, *, actor: Actor) -> Result:
        """Put tickets under a parent, which cannot close while a child is open; rings are refused."""

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            base.need_progress_note(unit, row)
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
        unit.conn.execute(
            delete(ticket_link).where(
                ticket_link.c.ticket_id == item,
                ticket_link.c.other_id == other,
                ticket_link.c.kind == kind,
            )
        )

    def _undo_link(self, unit: Unit, args: Mapping[str, Any]) -> None:
        link = args["ticket"], args["other"], args["kind"]
        if args["on"]:
            self._remove(unit, *link)
        elif not _linked(unit, *link):
            self._add(unit, *link)
        unit.inverse("link", **{**args, "on": not args["on"]})


def merge_refusal(unit: Unit, source: RowMapping, target: RowMapping) -> None:
    """Raise why ``source`` may not be merged into ``target``, if it may not."""
    for row in (source, target):
        base.need_work(unit, row)
        base.need_not_gone(row)
    base.need_progress_note(unit, source)
    if source["id"] == target["id"]:
        raise RuleViolation(msg("A ticket cannot be merged into itself"), code="merge_itself")
    if source["customer_id"] != target["customer_id"] and (
        source["customer_id"] is not None and target["customer_id"] is not None
    ):
        raise RuleViolation(
            msg("Tickets of two customers are linked, not merged"), code="other_customer"
        )
    if not base.is_open(target):
        raise RuleViolation(msg("The target is closed; reopen it first"), code="closed")


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
    inverse = {"blocks": "blocked_by", "follows": "followed_by", "split": "split_off"}
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


def _merge(unit: Unit, source: Any, target: Any, earliest: Any) -> None:
    item, into = source["id"], target["id"]
    moved, files = _ids(unit, message, item), _ids(unit, attachment, item)
    _move(unit, message, moved, item, into)
    _move(unit, attachment, files, item, into)
    people = [
        [staff_id, part]
        for staff_id, part in _people(unit, source)
        if staff_id != target["owner_id"]
        and base.add_people(unit, into, [staff_id], part, "merged")
    ]
    move(unit, source, "merged", values={"merged_into_id": into}, verb="merged")
    unit.log(
        "ticket",
        item,
        "merged_away",
        data={"event": "merged", "into": into},
        customer_id=source["customer_id"],
    )
    since = earliest.isoformat() if earliest is not None else None
    unit.log(
        "ticket",
        into,
        "merged_in",
        # The target keeps the earliest unanswered customer message of both (sla.md 2.8).
        data={"event": "merged_in", "since": since, "merged_from": item, "messages": len(moved)},
        customer_id=target["customer_id"],
    )
    unit.notify(
        [source["owner_id"] if source["owner_id"] != unit.actor.staff_id else None],
        "merged",
        msg(
            "T-{number} was merged into T-{target}",
            number=source["number"],
            target=target["number"],
        ),
        subject=("ticket", into),
        key=f"merged:{item}:{source['row_version']}",
    )
    unit.inverse("unmerge", ticket=item, into=into, messages=moved, files=files, people=people)


def _people(unit: Unit, source: Any) -> list[tuple[int, str]]:
    """Who works on the ticket or follows it; its owner follows where it went."""
    query = select(ticket_person.c.staff_id, ticket_person.c.part).where(
        ticket_person.c.ticket_id == source["id"]
    )
    found = [(int(r.staff_id), str(r.part)) for r in unit.conn.execute(query)]
    if source["owner_id"] is not None:
        found.append((int(source["owner_id"]), "watcher"))
    return list(dict.fromkeys(found))


def _merged_on(unit: Unit, ticket_id: int) -> list[int]:
    """A ticket and those that it was merged into since."""
    found: list[int] = []
    at: int | None = ticket_id
    while at is not None and at not in found:
        found.append(at)
        at = base.load(unit, at)["merged_into_id"]
    return found


def _move(unit: Unit, table: Any, keys: Sequence[int], source: int, target: int) -> None:
    """Take messages or files to another ticket, those that are still where they were."""
    here = table.c.id.in_(keys) & (table.c.ticket_id == source)
    unit.conn.execute(update(table).where(here).values(ticket_id=target))


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
