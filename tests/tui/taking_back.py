"""Proving what the registry says of taking back: undone, asked first, or not written (ux.md 7.7)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from textual.pilot import Pilot

from crm_tui.bootstrap import Opened
from crm_tui.db.schema import customers, desk, figures, log, org, registers, system, tickets, work
from crm_tui.tui.app import CrmApp
from crm_tui.tui.screens.base import BaseScreen
from tests.tui.driving import burst, press, running, settle

TOLD = {
    "activity",
    "chain_head",
    "counter",
    "figure_day",
    "figure_dirty",
    "figure_rolled",
    "figure_window",
    "fired",
    "notification",
    "outbox",
    "presence",
    "sequence",
    "session_state",
    "undo_entry",
    "undo_row",
}
"""Tables of what happened, and of what was told of it: undoing adds to them."""
REBUILT = {"ticket_clock"}
"""Tables that are made anew from the events; their ids mean nothing."""
TAKEN_BACK = {
    "approval": ("state", "withdrawn"),
    "handover": ("outcome", "undone"),
    "goal_point": ("struck", True),
}
"""What says of a row that it was taken back; of other rows that they are archived."""
DESK = 3
"""Tickets that the desk has from the start; one that an act makes is cancelled when that is undone."""
MOVING = {"row_version", "version", "updated_at", "wake_at", "last_activity_at", "watched_at"}
"""Columns that tell when something was changed last, undoing included."""
MODULES = (customers, desk, figures, log, org, registers, system, tickets, work)


def state(opened: Opened) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that is kept of the desk's matters; what is archived is off the desk."""
    metadata = tickets.ticket.metadata
    found: dict[str, list[tuple[Any, ...]]] = {}
    with opened.services.core.engine.connect() as conn:
        undone = select(tickets.ticket.c.id).where(
            tickets.ticket.c.id > DESK, tickets.ticket.c.state == "cancelled"
        )
        gone = set(conn.execute(undone).scalars())
        for table in metadata.sorted_tables:
            if table.name in TOLD or table.name.startswith(("search", "undo")):
                continue
            left = MOVING | ({"id"} if table.name in REBUILT else set())
            rows = []
            for row in conn.execute(select(table)).mappings():
                column, value = TAKEN_BACK.get(table.name, ("archived", True))
                whose = row["id"] if table.name == "ticket" else row.get("ticket_id")
                if row.get(column) != value and whose not in gone:
                    rows.append(tuple(repr(v) for k, v in row.items() if k not in left))
            found[table.name] = sorted(rows)
    return {name: rows for name, rows in found.items() if rows}


def written(opened: Opened) -> int:
    """The place of the newest entry in the log."""
    return opened.services.audit.last_seq()


async def do(app: CrmApp, pilot: Pilot[None], *steps: str) -> None:
    """Type texts, and press keys that stand in angle brackets."""
    for step in steps:
        if step.startswith("<"):
            await press(app, pilot, step[1:-1])
        else:
            await burst(app, pilot, step)


@dataclass(frozen=True)
class Way:
    """Every key of an action: who presses it, on which desk, and what is done before it."""

    steps: Sequence[str]
    login: str = "ana"
    prepare: Callable[[Opened], None] | None = None
    first: Sequence[str] = ()
    """Keys before it that write as well."""


async def prove_undone(opened: Opened, way: Way) -> None:
    """It changes something, and undoing brings back all that was."""
    if way.prepare is not None:
        way.prepare(opened)
    me = Opened(opened.services, opened.services.org.login(way.login), demo=True)
    notifications = opened.services.notifications
    async with running(me) as (app, pilot):
        await do(app, pilot, *way.first)
        before = state(opened)
        inbox = [n.id for n in notifications.inbox(actor=me.actor)]
        await do(app, pilot, *way.steps)
        changed = state(opened) != before
        hidden = [n.id for n in notifications.inbox(actor=me.actor)] != inbox
        assert changed or hidden, app.said
        while not isinstance(app.screen, BaseScreen):
            await press(app, pilot, "escape")
        opened.services.undo.undo(actor=me.actor)
        await settle(app, pilot)
    after = state(opened)
    differing = {t: (before.get(t), after.get(t)) for t in {*before, *after}}
    assert not {t: pair for t, pair in differing.items() if pair[0] != pair[1]}
    assert [n.id for n in notifications.inbox(actor=me.actor)] == inbox


async def prove_asked(opened: Opened, way: Way) -> None:
    """Its keys but the last write nothing, and leaving then leaves all as it was."""
    if way.prepare is not None:
        way.prepare(opened)
    me = Opened(opened.services, opened.services.org.login(way.login), demo=True)
    async with running(me) as (app, pilot):
        await do(app, pilot, *way.first)
        seq = written(opened)
        await do(app, pilot, *way.steps)
        screen = app.screen
        writing = isinstance(screen, BaseScreen) and screen.query("#composer-text:focus")
        assert writing or not isinstance(screen, BaseScreen), app.said
        assert written(opened) == seq
        for _ in range(3):
            if isinstance(app.screen, BaseScreen):
                break
            await press(app, pilot, "escape")
        assert written(opened) == seq


async def prove_harmless(
    opened: Opened, name: str, scope: str, way: Sequence[str], login: str = "ana"
) -> None:
    """Whatever is answered, nothing is written."""
    me = Opened(opened.services, opened.services.org.login(login), demo=True)
    async with running(me) as (app, pilot):
        await do(app, pilot, *way)
        seq = written(opened)
        screen = app.screen
        assert isinstance(screen, BaseScreen) and scope == screen.SCOPE
        screen.action_act(name)
        await settle(app, pilot)
        # Into whatever was opened: a word, enter, yes and save.
        for _ in range(2):
            if not isinstance(app.screen, BaseScreen):
                await do(app, pilot, "x\r", "<ctrl+s>")
        assert written(opened) == seq, (name, scope)
