"""The outbox: a reply counts when it was written, once it is released (sla.md 2.13, decision 5)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm_tui.db.schema.tickets import message
from crm_tui.domain.errors import Conflict
from crm_tui.services import messages as module
from tests.services.conftest import Desk
from tests.services.test_loop import code
from tests.services.ticking import told

HOUR = timedelta(hours=1)


@pytest.fixture
def slow(desk: Desk) -> Iterator[Desk]:
    """A desk whose replies rest for twenty seconds."""
    object.__setattr__(desk.core.rules, "reply_delay_s", 20)
    yield desk


def states(desk: Desk) -> list[str]:
    """The messages' states in order."""
    with desk.core.engine.connect() as conn:
        return list(conn.execute(select(message.c.state).order_by(message.c.id)).scalars())


def test_until_it_is_released_the_clocks_it_will_stop_show_sending(slow: Desk) -> None:
    services, ana = slow.services, slow.actor("ana")
    made = slow.accepted(kind="after_sales")
    written = slow.now
    services.messages.reply([made], "hello", actor=ana).one()
    assert slow.clock(made, "first_response").state == "sending"
    assert slow.clock(made, "progress").state == "running"
    services.messages.reply([made], "on Friday", actor=ana, progress=True).one()
    assert slow.clock(made, "progress").state == "sending"
    slow.later(seconds=19)
    assert services.ticker.tick("one").sent == 0
    slow.later(seconds=1)
    assert services.ticker.tick("one").sent == 2
    assert slow.clock(made, "first_response").stopped_at == written
    assert slow.clock(made, "progress", 1).stopped_at == written
    assert slow.clock(made, "progress", 2).started_at == written


def test_recalled_it_never_counted(slow: Desk) -> None:
    services, ana = slow.services, slow.actor("ana")
    made = slow.accepted(kind="after_sales")
    services.messages.reply([made], "oops", actor=ana, progress=True).one()
    services.undo.undo(actor=ana)
    slow.later(hours=1)
    assert services.ticker.tick("one").sent == 0
    assert slow.clock(made, "first_response").state == "running"
    assert (slow.clock(made, "progress").cycle, states(slow)) == (1, ["recalled"])
    assert [e for e in services.views.timeline(made, actor=ana) if e.text == "oops"] == []


def test_written_in_time_and_released_late_is_neither_late_nor_told_as_late(slow: Desk) -> None:
    services, ana = slow.services, slow.actor("ana")
    made = slow.accepted()
    services.tickets.clarify([made], "clear", actor=ana).one()
    slow.later(hours=24, seconds=-5)
    services.messages.reply([made], "in time", actor=ana).one()
    slow.later(seconds=10)
    services.ticker.tick("one")
    assert told(slow, "overdue") == []
    slow.later(seconds=15)
    services.ticker.tick("one")
    assert slow.clock(made, "first_response").state == "met"
    assert (told(slow, "overdue"), slow.field(made, "escalation_level")) == ([], 1)


def test_resolved_before_it_went_out_it_still_counts_as_written(slow: Desk) -> None:
    services, ana = slow.services, slow.actor("ana")
    made = slow.accepted(kind="consultation")
    services.messages.reply([made], "hello", actor=ana).one()
    written = slow.now
    slow.later(seconds=5)
    services.closing.feedback([made], "So", "manual", actor=ana).one()
    services.closing.satisfy(made, True, actor=ana).one()
    slow.later(minutes=1)
    services.ticker.tick("one")
    clock = slow.clock(made, "first_response")
    assert (clock.state, clock.stopped_at) == ("met", written)


def test_a_result_has_gone_out_and_is_not_offered_for_undoing(slow: Desk) -> None:
    services, ana = slow.services, slow.actor("ana")
    made = slow.accepted(kind="consultation")
    result = services.closing.feedback([made], "So", "manual", actor=ana)
    assert result.done and result.undo_id is None
    # What came before it rests on a state that is gone.
    with pytest.raises(Conflict):
        services.undo.undo(actor=ana)
    assert slow.field(made, "state") == "result_fed_back"
    other = slow.ticket()
    services.tickets.tag([other], add=["vip"], actor=ana).one()
    services.undo.undo(actor=ana)
    assert services.views.view(other, actor=ana).tags == ()


def test_undoing_a_change_recalls_the_progress_note_saved_with_it(slow: Desk) -> None:
    services, ana = slow.services, slow.actor("ana")
    made = slow.accepted()
    slow.later(hours=25)
    note = "It takes until Friday"
    services.tickets.edit(made, {"subject": "Other"}, actor=ana, progress_note=note).one()
    assert slow.field(made, "subject") == "Other"
    services.undo.undo(actor=ana)
    assert (slow.field(made, "subject"), states(slow)) == ("Printer smokes", ["recalled"])
    refused = services.tickets.edit(made, {"subject": "Other"}, actor=ana)
    assert code(refused) == "progress_note_needed"


@pytest.mark.req("R-140")
def test_a_progress_note_at_rest_has_been_written(slow: Desk) -> None:
    services, ana = slow.services, slow.actor("ana")
    made = slow.accepted()
    slow.later(hours=25)
    services.messages.reply([made], "just words", actor=ana).one()
    refused = services.tickets.edit(made, {"subject": "x"}, actor=ana)
    assert code(refused) == "progress_note_needed"
    services.messages.note([made], "until Friday", actor=ana, progress=True).one()
    services.tickets.edit(made, {"subject": "x"}, actor=ana).one()


def test_one_that_cannot_be_sent_does_not_stop_the_others(
    slow: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    services, ana = slow.services, slow.actor("ana")
    made = [slow.accepted() for _ in range(3)]
    for ticket_id in made:
        services.messages.reply([ticket_id], "hello", actor=ana).one()
    real = module.sent

    def broken(unit: Any, row: Any, message_id: int) -> None:
        real(unit, row, message_id)
        if row["id"] == made[1]:
            raise KeyError("kind")

    monkeypatch.setattr(module, "sent", broken)
    slow.later(minutes=1)
    done = services.ticker.tick("one")
    assert (done.sent, done.failed, states(slow)) == (2, 1, ["sent", "queued", "sent"])
    assert slow.clock(made[1], "first_response").state == "sending"
    monkeypatch.undo()
    assert services.ticker.tick("one").sent == 0
    slow.later(hours=1)
    assert services.ticker.tick("one").sent == 1


def test_a_store_that_is_away_loses_no_reply(slow: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from crm_tui.domain.errors import Unavailable
    from crm_tui.domain.msg import msg

    made = slow.accepted()
    slow.services.messages.reply([made], "hello", actor=slow.actor("ana")).one()

    def away(*_: Any) -> None:
        raise Unavailable(msg("away"))

    monkeypatch.setattr(module, "sent", away)
    slow.later(minutes=1)
    with pytest.raises(Unavailable):
        slow.services.ticker.tick("one")
    assert states(slow) == ["queued"]
