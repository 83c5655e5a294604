"""The seven measures of the interaction model, each by its name (ux.md 7).

Measure 2, every action by key, command and palette, is in test_commands and test_keys; 4, bytes, in
test_wire and the tests of each screen; 6, hostile text, in test_hostile; 7, undo of each undoable
verb, in test_danger; 1, four keys a verb, also in test_four_keys. Here stand the others.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.i18n import tr
from crm_tui.tui.keymap import SCOPES
from crm_tui.tui.screens.queue import QueueScreen
from tests.tui.driving import burst, press, running, settle

MOST_KEYS = 4
TAKE: Sequence[str] = ("m",)
URGENT: Sequence[str] = ("p", "u")
TAG: Sequence[str] = ("t", "v", "enter")
SNAPSHOTS = Path(__file__).resolve().parents[1] / "snapshots" / "__snapshots__"


@pytest.fixture
def desk(opened: Opened) -> Opened:
    """Twenty tickets that nobody has taken, beside one with a tag."""
    services = opened.services
    for number in range(20):
        services.intake.create(
            {
                "kind": "complaint",
                "channel": "phone",
                "subject": f"扫码枪断连 {number}",
                "description": "?",
            },
            actor=opened.actor,
        )
    services.tickets.tag([1], actor=opened.actor, add=["vip"])
    return opened


def queue(app: object) -> QueueScreen:
    screen = app.screen  # type: ignore[attr-defined]
    assert isinstance(screen, QueueScreen), screen
    return screen


def triaged(desk: Opened) -> list[tuple[str, ...]]:
    """Owner, urgency and tags of each of the twenty."""
    found = []
    for row in desk.services.views.page("扫码枪", actor=desk.actor, limit=50).rows:
        tags = desk.services.views.view(row.id, actor=desk.actor).tags
        found.append((row.owner, row.urgency, *tags))
    return found


@pytest.mark.req("R-317")
async def test_measure_1_twenty_tickets_one_by_one(desk: Opened) -> None:
    assert max(map(len, (TAKE, URGENT, TAG))) <= MOST_KEYS
    async with running(desk, (120, 40)) as (app, pilot):
        await press(app, pilot, "slash", *"扫码枪", "enter")
        await burst(app, pilot, ":sort number\r")
        assert len(queue(app).listing.rows) == 20
        for _ in range(20):
            for keys in (TAKE, URGENT, TAG):
                await press(app, pilot, *keys)
            await press(app, pilot, "j")
    assert triaged(desk) == [("Ana", "urgent", "vip")] * 20


@pytest.mark.req("R-317")
async def test_measure_1_twenty_tickets_marked(desk: Opened) -> None:
    async with running(desk, (120, 40)) as (app, pilot):
        await press(app, pilot, "slash", *"扫码枪", "enter")
        for keys in (TAKE, URGENT, TAG):
            # What was done has no marks any more; what was refused keeps them.
            await press(app, pilot, "V")
            assert len(queue(app).listing.marks) == 20
            await press(app, pilot, *keys)
            # Over ten at once are confirmed (ux.md 3.6).
            if not isinstance(app.screen, QueueScreen):
                await press(app, pilot, "y")
    assert triaged(desk) == [("Ana", "urgent", "vip")] * 20


async def test_measure_1_the_next_step_is_taken_or_what_is_missing_is_named(desk: Opened) -> None:
    async with running(desk, (120, 40)) as (app, pilot):
        await press(app, pilot, "slash", *"扫码枪", "enter", "m")
        first = queue(app).listing.current
        assert first is not None
        # What the step needs is named with its key, and nothing has happened.
        await press(app, pilot, "x")
        missing = tr("Verify the details first and note what you found")
        assert app.said[-1].startswith(f"T-{first.number}: {missing}")
        assert desk.services.views.view(first.id, actor=desk.actor).row.state == "dispatched"
        await press(app, pilot, "s", "a", "o", "k", "enter")
        assert desk.services.views.view(first.id, actor=desk.actor).row.state == "accepted"


def test_measure_3_every_screen_is_drawn_at_both_sizes_and_without_colours() -> None:
    """Plain characters on every screen are in test_terminals, cell by cell."""
    names = [p.name for p in SNAPSHOTS.rglob("*.svg")]
    for scope in SCOPES:
        # The timeline has pictures of its own, named after its zoom.
        taken = [n for n in names if "timeline" in n] if scope == "timeline" else names
        walk = {"figure_rows": "figures-rows", "timeline": "week"}.get(scope, scope)
        drawn = [n for n in taken if f"[{walk}-" in n or f"[{walk}]" in n]
        for size in ("80x24", "120x40"):
            for language in ("zh", "en"):
                assert any(f"{language}-{size}" in n for n in drawn), (scope, language, size)
        assert any("without_colours" in n for n in drawn), scope


async def test_measure_5_fifty_changed_rows_leave_the_cursor_where_it_is(opened: Opened) -> None:
    services, lin = opened.services, opened.services.org.login("lin")
    for number in range(60):
        services.intake.create(
            {"kind": "complaint", "channel": "phone", "subject": f"n{number}", "description": "?"},
            actor=opened.actor,
        )
    async with running(opened, (120, 40)) as (app, pilot):
        await press(app, pilot, *["j"] * 12)
        listing = queue(app).listing
        before, line = listing.current, listing.at - listing.top
        assert before is not None
        ids = [r.id for r in listing.rows if r.id != before.id][:50]
        services.tickets.urgency(ids, "urgent", actor=lin)
        services.tickets.assign(ids, lin.staff_id, actor=lin)
        app._poll()
        await settle(app, pilot)
        after = listing.current
        assert after is not None
        assert (after.id, listing.at - listing.top) == (before.id, line)
