"""A complaint and its detours by keys alone, at 80x24 in both languages (R-317)."""

from datetime import timedelta

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.i18n import tr
from crm_tui.tui.app import CrmApp
from crm_tui.tui.screens.queue import QueueScreen
from crm_tui.tui.screens.ticket import TicketScreen
from crm_tui.tui.widgets.form import Form
from tests.tui.driving import NOW, burst, press, running, shown

WORDS = {
    "en": ("Printer smokes again", "It smokes when it starts", "New printer", "warranty 4.1"),
    "zh": ("打印机又冒烟", "开机时冒烟，有焦味", "更换新打印机", "保修条款4.1"),
}


def ticket_of(app: CrmApp) -> TicketScreen:
    assert isinstance(app.screen, TicketScreen), app.screen
    return app.screen


def form_of(app: CrmApp) -> Form:
    assert isinstance(app.screen, Form), app.screen
    return app.screen


def focused(app: CrmApp) -> str | None:
    return app.focused.id if app.focused is not None else None


@pytest.mark.req("R-146", "R-148", "R-135", "R-149", "R-150", "R-317")
async def test_from_call_to_closing_with_an_unhappy_customer(opened: Opened, language: str) -> None:
    services, ana = opened.services, opened.actor
    subject, description, solution, basis = WORDS[language]
    async with running(opened) as (app, pilot):
        await burst(app, pilot, "n")
        await burst(app, pilot, "donghu\r")
        # The proposal and the limits stand there before anything is saved.
        assert tr("Proposal") in shown(app)
        assert tr("First response") in shown(app)
        await burst(app, pilot, f"\t\t{subject}\t{description}\x13")
        ticket = ticket_of(app).ticket_id

        def state() -> str:
            return services.views.view(ticket, actor=ana).row.state

        assert state() == "registered"
        await press(app, pilot, "m", "s", "a")
        await burst(app, pilot, "checked\r")
        assert state() == "accepted"
        await press(app, pilot, "r")
        assert tr("Reply to the customer") in shown(app)
        await burst(app, pilot, "We look into it\x13")
        await press(app, pilot, "c")
        await burst(app, pilot, "Second time this year\x13")
        await press(app, pilot, "P", "o")
        await burst(app, pilot, f"{solution}\r")
        assert state() == "solution_proposed"
        # The next step says what it waits for and which key gives it.
        await press(app, pilot, "i")
        assert tr("The head of the department must approve first") in shown(app)
        assert f"(A {tr('approve')})" in shown(app)
    lin = Opened(services, services.org.login("lin"), demo=True)
    async with running(lin) as (app, pilot):
        await burst(app, pilot, f"/{subject}\r")
        await press(app, pilot, "enter", "A")
        assert solution in shown(app)
        await press(app, pilot, "y")
        assert state() == "approved"
    async with running(opened) as (app, pilot):
        await burst(app, pilot, f":go T-{services.intake.number(ticket, actor=ana)}\r")
        await press(app, pilot, "x")
        assert state() == "executing"
        for answer, then in (("n", "accepted"), ("y", "resolved")):
            if answer == "y":
                await press(app, pilot, "P", "o")
                await burst(app, pilot, f"{solution} 2\r")
                services.closing.decide([ticket], True, actor=lin.actor).one()
                await press(app, pilot, "ctrl+r", "x")
            await press(app, pilot, "R")
            await burst(app, pilot, f"{basis}\r")
            assert tr("Result to the customer") in shown(app)
            await burst(app, pilot, "Done\x13")
            assert state() == "result_fed_back"
            await press(app, pilot, "S", answer)
            await burst(app, pilot, "\r")
            assert state() == then, app.said
            if answer == "n":
                view = services.views.view(ticket, actor=ana)
                assert view.row.escalation_level > 1
                assert tr("level {level}").format(level=2) in shown(app)
        await press(app, pilot, "Q", "3")
        assert state() == "closed"
        assert tr("Closed") in shown(app)


