"""The page of a task: the same one from everywhere, with every verb on it (R-193 to R-209)."""

from datetime import date

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.i18n import tr
from crm_tui.tui.app import CrmApp
from crm_tui.tui.screens.board import BoardScreen
from crm_tui.tui.screens.goals import GoalsScreen
from crm_tui.tui.screens.inbox import InboxScreen
from crm_tui.tui.screens.profile import ProfileScreen
from crm_tui.tui.screens.task_page import TaskScreen
from crm_tui.tui.screens.ticket import TicketScreen
from crm_tui.tui.screens.timeline_screen import TimelineScreen
from crm_tui.tui.widgets.dialogs import Finder, Page, Question
from crm_tui.tui.widgets.form import Form
from tests.tui.driving import burst, press, running, shown

STANDARD = "三个部门都签字"


@pytest.fixture
def linked(opened: Opened) -> Opened:
    """A task with everything on it, between one that it waits for and one that it holds up."""
    services, lin = opened.services, opened.services.org.login("lin")
    goal = services.registers.create(
        "goal",
        {
            "objective": "首次响应及时率",
            "metric": "%",
            "metric_source": "desk",
            "baseline": "60",
            "target": "90",
            "deadline_on": "2024-12-31",
        },
        actor=lin,
    )
    tasks = services.tasks
    for text in ("Ask the suppliers", "Train the desk"):
        data = {"description": text, "department_ids": ["after_sales"], "owner_id": "@me"}
        tasks.new({**data, "due_on": "2024-06-30"}, actor=lin).one()
    task = tasks.from_ticket(
        1,
        {
            "description": "打通销售与服务的信息传递\n第二行",
            "department_ids": ["after_sales", "sales"],
            "owner_id": "@me",
            "helper_ids": ["ana"],
            "due_on": "2024-07-01",
            "start_on": "2024-06-10",
            "completion_standard": STANDARD,
            "deliverable": "《售后响应SOP手册》",
            "remark": "每周五碰头",
            "goal_id": goal,
        },
        actor=lin,
    ).one()
    tasks.link(1, task, actor=lin).one()
    tasks.link(task, 2, actor=lin).one()
    tasks.set_baseline([task], actor=lin).one()
    tasks.progress([task], 40, "Parts are on their way", actor=lin).one()
    services.risks.open(task, {"cause": "no parts", "response_measure": "rent"}, actor=lin).one()
    return Opened(services, lin, demo=True)


def on(app: CrmApp) -> TaskScreen:
    screen = app.screen
    assert isinstance(screen, TaskScreen), screen
    return screen


async def whole_page(app: CrmApp, pilot: object, heights: int = 4) -> str:
    """All that can be scrolled to."""
    texts = [shown(app)]
    for _ in range(heights):
        await press(app, pilot, "pagedown")  # type: ignore[arg-type]
        texts.append(shown(app))
    return "\n".join(texts)


@pytest.mark.req("R-193", "R-195", "R-197", "R-198", "R-199", "R-201", "R-203", "R-209")
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_page_has_every_field_link_and_entry(
    linked: Opened, language: str, size: tuple[int, int]
) -> None:
    async with running(linked, size) as (app, pilot):
        await burst(app, pilot, ":go xz2024003\r")
        assert on(app).crumb() == "XZ2024003"
        text = await whole_page(app, pilot)
        for word in (
            "打通销售与服务的信息传递",
            "第二行",
            STANDARD,
            "《售后响应SOP手册》",
            "每周五碰头",
            "首次响应及时率",
            "Lin",
            "Ana",
            "40%",
            "T-1",
            "2024-06-10",
            "2024-07-01",
            "XZ2024001 Ask the suppliers",
            "XZ2024002 Train the desk",
            "Parts are on their way",
            "no parts",
            tr("Sales"),
            tr("Under way"),
        ):
            assert word in text, word


@pytest.mark.parametrize(
    "way",
    [
        ("3", *"/number:XZ2024003", "enter", "enter"),
        ("4", *"/number:XZ2024003", "enter", "enter"),
        ("9", "t", "G", "enter"),
        ("1", *"/number:1", "enter", "b"),
        ("1", *"/number:1", "enter", "enter", "b"),
        ("7", "a", *"XZ", "enter"),
    ],
)
async def test_all_ways_to_a_task_lead_to_its_page(linked: Opened, way: tuple[str, ...]) -> None:
    async with running(linked, (120, 40)) as (app, pilot):
        keys = [{"/": "slash", ":": "colon"}.get(key, key) for key in way]
        await press(app, pilot, *keys)
        assert on(app).crumb() == "XZ2024003"
        await press(app, pilot, "escape")
        assert not isinstance(app.screen, TaskScreen)


async def test_a_row_of_the_inbox_leads_to_the_page(linked: Opened) -> None:
    ana = Opened(linked.services, linked.services.org.login("ana"), demo=True)
    async with running(ana, (120, 40)) as (app, pilot):
        await press(app, pilot, "6")
        inbox = app.screen
        assert isinstance(inbox, InboxScreen)
        while inbox.listing.current.subject != ("task", 3):  # type: ignore[union-attr]
            await press(app, pilot, "j")
        await press(app, pilot, "enter")
        assert on(app).crumb() == "XZ2024003"


