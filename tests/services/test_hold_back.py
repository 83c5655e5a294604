"""An overdue ticket holds its owner back until the customer has been told (R-140)."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crm_tui.services.result import Result
from tests.services.conftest import Desk
from tests.services.test_loop import code

Act = Callable[[Desk, int, Any], Result]
SECOND = timedelta(seconds=1)


def _merge(desk: Desk, made: int, actor: Any) -> Result:
    return desk.services.links.merge([made], desk.ticket(), actor=actor)


def _parent(desk: Desk, made: int, actor: Any) -> Result:
    return desk.services.links.set_parent([made], desk.ticket(), actor=actor)


HELD: dict[str, Act] = {
    "edit": lambda d, i, a: d.services.tickets.edit(i, {"subject": "x"}, actor=a),
    "status": lambda d, i, a: d.services.tickets.status(
        [i], "executing", actor=a, values={"solution": "x"}
    ),
    "wait": lambda d, i, a: d.services.tickets.wait([i], actor=a, reason="photo"),
    "urgency": lambda d, i, a: d.services.tickets.urgency([i], "low", actor=a),
    "propose": lambda d, i, a: d.services.closing.propose([i], "x", actor=a),
    "resolve": lambda d, i, a: d.services.closing.resolve([i], actor=a, values={"solution": "x"}),
    "close": lambda d, i, a: d.services.closing.close([i], actor=a),
    "cancel": lambda d, i, a: d.services.closing.cancel([i], "double", actor=a),
    "first_responsible": lambda d, i, a: d.services.tickets.set_first_responsible(
        [i], a.staff_id, actor=a
    ),
    "merge": _merge,
    "parent": _parent,
}
FREE: dict[str, Act] = {
    "take": lambda d, i, a: d.services.tickets.take([i], actor=a),
    "assign": lambda d, i, a: d.services.tickets.assign([i], d.actor("bob").staff_id, actor=a),
    "transfer": lambda d, i, a: d.services.tickets.transfer([i], "product", "theirs", actor=a),
    "escalate": lambda d, i, a: d.services.tickets.escalate([i], "help", actor=a),
    "reply": lambda d, i, a: d.services.messages.reply([i], "soon", actor=a),
    "note": lambda d, i, a: d.services.messages.note([i], "internal", actor=a),
    "progress": lambda d, i, a: d.services.messages.note([i], "soon", actor=a, progress=True),
    "feedback": lambda d, i, a: d.services.closing.feedback([i], "So", "manual", actor=a),
    "clarify": lambda d, i, a: d.services.tickets.clarify([i], "clear", actor=a),
    "attempt": lambda d, i, a: d.services.closing.attempt(i, "phone", "busy", actor=a),
    "tag": lambda d, i, a: d.services.tickets.tag([i], actor=a, add=["vip"]),
    "watch": lambda d, i, a: d.services.tickets.watch([i], actor=a),
    "link": lambda d, i, a: d.services.links.link(i, d.ticket(), "related", actor=a),
}


def overdue(desk: Desk) -> int:
    """A consultation that ana has, one second over its limit."""
    made = desk.accepted(kind="consultation")
    desk.later(hours=24, seconds=1)
    return made


@pytest.mark.req("R-140")
@pytest.mark.parametrize("act", HELD)
def test_changes_of_fields_and_status_are_held_back(desk: Desk, act: str) -> None:
    made, ana = overdue(desk), desk.actor("ana")
    desk.services.messages.reply([made], "a plain reply", actor=ana).one()
    assert code(HELD[act](desk, made, ana)) == "progress_note_needed"
    # A colleague is not the one who kept the customer waiting.
    assert code(HELD[act](desk, made, desk.actor("lee"))) != "progress_note_needed"


@pytest.mark.req("R-140")
@pytest.mark.parametrize("act", HELD)
def test_a_progress_note_sets_them_free(desk: Desk, act: str) -> None:
    made, ana = overdue(desk), desk.actor("ana")
    desk.services.messages.note([made], "It takes until Friday", actor=ana, progress=True).one()
    assert code(HELD[act](desk, made, ana)) != "progress_note_needed"


@pytest.mark.req("R-140")
@pytest.mark.parametrize("act", FREE)
def test_what_helps_the_customer_stays_free(desk: Desk, act: str) -> None:
    made = overdue(desk)
    assert not FREE[act](desk, made, desk.actor("ana")).refused


@pytest.mark.req("R-140")
def test_dispatch_stays_free(desk: Desk, tmp_path: Path) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.ticket()
    services.tickets.take([made], actor=ana).one()
    services.tickets.wait([made], actor=ana, reason="photo").one()
    desk.later(hours=25)
    services.tickets.status([made], "dispatched", actor=ana).one()
    (tmp_path / "log.txt").write_text("smoke")
    assert services.messages.attach(made, tmp_path / "log.txt", actor=ana)


@pytest.mark.req("R-140")
@pytest.mark.parametrize("act", ["edit", "status", "wait"])
def test_a_note_saved_together_satisfies_and_counts_first(desk: Desk, act: str) -> None:
    services, ana, made = desk.services, desk.actor("ana"), overdue(desk)
    note = "It takes until Friday"
    if act == "edit":
        result = services.tickets.edit(made, {"subject": "x"}, actor=ana, progress_note=note)
    elif act == "wait":
        result = services.tickets.wait([made], actor=ana, reason="photo", progress_note=note)
    else:
        given = {"solution": "x"}
        result = services.tickets.status(
            [made], "executing", actor=ana, values=given, progress_note=note
        )
    assert result.done
    assert desk.clock(made, "first_response").stopped_at == desk.now
    texts = [e.text for e in services.views.timeline(made, actor=ana, messages_only=True)]
    assert texts == [note]
    services.tickets.edit(made, {"subject": "y"}, actor=ana).one()


@pytest.mark.req("R-140")
def test_a_note_that_cannot_be_saved_leaves_nothing(desk: Desk) -> None:
    services, ana, made = desk.services, desk.actor("ana"), overdue(desk)
    refused = services.tickets.edit(made, {"subject": " "}, actor=ana, progress_note="Friday")
    assert refused.refused
    assert services.views.timeline(made, actor=ana, messages_only=True) == []
    assert code(services.tickets.edit(made, {"subject": "x"}, actor=ana)) == "progress_note_needed"


@pytest.mark.req("R-140")
def test_each_limit_that_passes_asks_for_its_own_note(desk: Desk) -> None:
    services, ana, made = desk.services, desk.actor("ana"), overdue(desk)
    services.messages.note([made], "Friday", actor=ana, progress=True).one()
    desk.now += timedelta(hours=24) - SECOND
    services.tickets.edit(made, {"subject": "x"}, actor=ana).one()
    desk.now += SECOND
    assert code(services.tickets.edit(made, {"subject": "y"}, actor=ana)) == "progress_note_needed"


def test_the_screen_is_told_the_same(desk: Desk) -> None:
    ana, made = desk.actor("ana"), overdue(desk)
    actions = {a.verb: a.code for a in desk.services.views.view(made, actor=ana).actions}
    held = {v for v, c in actions.items() if c == "progress_note_needed"}
    assert held == {"status", "urgency", "edit", "resolve", "merge"}