@pytest.mark.req("R-145")
async def test_the_previewed_limits_are_those_that_are_saved(opened: Opened) -> None:
    async with running(opened, (120, 40)) as (app, pilot):
        await burst(app, pilot, "n")
        await burst(app, pilot, "donghu\r")
        preview = shown(app)
        await burst(app, pilot, "\t\tScanner\tNo light\x13")
        view = ticket_of(app).view
        dues = {c.kind: c.due_at for c in view.clocks if c.due_at is not None}
        assert len(dues) == 4
        for due in dues.values():
            assert f"{ticket_of(app).local(due):%m-%d %H:%M}" in preview


@pytest.mark.req("R-115")
async def test_another_department_asks_its_reason_under_the_field(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, "n")
        await burst(app, pilot, "donghu\r")
        await burst(app, pilot, "\t\tScanner\tNo light" + "\t" * 9)
        form = form_of(app)
        await press(app, pilot, "m")
        await press(app, pilot, "ctrl+s")
        assert focused(app) == "f-reason"
        assert form.query_one("#e-reason").display
        chosen = form.values()["department"]
        await burst(app, pilot, "the customer asked for them\x13")
        assert ticket_of(app).view.fields["department"] == chosen


@pytest.mark.req("R-104")
async def test_a_time_to_come_is_refused_under_its_field(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, "n")
        await burst(app, pilot, "donghu\r")
        await burst(app, pilot, "\t\tScanner\tNo light" + "\t" * 11 + "2099-01-01 10:00\x13")
        assert focused(app) == "f-received_at"
        assert app.screen.query_one("#e-received_at").display
        assert form_of(app).values()["subject"] == "Scanner"


async def test_detours_wait_transfer_cancel_reopen_and_undo(opened: Opened, language: str) -> None:
    services, ana = opened.services, opened.actor
    async with running(opened) as (app, pilot):
        await press(app, pilot, "m", "enter", "w", "c")
        await burst(app, pilot, "invoice\r")
        ticket = ticket_of(app).ticket_id
        assert tr("Wait customer") in shown(app)
        await press(app, pilot, "u")
        assert services.views.view(ticket, actor=ana).row.state == "dispatched"
        await press(app, pilot, "d")
        assert tr("Hand over to") in shown(app)
        await press(app, pilot, "escape", "s", "x")
        await burst(app, pilot, "a test\r")
        assert tr("Cancelled") in shown(app)
        # What cannot be done says its rule, dimmed, with the key that helps.
        await press(app, pilot, "i")
        assert tr("The ticket was cancelled; reopen it first") in shown(app).replace("\n", "")
        assert f"(X {tr('reopen')})" in shown(app)
        await press(app, pilot, "X")
        await burst(app, pilot, "the customer called\r")
        assert services.views.view(ticket, actor=ana).row.category != "closed"


@pytest.mark.req("R-125")
async def test_merging_asks_first_and_undo_restores(opened: Opened) -> None:
    services, ana = opened.services, opened.actor
    async with running(opened) as (app, pilot):
        await press(app, pilot, "M")
        await burst(app, pilot, "T-2\r")
        await press(app, pilot, "enter")
        assert services.views.counts(actor=ana) == {"registered": 3}
        await press(app, pilot, "M")
        await burst(app, pilot, "T-2\r")
        await press(app, pilot, "y")
        assert services.views.counts(actor=ana) == {"registered": 2, "merged": 1}
        await press(app, pilot, "u")
        assert services.views.counts(actor=ana) == {"registered": 3}


@pytest.mark.req("R-140")
async def test_an_overdue_ticket_names_the_key_that_frees_it(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    services, ana = opened.services, opened.actor
    services.tickets.take([1], actor=ana).one()
    monkeypatch.setattr(services.core, "clock", lambda: NOW + timedelta(days=9))
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":go T-1\r")
        await press(app, pilot, "s", "a")
        await burst(app, pilot, "checked\r")
        assert "(F progress)" in app.said[-1]
        await press(app, pilot, "F")
        await burst(app, pilot, "The part comes on Friday\x13")
        await press(app, pilot, "s", "a")
        await burst(app, pilot, "checked\r")
        assert services.views.view(1, actor=ana).row.state == "accepted"


