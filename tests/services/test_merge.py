"""Merging and splitting: nothing is lost, and undoing gives all of it back (R-125, sla.md 2.8)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from crm_tui.db.schema.tickets import approval, attachment, message, ticket_clock, ticket_person
from crm_tui.domain.errors import ValidationError
from tests.services.conftest import Desk
from tests.services.test_loop import code
from tests.services.ticking import row, told

HOUR = timedelta(hours=1)
DUES = {
    "next_response": {"amount": 2 * 3600, "basis": "elapsed"},
    "resolution": {"amount": 100 * 3600, "basis": "elapsed"},
}


def more_limits(desk: Desk) -> None:
    """Limits on the clocks that have none in the sources."""
    root = desk.actor("root")
    data = desk.services.policies.current(actor=root).to_data()
    data["lines"] += [{"id": k, "clock": k, **v} for k, v in DUES.items()]
    desk.services.policies.replace(data, actor=root, reason="pilot")


def whole(desk: Desk, ticket_id: int) -> dict[str, Any]:
    """Everything of a ticket that merging touches."""
    with desk.core.engine.connect() as conn:

        def rows(table: Any, *without: str) -> list[dict[str, Any]]:
            query = select(table).where(table.c.ticket_id == ticket_id)
            found = conn.execute(query).mappings()
            return sorted(
                ({k: v for k, v in r.items() if k not in without} for r in found), key=str
            )

        loose = ("row_version", "updated_at", "wake_at")
        return {
            "row": {k: v for k, v in row(desk, ticket_id).items() if k not in loose},
            "messages": rows(message),
            "files": rows(attachment),
            "people": rows(ticket_person),
            "clocks": rows(ticket_clock, "id"),
            "approvals": rows(approval, "updated_at", "row_version"),
        }


def numbers_found(desk: Desk, text: str) -> list[int]:
    """Ticket ids that the quick find gives for a number."""
    return [f.id for f in desk.services.find.find(text, actor=desk.actor("ana"))]


@pytest.mark.req("R-125")
def test_undoing_a_merge_gives_back_messages_files_people_clocks_and_proposals(
    desk: Desk, tmp_path: Path
) -> None:
    more_limits(desk)
    services, ana, bob = desk.services, desk.actor("ana"), desk.actor("bob")
    kept, gone = desk.accepted(), desk.ticket(customer_id=desk.customer())
    services.tickets.take([gone], actor=bob).one()
    services.tickets.status([gone], "accepted", actor=bob, values={"verified_note": "seen"}).one()
    services.messages.reply([gone], "first words", actor=bob).one()
    services.messages.customer_message(gone, "and?", actor=bob)
    services.tickets.watch([gone], actor=desk.actor("vic")).one()
    services.tickets.escalate([gone], "stuck", actor=bob).one()
    services.closing.propose([gone], "new one", actor=bob).one()
    (tmp_path / "log.txt").write_text("smoke")
    services.messages.attach(gone, tmp_path / "log.txt", actor=bob)
    before = whole(desk, kept), whole(desk, gone)
    desk.later(minutes=10)
    services.links.merge([gone], kept, actor=ana).one()
    merged = whole(desk, kept)
    assert len(merged["messages"]) == 2 and len(merged["files"]) == 1
    people = {(p["staff_id"], p["part"]) for p in merged["people"]}
    assert {
        (bob.staff_id, "watcher"),
        (desk.actor("vic").staff_id, "watcher"),
        (desk.actor("root").staff_id, "collaborator"),
    } <= people
    assert whole(desk, gone)["messages"] == [] == whole(desk, gone)["files"]
    assert [a["state"] for a in whole(desk, gone)["approvals"]] == ["withdrawn"]
    assert all(c["state"] != "running" for c in whole(desk, gone)["clocks"])
    assert [n["staff_id"] for n in told(desk, "merged")] == [bob.staff_id]
    for ticket_id in (kept, gone):
        assert numbers_found(desk, f"T-{desk.field(ticket_id, 'number')}") == [ticket_id]
        assert services.views.by_number(desk.field(ticket_id, "number"), actor=ana) == ticket_id
    assert [x.kind for x in services.views.view(gone, actor=ana).links] == ["merged_into"]
    desk.later(minutes=10)
    services.undo.undo(actor=ana)
    again = whole(desk, kept), whole(desk, gone)
    assert drop_times(again) == drop_times(before)
    services.undo.redo(actor=ana)
    assert drop_times((whole(desk, kept),)) == drop_times((merged,))
    assert desk.field(gone, "state") == "merged"
    services.undo.undo(actor=ana)
    assert drop_times((whole(desk, kept), whole(desk, gone))) == drop_times(before)


def drop_times(found: tuple[dict[str, Any], ...]) -> list[Any]:
    """Without what only the present moves: time used so far, and the mark of the last change."""
    moving = ("used_s", "paused_s", "late_s", "reason")
    return [
        {
            name: [{k: v for k, v in r.items() if k not in moving} for r in rows]
            if isinstance(rows, list)
            else rows
            for name, rows in ticket.items()
        }
        for ticket in found
    ]


@pytest.mark.req("R-125")
def test_many_are_merged_and_undone_as_one_act(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    kept, *others = (desk.ticket() for _ in range(4))
    for other in others:
        services.messages.customer_message(other, f"of {other}", actor=ana)
    services.links.merge(others, kept, actor=ana)
    assert len(whole(desk, kept)["messages"]) == 3
    services.undo.undo(actor=ana)
    assert whole(desk, kept)["messages"] == []
    assert all(len(whole(desk, o)["messages"]) == 1 for o in others)


@pytest.mark.req("R-125")
def test_undoing_the_first_of_two_merges_takes_only_its_own(desk: Desk) -> None:
    services, ana, lee = desk.services, desk.actor("ana"), desk.actor("lee")
    first, second, third = (desk.ticket() for _ in range(3))
    for made in (first, second):
        services.messages.customer_message(made, f"of {made}", actor=ana)
    services.links.merge([first], second, actor=ana).one()
    services.links.merge([second], third, actor=lee).one()
    assert len(whole(desk, third)["messages"]) == 2
    services.undo.undo(actor=ana)
    assert [m["body"] for m in whole(desk, first)["messages"]] == [f"of {first}"]
    services.undo.undo(actor=lee)
    assert [m["body"] for m in whole(desk, first)["messages"]] == [f"of {first}"]
    assert [m["body"] for m in whole(desk, second)["messages"]] == [f"of {second}"]
    assert whole(desk, third)["messages"] == []


def test_the_target_keeps_the_earliest_unanswered_message_of_both(desk: Desk) -> None:
    more_limits(desk)
    services, ana = desk.services, desk.actor("ana")
    kept, gone = desk.accepted(), desk.accepted()
    for made in (kept, gone):
        services.messages.reply([made], "hello", actor=ana).one()
    desk.later(minutes=10)
    asked = desk.now
    services.messages.customer_message(gone, "and?", actor=ana)
    desk.later(minutes=10)
    # An answer on the target is none to what was asked on the other.
    services.messages.reply([kept], "news", actor=ana).one()
    assert desk.clock(kept, "next_response") is None
    desk.later(minutes=10)
    services.links.merge([gone], kept, actor=ana).one()
    clock = desk.clock(kept, "next_response")
    assert (clock.state, clock.started_at, clock.due_at) == ("running", asked, asked + 2 * HOUR)
    services.messages.reply([kept], "both answered", actor=ana).one()
    assert desk.clock(kept, "next_response").state == "met"


def test_an_earlier_question_moves_the_clock_that_runs(desk: Desk) -> None:
    more_limits(desk)
    services, ana = desk.services, desk.actor("ana")
    old = desk.ticket()
    opened = desk.now
    desk.later(hours=1)
    new = desk.ticket()
    services.links.merge([old], new, actor=ana).one()
    assert desk.clock(new, "first_response").due_at == opened + 24 * HOUR
    services.messages.reply([new], "hello", actor=ana).one()
    other, late = desk.accepted(), desk.ticket()
    services.messages.reply([other, late], "hello", actor=ana)
    services.messages.customer_message(late, "first", actor=ana)
    asked = desk.now
    desk.later(minutes=5)
    services.messages.customer_message(other, "second", actor=ana)
    services.links.merge([late], other, actor=ana).one()
    assert desk.clock(other, "next_response").started_at == asked
    answered = desk.ticket()
    services.messages.reply([answered], "hello", actor=ana).one()
    services.links.merge([answered], other, actor=ana).one()
    assert desk.clock(other, "next_response").started_at == asked


def test_a_resolved_ticket_is_not_merged_away(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    done, kept = desk.fed_back(), desk.ticket()
    services.closing.satisfy(done, True, actor=ana).one()
    assert code(services.links.merge([done], kept, actor=ana)) == "transition_unknown"


def test_a_split_begins_now_and_leads_back(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    customer = desk.customer(key_account_level="strategic")
    made = desk.accepted(kind="after_sales", customer_id=customer)
    services.messages.customer_message(made, "also the scanner hums", actor=ana)
    services.messages.reply([made], "hello", actor=ana).one()
    own = whole(desk, made)["messages"][0]["id"]
    desk.later(hours=3)
    before = [c.due_at for c in services.views.explain(made, actor=ana)]
    with pytest.raises(ValidationError):
        services.splits.split(made, [], "Scanner", actor=ana)
    with pytest.raises(ValidationError):
        services.splits.split(made, [own, own + 1000], "Scanner", actor=ana)
    new, _ = services.splits.split(made, [own], "Scanner hums", actor=ana)
    clock = desk.clock(new, "first_response")
    assert (clock.started_at, clock.due_at) == (desk.now, desk.now + 4 * HOUR)
    assert [c.due_at for c in services.views.explain(made, actor=ana)] == before
    found = row(desk, new)
    assert (found["customer_id"], found["kind"], found["department_id"], found["description"]) == (
        customer,
        "after_sales",
        row(desk, made)["department_id"],
        "also the scanner hums",
    )
    assert [m["id"] for m in whole(desk, new)["messages"]] == [own]
    assert [x.kind for x in services.views.view(new, actor=ana).links] == ["split"]
    assert [x.kind for x in services.views.view(made, actor=ana).links] == ["split_off"]
    services.links.merge([new], made, actor=ana).one()
    assert len(whole(desk, made)["messages"]) == 2


def seen_links(desk: Desk, ticket_id: int) -> list[tuple[str, int]]:
    """Links of a ticket as its view tells them."""
    view = desk.services.views.view(ticket_id, actor=desk.actor("ana"))
    return [(x.kind, x.ticket_id) for x in view.links]


@pytest.mark.req("R-125")
def test_a_link_taken_away_from_its_other_end_comes_back_as_it_was(desk: Desk) -> None:
    links, ana = desk.services.links, desk.actor("ana")
    one, two = desk.ticket(), desk.ticket()
    links.link(one, two, "blocks", actor=ana).one()
    links.unlink(two, one, "blocks", actor=ana).one()
    assert seen_links(desk, one) == seen_links(desk, two) == []
    desk.services.undo.undo(actor=ana)
    assert seen_links(desk, one) == [("blocks", two)]
    assert seen_links(desk, two) == [("blocked_by", one)]


@pytest.mark.req("R-125")
def test_no_link_is_taken_away_that_is_not_there_and_a_mutual_one_is_made_once(
    desk: Desk,
) -> None:
    links, ana = desk.services.links, desk.actor("ana")
    one, two = desk.ticket(), desk.ticket()
    assert code(links.unlink(one, two, "related", actor=ana)) == "no_link"
    links.link(one, two, "related", actor=ana).one()
    links.link(two, one, "related", actor=ana).one()
    assert seen_links(desk, one) == [("related", two)]
    links.link(two, one, "blocks", actor=ana).one()
    links.link(one, two, "blocks", actor=ana).one()
    desk.services.undo.undo(actor=ana)
    assert seen_links(desk, one) == [("related", two), ("blocked_by", two)]


@pytest.mark.req("R-125")
def test_whoever_owns_the_target_does_not_watch_their_own_ticket(desk: Desk) -> None:
    ana = desk.actor("ana")
    kept, gone = desk.accepted(), desk.accepted()
    desk.services.links.merge([gone], kept, actor=ana).one()
    assert whole(desk, kept)["people"] == []


def test_an_automatic_answer_of_the_customer_asks_nothing_when_merged(desk: Desk) -> None:
    more_limits(desk)
    services, ana = desk.services, desk.actor("ana")
    kept, gone = desk.accepted(), desk.accepted()
    for ticket in (kept, gone):
        services.messages.reply([ticket], "we look", actor=ana).one()
    services.messages.customer_message(gone, "out of office", actor=ana, automatic=True)
    services.links.merge([gone], kept, actor=ana).one()
    assert desk.clock(kept, "next_response") is None