async def test_every_verb_works_on_the_page(linked: Opened) -> None:
    tasks, actor = linked.services.tasks, linked.actor
    async with running(linked, (120, 40)) as (app, pilot):
        await burst(app, pilot, ":go XZ2024003\r")
        await press(app, pilot, "p", "l")
        assert tasks.card(3, actor=actor).priority == "low"
        await press(app, pilot, "percent_sign")
        await burst(app, pilot, "60 rented\r")
        assert "rented" in shown(app)
        await press(app, pilot, "a")
        await burst(app, pilot, "ana")
        await press(app, pilot, "enter")
        assert tasks.card(3, actor=actor).owner == "Ana"
        await press(app, pilot, "u")
        assert tasks.card(3, actor=actor).owner == "Lin"
        await press(app, pilot, "d", "space", "enter")
        assert len(tasks.card(3, actor=actor).departments) == 1
        await press(app, pilot, "f", "enter")
        await press(app, pilot, "s", "d")
        assert isinstance(app.screen, Question)
        assert STANDARD in shown(app)
        await press(app, pilot, "y", "y")
        assert tasks.card(3, actor=actor).status == "done"
        assert tasks.page(3, actor=actor).standard_met_by == "Lin"
        await press(app, pilot, "s", "u")
        assert tasks.card(3, actor=actor).progress == 60
        await press(app, pilot, "X", "enter")
        assert tasks.page(3, actor=actor).waits_for == ()
        await press(app, pilot, "plus")
        await burst(app, pilot, "suppliers")
        await press(app, pilot, "enter")
        assert [c.id for c in tasks.page(3, actor=actor).waits_for] == [1]
        await press(app, pilot, "plus")
        await burst(app, pilot, "Train")
        await press(app, pilot, "enter")
        assert "in a ring" in app.said[-1]
        await press(app, pilot, "e")
        assert isinstance(app.screen, Form)
        await press(app, pilot, "escape", "H")
        assert isinstance(app.screen, Page)
        assert "rented" in shown(app)
        await press(app, pilot, "escape", "b")
        assert app.said[-1].startswith("Baseline set")
        await press(app, pilot, "y")
        assert "XZ2024003" in app.said[-1]
        await burst(app, pilot, ":delete XZ2024001\r")
        assert "under the cursor" in shown(app)
        await press(app, pilot, "escape")
        await burst(app, pilot, ":delete xz2024003\r")
        assert app.said[-1] == "Risk case 1 refers to it; change that first"


@pytest.mark.parametrize("way", [("3",), ("4",), ("3", "enter")])
async def test_a_task_is_taken_off_the_lists_by_its_typed_number(
    opened: Opened, way: tuple[str, ...]
) -> None:
    services, actor = opened.services, opened.actor
    data = {"description": "By mistake", "department_ids": ["after_sales"], "owner_id": "@me"}
    services.tasks.new(data, actor=actor).one()
    async with running(opened) as (app, pilot):
        await press(app, pilot, *way)
        await burst(app, pilot, ":delete XZ2024009\r")
        assert "under the cursor" in shown(app)
        await press(app, pilot, "escape")
        await burst(app, pilot, ":delete xz2024001\r")
        assert any("archived" in text for text in app.said)
        assert not isinstance(app.screen, TaskScreen)
        assert services.tasks.board(actor=actor).cards == ()
        await press(app, pilot, "u")
        assert len(services.tasks.board(actor=actor).cards) == 1


async def test_enter_goes_to_what_the_task_is_linked_with(linked: Opened) -> None:
    places = {
        "ticket": TicketScreen,
        "customer": ProfileScreen,
        "goal": GoalsScreen,
        "board": BoardScreen,
        "timeline": TimelineScreen,
    }
    async with running(linked, (120, 40)) as (app, pilot):
        for word, place in places.items():
            await burst(app, pilot, ":go XZ2024003\r")
            await press(app, pilot, "enter")
            assert isinstance(app.screen, Finder)
            await burst(app, pilot, word)
            await press(app, pilot, "enter")
            assert isinstance(app.screen, place), word
            if place in (BoardScreen, TimelineScreen):
                assert app.screen.canvas.current.id == 3
            await press(app, pilot, "1")
        await burst(app, pilot, ":go XZ2024003\r")
        await press(app, pilot, "enter")
        await burst(app, pilot, "waits")
        await press(app, pilot, "enter")
        assert on(app).crumb() == "XZ2024001"
        await press(app, pilot, "escape")
        assert on(app).crumb() == "XZ2024003"


async def test_neighbours_are_stepped_through_and_minus_leads_back(linked: Opened) -> None:
    async with running(linked, (120, 40)) as (app, pilot):
        await press(app, pilot, "3", "enter")
        first = on(app).crumb()
        await press(app, pilot, "J")
        assert on(app).crumb() != first
        await press(app, pilot, "K")
        assert on(app).crumb() == first
        await press(app, pilot, "K")
        assert app.said[-1] == "End of the list"
        await press(app, pilot, "1", "minus")
        assert on(app).crumb() == first


async def test_what_others_do_is_seen_and_what_is_gone_is_left(linked: Opened) -> None:
    services, root = linked.services, linked.services.org.login("root")
    async with running(linked) as (app, pilot):
        await burst(app, pilot, ":go XZ2024002\r")
        services.tasks.reschedule([2], due_on=date(2024, 8, 9), actor=root).one()
        app._poll()
        await press(app, pilot, "g")
        assert "2024-08-09" in shown(app)
        services.tasks.unlink(3, 2, actor=root).one()
        services.registers.archive("task", [2], actor=root).one()
        app._poll()
        await press(app, pilot, "g")
        assert not isinstance(app.screen, TaskScreen)
        assert "archived" in app.said[-1]