async def test_reasons_of_many_are_said_once_each_with_their_numbers(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await press(app, pilot, "space", "space", "x")
        first, second = app.said[-1].split("\n")
        assert first == "0 done, 2 refused"
        assert second.startswith("T-1 T-2: ") or second.startswith("T-2 T-1: ")
        assert isinstance(app.screen, QueueScreen)
        assert len(app.screen.listing.marks) == 2


async def test_a_colleagues_change_is_told_and_not_overwritten(opened: Opened) -> None:
    services, ana = opened.services, opened.actor
    lin = services.org.login("lin")
    async with running(opened) as (app, pilot):
        # The list shows the ticket as it was before Lin took it.
        services.tickets.urgency([1], "urgent", actor=lin).one()
        await burst(app, pilot, "m")
        assert "Lin" in app.said[-1]
        assert services.views.view(1, actor=ana).row.owner == ""
        # It has been read again: now the key means what is seen.
        await burst(app, pilot, "m")
        assert services.views.view(1, actor=ana).row.owner == "Ana"


async def test_a_form_on_an_older_version_says_so_and_keeps_both_changes(opened: Opened) -> None:
    services, ana = opened.services, opened.actor
    lin = services.org.login("lin")
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":go T-1\r")
        await press(app, pilot, "e")
        await burst(app, pilot, "\t!")
        services.tickets.edit(1, {"product": "P-9"}, actor=lin).one()
        await press(app, pilot, "ctrl+s")
        assert any("Lin" in text for text in app.said), app.said
        await press(app, pilot, "ctrl+s")
        fields = services.views.view(1, actor=ana).fields
        assert (fields["subject"], fields["product"]) == ("打印机冒烟!", "P-9")


async def test_e_edits_the_ticket_of_the_row_where_it_stands(opened: Opened) -> None:
    services, ana = opened.services, opened.actor
    async with running(opened) as (app, pilot):
        await press(app, pilot, "j", "e")
        await burst(app, pilot, "\t!\x13")
        assert isinstance(app.screen, QueueScreen)
        assert services.views.view(2, actor=ana).fields["subject"] == "Second!"
        await press(app, pilot, "2", "enter", *["right_square_bracket"] * 2, "e")
        subject = form_of(app).values()["subject"]
        assert subject in {r.subject for r in services.views.rows([1, 2, 3], actor=ana)}


@pytest.mark.req("R-147")
async def test_a_solution_has_a_type(opened: Opened, language: str) -> None:
    services, ana = opened.services, opened.actor
    accept(opened, 1, 2)
    async with running(opened) as (app, pilot):
        await press(app, pilot, "enter", "P")
        assert tr("Repair") in shown(app)
        await burst(app, pilot, "rnew fuse\r")
        await burst(app, pilot, ":go T-2\r:propose exchange a new one\r")
    found = [services.views.view(i, actor=ana).fields for i in (1, 2)]
    assert [f["solution_type"] for f in found] == ["repair", "exchange"]
    assert [f["solution"] for f in found] == ["new fuse", "a new one"]


@pytest.mark.req("R-129")
async def test_the_clarification_clock_is_stopped_by_a_key(opened: Opened) -> None:
    services, ana = opened.services, opened.actor

    def clock() -> str:
        clocks = services.views.view(1, actor=ana).clocks
        return next((c.state for c in clocks if c.kind == "clarify"), "none")

    accept(opened, 1)
    before = clock()
    async with running(opened) as (app, pilot):
        await press(app, pilot, "W")
        await burst(app, pilot, "Mr Li: a new fuse\r")
        assert (before, clock()) == ("running", "met")
        notes = services.views.timeline(1, actor=ana, messages_only=True)
        assert [e.text for e in notes] == ["Mr Li: a new fuse"]


def accept(opened: Opened, *ids: int) -> None:
    """Ana has taken them and verified the details."""
    services, ana = opened.services, opened.actor
    services.tickets.take(ids, actor=ana)
    for item in ids:
        values = {"verified_note": "seen"}
        services.tickets.status([item], "accepted", actor=ana, values=values).one()
