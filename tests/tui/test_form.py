"""A form under keys that come faster than the screens that they open."""

from textual.widgets import Input, Static

from crm_tui.bootstrap import Opened
from crm_tui.domain.errors import RuleViolation
from crm_tui.domain.msg import msg
from crm_tui.tui.screens.customers import CustomersScreen
from crm_tui.tui.widgets.dialogs import Question
from crm_tui.tui.widgets.form import Form
from tests.tui.driving import burst, press, running, settle


async def test_leaving_twice_leaves_once(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await press(app, pilot, "2", "n")
        form = app.screen
        assert isinstance(form, Form)
        form.query_one("#f-name", Input).value = "西山重工"
        await burst(app, pilot, "\x1b")
        question = app.screen
        assert isinstance(question, Question)
        for _ in range(2):
            question.dismiss(True)
            form.dismiss(None)
        await settle(app, pilot)
        assert isinstance(app.screen, CustomersScreen)


async def test_what_was_saved_under_a_question_closes_with_it(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        closed: list[object] = []
        form = Form("Test", [], "dark", lambda values, done, refused: answers.append(done))
        answers: list[object] = []
        app.push_screen(form, closed.append)
        await settle(app, pilot)
        form.action_save()
        app.push_screen(Question("?"))
        await settle(app, pilot)
        (done,) = answers
        assert callable(done)
        done(7)
        assert isinstance(app.screen, Question) and not closed
        await press(app, pilot, "n")
        assert closed == [7] and form not in app.screen_stack


async def test_what_belongs_to_no_field_stands_in_the_form(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        sentence = "Nobody may change this today. " * 5
        refusal = RuleViolation(msg("{text}", text=sentence), code="closed")
        form = Form("Test", [], "dark", lambda values, done, refused: refused(refusal))
        app.push_screen(form)
        await settle(app, pilot)
        await press(app, pilot, "ctrl+s")
        beside = form.query_one("#refusal", Static)
        assert beside.display and beside.region.height >= 2
        assert app.said[-1] == sentence and not app._notifications
