"""The inbox by keys: what waits for me, and what is done about it without leaving it."""

from datetime import UTC, datetime, timedelta

import pytest
from textual.widgets import Input

from crm_tui.bootstrap import Opened
from crm_tui.domain.msg import msg
from crm_tui.i18n import tr
from crm_tui.tui.app import CrmApp
from crm_tui.tui.screens.inbox import KINDS, VIEWS, InboxScreen
from crm_tui.tui.screens.ticket import TicketScreen
from crm_tui.tui.widgets.dialogs import Menu, Prompt
from tests.tui.driving import HOSTILE, NOW, burst, press, running, shown


def top(app: CrmApp) -> object:
    """What is on top now, whatever it was before."""
    return app.screen


def as_(opened: Opened, login: str) -> Opened:
    return Opened(opened.services, opened.services.org.login(login), demo=True)


def tell(opened: Opened, count: int, kind: str = "warning", text: str = "Look at {what}") -> None:
    lin = opened.services.org.login("lin")
    with opened.services.core.write(opened.actor) as unit:
        for number in range(count):
            unit.notify(
                [lin.staff_id],
                kind,
                msg(text, what=f"T-{number} {HOSTILE}"),
                subject=("ticket", 1),
                key=f"{kind}-{number}",
            )


def proposed(opened: Opened) -> int:
    services, ana = opened.services, opened.actor
    row = services.views.page("打印机", actor=ana).rows[0]
    services.tickets.take([row.id], actor=ana).one()
    services.tickets.status(
        [row.id], "accepted", actor=ana, values={"verified_note": "checked"}
    ).one()
    services.closing.propose([row.id], "A new printer\nand two nights of work", actor=ana).one()
    return row.id


def state(opened: Opened, ticket: int) -> str:
    return str(opened.services.views.view(ticket, actor=opened.actor).row.state)


@pytest.mark.req("R-148")
async def test_a_solution_is_approved_from_the_inbox(opened: Opened, language: str) -> None:
    ticket = proposed(opened)
    async with running(as_(opened, "lin")) as (app, pilot):
        assert app.counts["inbox"] >= 1
        await press(app, pilot, "6", "A")
        assert isinstance(app.screen, Menu)
        assert "A new printer" in shown(app)
        await press(app, pilot, "y")
        assert isinstance(app.screen, InboxScreen)
        assert state(opened, ticket) == "approved"
        assert not [r for r in app.screen.listing.rows if r.kind == "approval" and r.waits]
        await press(app, pilot, "A")
        assert app.said[-1] == tr("Nothing waits for approval")


@pytest.mark.req("R-148")
async def test_what_waits_for_approval_has_a_view_of_its_own_and_is_rejected_with_a_reason(
    opened: Opened,
) -> None:
    ticket = proposed(opened)
    async with running(as_(opened, "lin")) as (app, pilot):
        await press(app, pilot, "6", "right_square_bracket")
        screen = app.screen
        assert isinstance(screen, InboxScreen)
        assert [r.approval.ticket_id for r in screen.listing.rows] == [ticket]
        await press(app, pilot, "x")
        assert "A" in app.said[-1]
        await press(app, pilot, "A", "n")
        assert isinstance(app.screen, Prompt)
        await press(app, pilot, "enter")
        assert isinstance(app.screen, Prompt)
        app.screen.query_one(Input).value = "too dear"
        await press(app, pilot, "enter")
        assert state(opened, ticket) == "accepted"
        assert screen.listing.rows == []
        await press(app, pilot, "escape")
        assert screen.view == 0


async def test_rows_are_snoozed_and_put_away_and_brought_back(opened: Opened) -> None:
    tell(opened, 3)
    notifications, lin = opened.services.notifications, opened.services.org.login("lin")

    def ids() -> list[int]:
        return [n.id for n in notifications.inbox(actor=lin)]

    every = ids()
    async with running(as_(opened, "lin")) as (app, pilot):
        await press(app, pilot, "6", "j", "z", "t")
        # Without a reason nothing is put off.
        await press(app, pilot, "enter")
        assert isinstance(app.screen, Prompt)
        await burst(app, pilot, "in a call\r")
        assert ids() == [every[0], *every[2:]]
        screen = app.screen
        assert isinstance(screen, InboxScreen)
        assert screen.listing.current is not None
        assert screen.listing.current.id == every[2]
        await press(app, pilot, "u")
        assert ids() == every
        await press(app, pilot, "x", "enter")
        assert isinstance(app.screen, Prompt)
        app.screen.query_one(Input).value = "seen"
        await press(app, pilot, "enter")
        assert len(ids()) == 2
        await press(app, pilot, "u")
        assert ids() == every
        await press(app, pilot, "U")
        assert len(ids()) == 2


