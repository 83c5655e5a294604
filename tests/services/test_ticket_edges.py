"""Refusals and rarer ways of the verbs on tickets."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from crm_tui.db.schema.tickets import ticket
from crm_tui.domain.errors import DomainError, NotFound, RuleViolation, ValidationError
from tests.services.conftest import Desk
from tests.services.test_loop import code

HOUR = timedelta(hours=1)


def test_assigning_refuses_the_ended_the_inactive_and_viewers(desk: Desk) -> None:
    services, root = desk.services, desk.actor("root")
    made = desk.ticket()
    vic, bob = desk.actor("vic").staff_id, desk.actor("bob").staff_id
    assert services.tickets.assign([made], vic, actor=root).refused
    services.org.change_staff(bob, {"active": False}, actor=root).one()
    assert services.tickets.assign([made], bob, actor=root).refused
    assert services.tickets.assign([made], 9999, actor=root).refused
    services.closing.cancel([made], "double", actor=root).one()
    assert code(services.tickets.assign([made], root.staff_id, actor=root)) == "cancelled"
    ended = desk.fed_back()
    services.closing.satisfy(ended, True, actor=desk.actor("ana")).one()
    assert code(services.tickets.assign([ended], root.staff_id, actor=root)) == "closed"


def test_states_with_a_verb_of_their_own_name_it(desk: Desk) -> None:
    tickets, ana = desk.services.tickets, desk.actor("ana")
    made = desk.accepted()
    for to in ("solution_proposed", "approved", "result_fed_back", "merged"):
        assert code(tickets.status([made], to, actor=ana)) == "own_verb"
    assert code(tickets.transfer([made], "after_sales", "ours", actor=ana)) == "same_department"
    with pytest.raises(NotFound):
        tickets.transfer([made], "moon", "x", actor=ana).one()
    with pytest.raises(ValidationError):
        tickets.urgency([made], "very", actor=ana)
    with pytest.raises(ValidationError):
        tickets.reopen([made], " ", actor=ana)
    with pytest.raises(ValidationError):
        tickets.escalate([made], " ", actor=ana)
    with pytest.raises(ValidationError):
        tickets.set_due([made], "lunch", desk.now, "x", actor=ana)
    with pytest.raises(ValidationError):
        tickets.set_due([made], "clarify", desk.now, " ", actor=desk.actor("lee"))
    assert code(tickets.set_due([made], "clarify", desk.now, "x", actor=ana)) == "role_needed"
    assert code(tickets.reopen([made], "again", actor=ana)) == "open_already"
    other = desk.ticket()
    desk.services.links.merge([other], made, actor=ana).one()
    assert code(tickets.reopen([other], "again", actor=ana)) == "merged"
    assert {str(c.to) for c in tickets.choices(made, actor=ana)} >= {"executing"}


def test_a_stale_version_is_refused_by_every_verb(desk: Desk) -> None:
    services, ana, lee = desk.services, desk.actor("ana"), desk.actor("lee")
    made = desk.accepted()
    seen = {made: desk.field(made, "version")}
    services.tickets.tag([made], add=["vip"], actor=lee)
    services.tickets.edit(made, {"subject": "Other"}, actor=lee).one()
    acts: tuple[Callable[[], Any], ...] = (
        lambda: services.tickets.status([made], "executing", actor=ana, expected=seen),
        lambda: services.tickets.urgency([made], "low", actor=ana, expected=seen),
        lambda: services.tickets.assign([made], None, actor=ana, expected=seen),
        lambda: services.tickets.transfer([made], "product", "x", actor=ana, expected=seen),
        lambda: services.closing.propose([made], "x", actor=ana, expected=seen),
        lambda: services.closing.resolve([made], actor=ana, expected=seen),
        lambda: services.closing.feedback([made], "x", "y", actor=ana, expected=seen),
        lambda: services.closing.close([made], actor=ana, expected=seen),
    )
    for act in acts:
        assert code(act()) == "conflict"


@pytest.mark.req("R-140")
def test_a_progress_note_saved_with_the_change_satisfies(desk: Desk) -> None:
    tickets, ana = desk.services.tickets, desk.actor("ana")
    made = desk.accepted()
    desk.later(hours=25)
    assert code(tickets.wait([made], actor=ana, reason="part")) == "progress_note_needed"
    tickets.status(
        [made],
        "waiting_third_party",
        actor=ana,
        values={"wait_reason": "part"},
        progress_note="The part comes on Friday",
    ).one()
    assert desk.field(made, "state") == "waiting_third_party"
    texts = [e.text for e in desk.services.views.timeline(made, actor=ana, messages_only=True)]
    assert texts == ["The part comes on Friday"]


def test_the_customer_of_a_call_may_be_found_out_later(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.accepted()
    assert desk.clock(made, "first_response").due_at - desk.now == 24 * HOUR
    customer = desk.customer(name="Acme", key_account_level="strategic")
    services.tickets.edit(made, {"customer_id": "Acme"}, actor=ana).one()
    assert (desk.field(made, "customer"), desk.field(made, "tier")) == ("Acme", "A")
    assert desk.clock(made, "first_response").due_at - desk.now == 4 * HOUR
    assert desk.field(made, "customer_no") == "C2024001"
    services.tickets.edit(made, {"customer_id": customer}, actor=ana).one()
    refused = services.tickets.edit(made, {"customer_id": "nobody"}, actor=ana)
    assert code(refused) == "unknown_reference"
    services.undo.undo(actor=ana)
    assert desk.field(made, "tier") == "C"
    services.tickets.edit(
        made, {"subject": "Zebra", "kind": "after_sales", "contact_info": "13900000003"}, actor=ana
    ).one()
    assert [f.id for f in services.find.find("Zebra", actor=ana)] == [made]
    services.undo.undo(actor=ana)
    assert services.find.find("Zebra", actor=ana) == []


def test_merges_and_links_that_make_no_sense(desk: Desk) -> None:
    services, ana, root = desk.services, desk.actor("ana"), desk.actor("root")
    one = desk.ticket(customer_id=desk.customer(name="A"))
    two = desk.ticket(customer_id=desk.customer(name="B"))
    assert code(services.links.merge([one], two, actor=ana)) == "other_customer"
    services.closing.cancel([two], "x", actor=ana).one()
    assert services.links.merge([one], two, actor=ana).refused
    done = desk.fed_back()
    services.closing.satisfy(done, True, actor=ana).one()
    assert code(services.links.merge([desk.ticket()], done, actor=ana)) == "closed"
    with pytest.raises(ValidationError):
        services.links.link(one, two, "friends", actor=ana)
    with pytest.raises(RuleViolation):
        services.links.link(one, one, "related", actor=ana)
    services.links.link(one, two, "related", actor=ana).one()
    services.links.link(one, two, "related", actor=ana).one()
    assert len(services.views.view(one, actor=root).links) == 1


def test_a_message_to_a_merged_ticket_reaches_the_one_it_went_into(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    kept, gone = desk.fed_back(), desk.ticket()
    services.messages.customer_message(gone, "hello?", actor=ana)
    services.messages.reply([gone], "we are on it", actor=ana).one()
    services.messages.customer_message(gone, "still there?", actor=ana)
    services.links.merge([gone], kept, actor=ana).one()
    services.closing.satisfy(kept, True, actor=ana).one()
    desk.later(days=1)
    target, _ = services.messages.customer_message(gone, "again broken", actor=ana)
    assert target == kept
    assert desk.field(kept, "state") == "accepted"
    assert desk.field(gone, "state") == "merged"


def test_texts_are_refused_when_blank_or_endless(desk: Desk) -> None:
    messages, ana = desk.services.messages, desk.actor("ana")
    made = desk.accepted()
    for text in (" ", "x" * 1_000_000):
        with pytest.raises(ValidationError):
            messages.note([made], text, actor=ana).one()
    messages.save_draft(made, "note", "half", actor=ana)
    messages.save_draft(made, "note", "half done", actor=ana)
    assert messages.draft(made, "note", actor=ana) == "half done"
    messages.save_draft(made, "note", " ", actor=ana)
    assert messages.draft(made, "note", actor=ana) == ""


def test_files_that_are_gone_or_cannot_be_kept(desk: Desk, tmp_path: Path) -> None:
    messages, ana = desk.services.messages, desk.actor("ana")
    made = desk.accepted()
    source = tmp_path / "log.txt"
    source.write_text("smoke")
    first = messages.attach(made, source, actor=ana)
    messages.attach(made, source, actor=ana)
    messages.attachment_path(first, actor=ana).unlink()
    with pytest.raises(NotFound):
        messages.attachment_path(first, actor=ana)
    for wrong in (tmp_path, tmp_path / "none"):
        with pytest.raises(DomainError):
            messages.attach(made, wrong, actor=ana)
    other = tmp_path / "other.txt"
    other.write_text("fire")
    files = desk.core.files
    moved = files.with_name("kept")
    files.rename(moved)
    files.write_text("a file where the folder was")
    with pytest.raises(DomainError) as refused:
        messages.attach(made, other, actor=ana)
    assert refused.value.code == "file_not_stored"


def test_a_lower_urgency_may_be_refused(desk: Desk) -> None:
    services, ana, head = desk.services, desk.actor("ana"), desk.actor("head")
    made = desk.ticket(safety_risk=True)
    services.tickets.urgency([made], "low", actor=ana, reason="calm").one()
    services.tickets.urgency([made], "low", actor=ana, reason="calm").one()
    assert len(services.notifications.approvals(actor=head)) == 1
    services.closing.decide([made], False, actor=head, reason="not calm").one()
    assert desk.field(made, "urgency") == "urgent"
    with pytest.raises(NotFound):
        services.closing.decide([made], True, actor=head).one()
    services.tickets.urgency([made], "urgent", actor=ana).one()


def test_a_proposal_can_be_taken_back_until_it_is_decided(desk: Desk) -> None:
    services, ana, head = desk.services, desk.actor("ana"), desk.actor("head")
    made = desk.accepted()
    services.closing.propose([made], "x", actor=ana).one()
    services.undo.undo(actor=ana)
    assert desk.field(made, "state") == "accepted"
    with pytest.raises(NotFound):
        services.closing.decide([made], True, actor=head).one()
    services.closing.propose([made], "x", actor=ana).one()
    services.closing.decide([made], True, actor=head).one()
    with pytest.raises(DomainError):
        services.undo.undo(actor=ana)
    plain = desk.accepted(kind="consultation")
    services.closing.propose([plain], "answer", actor=ana, solution_type="answer").one()
    services.closing.confirm_solution([plain], actor=ana).one()
    assert desk.field(plain, "state") == "accepted"


@pytest.mark.parametrize(
    "text",
    [
        "agent:@me",
        "agent:none",
        "agent:a*",
        "dept:@mine",
        "dept:none",
        "dept:售后部",
        "customer:none",
        "customer:A*",
        "customer:C2024001",
        "tag:v*",
        "sla:none",
        "sla:<2h",
        "sla:>2h",
        "sla:-1h..3d",
        "sla:..3d",
        "created:today",
        "created:2024-06-01..",
        "created:..2024-06-30",
        "created:none",
        "created:>2d",
        "created:<2024-06-30",
        "created:>2024-06-01",
        "updated:<2d",
        "number:1..3",
        "number:..3",
        "number:<3",
        "number:>0",
        "approval:pending",
        "late:yes",
        "late:no",
        "untracked:yes",
        "is:late",
        "is:closed",
        "-status:closed",
        "status:open,closed",
        "T-1",
        "1",
    ],
)
def test_every_key_of_the_filter_is_a_query(desk: Desk, text: str) -> None:
    if not desk.services.views.counts(actor=desk.actor("root")):
        desk.accepted(customer_id=desk.customer())
        desk.ticket()
    views, ana = desk.services.views, desk.actor("ana")
    found = len(views.page(text, actor=ana).rows)
    assert found == views.count(text, actor=ana) == len(views.all_ids(text, actor=ana))
    whole = len(views.page("", actor=ana).rows)
    negated = views.count(f"-{text}" if not text.startswith("-") else text[1:], actor=ana)
    assert found + negated == whole


@pytest.mark.parametrize("text", ["agent:nemo", "dept:moon", "created:sometime", "sla:soon"])
def test_keys_with_values_that_mean_nothing(desk: Desk, text: str) -> None:
    with pytest.raises(ValidationError):
        desk.services.views.page(text, actor=desk.actor("ana"))


def test_figures_of_the_whole_database(desk: Desk) -> None:
    services = desk.services
    assert services.last_event_at() == desk.now
    assert services.setting("none") is None
    watch = services.watch()
    made = desk.ticket()
    assert watch.wait(5)
    watch.close()
    assert services.views.rows([made], actor=desk.actor("ana"))
    assert services.views.complete("sta", actor=desk.actor("ana")) == ["status:"]
    assert services.views.by_number(1, actor=desk.actor("ana")) == made
    with pytest.raises(NotFound):
        services.views.by_number(99, actor=desk.actor("ana"))


def test_search_can_be_built_again(desk: Desk) -> None:
    from crm_tui.services.reindex import reindex

    made = desk.ticket(subject="Zebra", customer_id=desk.customer(name="Quagga"))
    with desk.core.engine.begin() as conn:
        conn.execute(update(ticket).where(ticket.c.id == made).values(subject="Okapi"))
    ana = desk.actor("ana")
    assert desk.services.find.find("Okapi", actor=ana) == []
    reindex(desk.core)
    assert [f.id for f in desk.services.find.find("Okapi", actor=ana)] == [made]
    assert desk.services.find.find("Quagga", actor=ana)
    with desk.core.engine.connect() as conn:
        assert conn.execute(select(ticket.c.id)).scalar_one() == made