@pytest.mark.req("R-118")
async def test_an_urgent_ticket_is_acknowledged_and_opened_and_counts_follow(
    opened: Opened, language: str
) -> None:
    services = opened.services
    made = services.intake.create(
        {
            "kind": "complaint",
            "channel": "phone",
            "subject": "Smoke",
            "description": "Fire",
            "safety_risk": True,
        },
        actor=opened.actor,
    )
    async with running(as_(opened, "lin")) as (app, pilot):
        await press(app, pilot, "6")
        screen = app.screen
        assert isinstance(screen, InboxScreen)
        assert screen.listing.rows[0].waits
        assert tr("Urgent") in shown(app)
        unread = app.counts["inbox"]
        await press(app, pilot, "a", "y")
        assert not screen.listing.rows[0].waits
        assert app.counts["inbox"] == unread - 1
        await press(app, pilot, "enter")
        assert isinstance(app.screen, TicketScreen)
        assert app.screen.ticket_id == made
        await press(app, pilot, "escape")
        assert top(app) is screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_views_narrow_and_a_change_elsewhere_leaves_the_cursor(
    opened: Opened, language: str, size: tuple[int, int]
) -> None:
    tell(opened, 3)
    tell(opened, 2, "escalated")
    async with running(as_(opened, "lin"), size) as (app, pilot):
        await press(app, pilot, "6")
        screen = app.screen
        assert isinstance(screen, InboxScreen)
        counts = []
        for name, _ in VIEWS:
            count = screen.counts[name]
            assert count == len(screen.listing.rows)
            words = f"{tr(name)} {count}" if count else tr(name)
            assert words in shown(app).split("\n")[0]
            assert "\x1b" not in shown(app)
            counts.append(len(screen.listing.rows))
            await press(app, pilot, "right_square_bracket")
        assert counts == [5, 0, 2, 3, 0, 0, 0]
        await press(app, pilot, "j", "j", "j")
        chosen = screen.listing.current
        tell(opened, 1, "assigned")
        screen.changed([])
        await press(app, pilot)
        await pilot.pause()
        assert screen.listing.current is not None and chosen is not None
        assert screen.listing.current.id == chosen.id
        assert len(screen.listing.rows) == 6


async def test_thousands_of_rows_are_read_by_the_page(opened: Opened) -> None:
    tell(opened, 700)
    async with running(as_(opened, "lin")) as (app, pilot):
        await press(app, pilot, "6")
        screen = app.screen
        assert isinstance(screen, InboxScreen)
        assert len(screen.listing.rows) < 700
        await press(app, pilot, "G")
        assert "T-0 " in screen.listing.rows[-1].text
        await press(app, pilot, "g")
        assert "T-699 " in screen.listing.rows[0].text


async def test_an_empty_inbox_takes_every_key(opened: Opened) -> None:
    async with running(as_(opened, "lin")) as (app, pilot):
        await press(app, pilot, "6", "a", "z", "x", "A", "enter", "G", "g")
        assert isinstance(app.screen, InboxScreen)
        assert tr("nothing waits for you") in shown(app)


@pytest.mark.req("R-141")
async def test_tickets_without_a_note_today_are_a_view_that_a_note_empties(
    opened: Opened, language: str
) -> None:
    services, ana = opened.services, opened.actor
    tickets = services.views.all_ids("is:open", actor=ana)
    services.tickets.take(tickets[:1], actor=ana).one()
    services.core.clock = lambda: datetime(2024, 6, 3, 10, 30, tzinfo=UTC)
    async with running(opened, (140, 40)) as (app, pilot):
        await press(app, pilot, "6", "left_square_bracket")
        screen = app.screen
        assert isinstance(screen, InboxScreen)
        mine = {row.subject[1] for row in screen.listing.rows}
        assert set(tickets[:1]) <= mine
        assert f"[{tr('no note today')} {len(mine)}]" in shown(app).split("\n")[0]
        await press(app, pilot, "x")
        assert app.said[-1] == tr("A note on the ticket takes it off this list; enter opens it")
        await press(app, pilot, "enter", "c")
        assert isinstance(app.screen, TicketScreen)
        told = app.screen.ticket_id
        app.screen.composer.area.text = "Called"
        await press(app, pilot, "ctrl+s", "escape")
        assert top(app) is screen
        assert {row.subject[1] for row in screen.listing.rows} == mine - {told}


@pytest.mark.parametrize("kind", ["follow_up", "merged"])
async def test_every_kind_of_row_has_a_name(opened: Opened, language: str, kind: str) -> None:
    tell(opened, 1, kind)
    async with running(as_(opened, "lin")) as (app, pilot):
        await press(app, pilot, "6")
        assert tr(KINDS[kind]) in shown(app)
        assert kind not in shown(app)


async def test_a_row_comes_back_at_the_time_chosen_with_its_reason(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    tell(opened, 1)
    services, lin = opened.services, opened.services.org.login("lin")
    (row,) = services.notifications.inbox(actor=lin)
    async with running(as_(opened, "lin"), (120, 40)) as (app, pilot):
        await press(app, pilot, "6", "z", "o")
        await burst(app, pilot, "nonsense\r")
        assert isinstance(app.screen, Prompt)
        await press(app, pilot, "ctrl+u")
        await burst(app, pilot, "+2d\rwaits for parts\r")
        assert services.notifications.inbox(actor=lin) == []
        monkeypatch.setattr(services.core, "clock", lambda: NOW + timedelta(days=3))
        await press(app, pilot, "ctrl+r")
        assert "(waits for parts)" in shown(app)
    assert [n.id for n in services.notifications.inbox(actor=lin)] == [row.id]
