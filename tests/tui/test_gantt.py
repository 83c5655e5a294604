"""The timeline driven by keys on real services (R-205, R-206, R-207)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from textual.widgets import Input

from crm_tui import i18n
from crm_tui.bootstrap import Opened
from crm_tui.domain.text import cell_width
from crm_tui.services.work_dto import Schedule, TaskCard
from crm_tui.tui.app import CrmApp
from crm_tui.tui.platform import Terminal
from crm_tui.tui.screens.queue import QueueScreen
from crm_tui.tui.screens.task_asking import progress_of
from crm_tui.tui.screens.task_page import TaskScreen
from crm_tui.tui.screens.timeline_screen import TimelineScreen
from crm_tui.tui.widgets.dialogs import Finder, Page, Question
from crm_tui.tui.widgets.gantt_canvas import HEAD, GanttCanvas
from crm_tui.tui.widgets.gantt_rows import Chart
from tests.tui.driving import HOSTILE, press, running, settle, shown
from tests.tui.wired import assert_shown, wired

TODAY = date(2024, 6, 3)
"""Of the desk of these tests, a Monday."""
Add = Callable[..., int]


@pytest.fixture
def add(opened: Opened) -> Add:
    """Make a task that starts and ends so many days from today."""
    services = opened.services
    lin = services.org.login("lin")

    def made(title: str, start: int | None, days: int = 4, **values: Any) -> int:
        first = TODAY + timedelta(start) if start is not None else None
        data = {
            "description": title,
            "completion_standard": "交付验收单",
            "owner_id": lin.staff_id,
            "department_ids": [1],
            "start_on": first,
            "due_on": first + timedelta(days - 1) if first is not None else None,
            **values,
        }
        return services.tasks.new(data, actor=lin).one()

    return made


@pytest.fixture
def lin(opened: Opened) -> Opened:
    """The desk as a manager sees it."""
    return Opened(opened.services, opened.services.org.login("lin"), demo=True)


def timeline(app: CrmApp) -> TimelineScreen:
    screen = app.screen
    assert isinstance(screen, TimelineScreen)
    return screen


def bar_of(app: CrmApp, title: str) -> tuple[date, date]:
    """The days that the columns of a bar stand for, read from the screen by the day."""
    screen = timeline(app)
    canvas = screen.canvas
    assert canvas.scale.zoom.columns >= 1
    line = next(t for t in shown(app).splitlines() if title in t)
    cells = [c for sign in line for c in (sign, *[""] * (cell_width(sign) - 1))]
    chart = cells[canvas.label_width + 1 :]
    columns = [i for i, sign in enumerate(chart) if sign in ("█", "░", "▒", "◆")]
    assert columns == list(range(columns[0], columns[-1] + 1))
    return canvas.scale.day(columns[0]), canvas.scale.day(columns[-1])


def dates(opened: Opened, task: int) -> tuple[date | None, date | None]:
    card = opened.services.tasks.card(task, actor=opened.actor)
    return card.start_on, card.due_on


@pytest.mark.req("R-205")
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize(
    "title", ["打印机换新", "Replace printers", "制定售后响应SOP手册并培训全员"]
)
async def test_bars_stand_at_the_columns_of_their_dates(
    lin: Opened, add: Add, language: str, size: tuple[int, int], title: str
) -> None:
    add(title, -2, 9)
    async with running(lin, size) as (app, pilot):
        await press(app, pilot, "4")
        start, due = TODAY - timedelta(2), TODAY + timedelta(6)
        assert bar_of(app, title[:4]) == (start, due)
        await press(app, pilot, "less_than_sign")
        assert bar_of(app, title[:4]) == (start, due)
        for _ in range(3):
            await press(app, pilot, "greater_than_sign")
            canvas = timeline(app).canvas
            first, last = bar_of(app, title[:4])
            span = timedelta(canvas.scale.zoom.days)
            assert first <= start < first + span
            assert last <= due < last + span
            assert all(cell_width(line) == size[0] for line in shown(app).splitlines())


@pytest.mark.req("R-205")
async def test_progress_today_milestones_and_what_is_behind_are_seen(lin: Opened, add: Add) -> None:
    services = lin.services
    half = add("half done", -2, 10)
    services.tasks.progress([half], 50, "", actor=lin.actor).one()
    add("moment", 5, 1, milestone=True)
    add("overdue", -9, 4)
    add("undated", None)
    async with running(lin, theme="mono") as (app, pilot):
        await press(app, pilot, "4")
        lines = {name: next(t for t in shown(app).splitlines() if name in t) for name in (
            "half done", "moment", "overdue", "undated")}  # fmt: skip
        assert "█████░░░░░" in lines["half done"]
        canvas = timeline(app).canvas
        left = canvas.label_width + 1
        day = canvas.scale.first(TODAY + timedelta(5))
        assert lines["moment"][left + day] == "◆"
        # Late is said twice without any colour: in front of the number and behind the bar.
        assert "!" in lines["overdue"][:5]
        assert "░!" in lines["overdue"]
        assert "no dates" in lines["undated"]
        assert lines["undated"][left + canvas.scale.first(TODAY)] == "┃"
        await press(app, pilot, "G")
        while timeline(app).canvas.current.title != "overdue":  # type: ignore[union-attr]
            await press(app, pilot, "k")
        assert "late by 6 d" in shown(app)


@pytest.mark.req("R-205")
async def test_keys_shift_and_stretch_by_the_unit_of_the_zoom_and_undo_restores(
    lin: Opened, add: Add
) -> None:
    task = add("one", 0, 5)
    start, due = dates(lin, task)
    assert start is not None
    assert due is not None
    async with running(lin) as (app, pilot):
        await press(app, pilot, "4", "L")
        assert dates(lin, task) == (start + timedelta(7), due + timedelta(7))
        assert bar_of(app, "one") == dates(lin, task)
        await press(app, pilot, "less_than_sign", "H", "right_parenthesis")
        assert dates(lin, task) == (start + timedelta(6), due + timedelta(7))
        await press(app, pilot, "left_parenthesis", "left_parenthesis")
        assert dates(lin, task) == (start + timedelta(6), due + timedelta(5))
        for _ in range(5):
            await press(app, pilot, "u")
        assert dates(lin, task) == (start, due)
        assert bar_of(app, "one") == (start, due)
        await press(app, pilot, "U")
        assert dates(lin, task) == (start + timedelta(7), due + timedelta(7))
        # An end before the start is refused in words, and nothing moves.
        await press(app, pilot, "greater_than_sign", "greater_than_sign", "left_parenthesis")
        assert dates(lin, task) == (start + timedelta(7), due + timedelta(7))
        assert "u undo" not in app.said[-1]


async def test_marked_tasks_move_together_and_many_after_a_question(lin: Opened, add: Add) -> None:
    tasks = [add(f"task {n:02d}", n, 3) for n in range(12)]
    before = [dates(lin, t) for t in tasks]
    week = timedelta(7)

    def moved(count: int) -> list[Any]:
        return [(a + week, b + week) if i < count else (a, b) for i, (a, b) in enumerate(before)]  # type: ignore[operator]

    async with running(lin) as (app, pilot):
        await press(app, pilot, "4", "space", "v", "j", "v", "L")
        assert timeline(app).canvas.marks == set(tasks[:3])
        assert [dates(lin, t) for t in tasks] == moved(3)
        assert "3 marked" in shown(app)
        await press(app, pilot, "u", "escape", "V", "L")
        assert isinstance(app.screen, Question)
        await press(app, pilot, "enter")
        assert [dates(lin, t) for t in tasks] == before
        await press(app, pilot, "L", "y")
        assert [dates(lin, t) for t in tasks] == moved(12)
        await press(app, pilot, "u")
        assert [dates(lin, t) for t in tasks] == before
        await press(app, pilot, "escape", "g", "full_stop")
        assert [dates(lin, t) for t in tasks] == moved(1)


async def test_commands_filter_mark_and_note(lin: Opened, add: Add) -> None:
    tasks = [add(f"task {n}", n, 3) for n in range(3)]

    async def command(line: str) -> None:
        await press(app, pilot, "colon")
        app.screen.query_one(Input).value = line
        await press(app, pilot, "enter")

    async with running(lin) as (app, pilot):
        await command('timeline "task 1"')
        canvas = timeline(app).canvas
        assert [c.id for c in canvas.chart.schedule.cards] == [tasks[1]]
        await command("progress 30 half way")
        assert lin.services.tasks.card(tasks[1], actor=lin.actor).progress == 30
        await command("view save one")
        await command("filter task")
        assert len(canvas.chart.rows) == 3
        await command("mark progress:today")
        assert canvas.marks == {tasks[1]}
        await command("later")
        assert dates(lin, tasks[1])[0] == TODAY + timedelta(8)
        await command("view one")
        assert [c.id for c in canvas.chart.schedule.cards] == [tasks[1]]
        assert timeline(app).crumb() == "one"
        await press(app, pilot, "minus")
        assert len(canvas.chart.rows) == 3


@pytest.mark.req("R-206")
async def test_a_delay_is_proposed_and_moves_nothing_until_it_is_accepted(
    lin: Opened, add: Add
) -> None:
    services = lin.services
    first, then, last = add("first", 0, 5), add("then", 5, 5), add("last", 10, 3)
    async with running(lin) as (app, pilot):
        await press(app, pilot, "4", "j", "plus")
        assert isinstance(app.screen, Finder)
        app.screen.query_one(Input).value = "fir"
        await settle(app, pilot)
        await press(app, pilot, "enter")
        services.tasks.link(then, last, actor=lin.actor).one()
        assert set(services.tasks.schedule(actor=lin.actor).links) == {(first, then), (then, last)}
        before = dates(lin, then), dates(lin, last)
        await press(app, pilot, "ctrl+r", "k", "less_than_sign")
        for _ in range(5):
            await press(app, pilot, "right_parenthesis")
        assert (dates(lin, then), dates(lin, last)) == before
        assert services.tasks.schedule(actor=lin.actor).broken == {(first, then)}
        assert "Broken dependencies: 1" in " ".join(app.said)
        assert "1 broken" in shown(app)
        assert "x" in "".join(
            line[timeline(app).canvas.label_width + 1 :] for line in shown(app).splitlines()[3:6]
        )
        await press(app, pilot, "exclamation_mark")
        assert isinstance(app.screen, Page)
        assert "2024-06-13 - 2024-06-17" in shown(app)
        await press(app, pilot, "n")
        assert (dates(lin, then), dates(lin, last)) == before
        await press(app, pilot, "exclamation_mark", "y")
        assert dates(lin, then) == (date(2024, 6, 13), date(2024, 6, 17))
        assert dates(lin, last) == (date(2024, 6, 18), date(2024, 6, 20))
        assert not services.tasks.schedule(actor=lin.actor).broken
        await press(app, pilot, "u")
        assert (dates(lin, then), dates(lin, last)) == before


@pytest.mark.req("R-206")
async def test_a_refused_proposal_is_told_though_it_leaves_a_dependency_broken(
    lin: Opened, add: Add
) -> None:
    services, root = lin.services, lin.services.org.login("root")
    services.org.add_staff("bo", "Bo", role="agent", department="service", actor=root)
    bo = services.org.login("bo")
    first, then = add("first", 0, 5), add("then", 2, 5)
    dates = {"start_on": TODAY + timedelta(7), "due_on": TODAY + timedelta(9)}
    theirs = services.tasks.new(
        {"description": "theirs", "owner_id": bo.staff_id, "department_ids": [2], **dates}, actor=bo
    ).one()
    for before, after in ((first, then), (then, theirs)):
        services.tasks.link(before, after, actor=root).one()
    async with running(lin) as (app, pilot):
        await press(app, pilot, "4", "exclamation_mark", "y")
        assert services.tasks.schedule(actor=lin.actor).broken == {(then, theirs)}
        assert "refused" in app.said[-1]


@pytest.mark.req("R-206")
async def test_a_ring_is_refused_by_its_names_and_a_dependency_goes_again(
    lin: Opened, add: Add
) -> None:
    services = lin.services
    first, then = add("first", 0, 3), add("then", 3, 3)
    services.tasks.link(first, then, actor=lin.actor).one()
    numbers = [services.tasks.card(t, actor=lin.actor).number for t in (first, then)]
    async with running(lin) as (app, pilot):
        await press(app, pilot, "4", "plus", "enter")
        assert all(n in app.said[-1] for n in numbers)
        assert services.tasks.schedule(actor=lin.actor).links == ((first, then),)
        await press(app, pilot, "X", "enter")
        assert services.tasks.schedule(actor=lin.actor).links == ()
        await press(app, pilot, "X")
        assert isinstance(app.screen, TimelineScreen)
        await press(app, pilot, "u")
        assert services.tasks.schedule(actor=lin.actor).links == ((first, then),)


async def test_progress_baseline_lanes_lines_and_the_page_of_a_task(
    lin: Opened, add: Add, language: str
) -> None:
    services = lin.services
    first, then = add("首个任务", 0, 5), add("其次", 5, 5, department_ids=[1, 2])
    services.tasks.link(first, then, actor=lin.actor).one()
    async with running(lin, (100, 30)) as (app, pilot):
        await press(app, pilot, "4", "percent_sign")
        app.screen.query_one(Input).value = "60% 已完成初稿"
        await press(app, pilot, "enter")
        card = services.tasks.card(first, actor=lin.actor)
        assert card.progress == 60
        await press(app, pilot, "percent_sign")
        app.screen.query_one(Input).value = "140"
        await press(app, pilot, "enter")
        assert services.tasks.card(first, actor=lin.actor).progress == 60
        await press(app, pilot, "b", "L", "B")
        assert services.tasks.card(first, actor=lin.actor).baseline_start_on == TODAY
        assert "▔▔▔▔▔" in shown(app)
        canvas = timeline(app).canvas
        left = canvas.label_width + 1

        def chart() -> str:
            return "".join(line[left:] for line in shown(app).splitlines()[3:-2])

        # Moved by a week, it ends after what waits for it has begun.
        assert "x" in chart()
        await press(app, pilot, "D", "B")
        assert "x" not in chart()
        assert "▔" not in chart()
        await press(app, pilot, "W", "W")
        assert canvas.lane == "department"
        assert [r.card.id for r in canvas.chart.rows].count(then) == 2
        assert len(canvas.chart.schedule.cards) == 2
        await press(app, pilot, "W", "enter")
        assert isinstance(app.screen, TaskScreen)
        assert "其次" in shown(app)
        await press(app, pilot, "escape", "e", "escape", "n")
        assert app.screen.query("#f-start_on")


async def test_filters_views_and_the_place_are_kept(lin: Opened, add: Add) -> None:
    tasks = [add(f"打印机 {n}", n, 3) for n in range(4)]
    add("别的", 0, 3)
    async with running(lin) as (app, pilot):
        await press(app, pilot, "4", "slash")
        app.screen.query_one(Input).value = "nokey:1"
        await press(app, pilot, "enter")
        assert "nokey" in shown(app)
        assert "^^^^^" in shown(app)
        app.screen.query_one(Input).value = "打印"
        await press(app, pilot, "enter")
        canvas = timeline(app).canvas
        assert [c.id for c in canvas.chart.schedule.cards] == tasks
        await press(app, pilot, "G", "W", "greater_than_sign", "l", "D", "space")
        left = canvas.scale.day(0)
        assert timeline(app).place_state()["cursor"] == tasks[3]
        await press(app, pilot, "1")
        assert isinstance(app.screen, QueueScreen)
        app.places.save()
    async with running(lin) as (app, pilot):
        await press(app, pilot, "4")
        canvas = timeline(app).canvas
        assert [c.id for c in canvas.chart.schedule.cards] == tasks
        assert canvas.current is not None
        assert canvas.current.id == tasks[3]
        assert (canvas.scale.zoom.name, canvas.scale.day(0)) == ("month", left)
        assert (canvas.lane, canvas.links, canvas.marks) == ("goal", False, {tasks[3]})
        await press(app, pilot, "escape", "backslash")
        assert len(canvas.chart.schedule.cards) == 5
        await press(app, pilot, "right_square_bracket")
        assert timeline(app).crumb() == "my tasks"


async def test_a_change_by_others_keeps_the_cursor_and_its_line(lin: Opened, add: Add) -> None:
    tasks = [add(f"task {n:02d}", n, 3) for n in range(40)]
    root = lin.services.org.login("root")
    async with running(lin) as (app, pilot):
        await press(app, pilot, "4", *("j" * 25))
        canvas = timeline(app).canvas
        line = canvas.chart.line_of[canvas.at] - canvas.top
        lin.services.tasks.reschedule(tasks[30:], start_days=-60, end_days=-60, actor=root)
        app._poll()
        await settle(app, pilot)
        assert canvas.current is not None
        assert canvas.current.id == tasks[25]
        assert canvas.chart.line_of[canvas.at] - canvas.top == line
        # Moved bars stay where one looks at them until everything is read in its order.
        assert canvas.at == 25
        await press(app, pilot, "ctrl+r")
        assert canvas.current.id == tasks[25]
        assert canvas.at == 35
        assert canvas.chart.line_of[canvas.at] - canvas.top == line


async def test_two_who_move_a_task_at_once(lin: Opened, add: Add) -> None:
    task = add("one", 0, 5)
    root = lin.services.org.login("root")
    async with running(lin) as (app, pilot):
        await press(app, pilot, "4")
        lin.services.tasks.reschedule([task], start_days=1, end_days=1, actor=root).one()
        moved = dates(lin, task)
        await press(app, pilot, "L")
        assert dates(lin, task) == moved
        assert "Root" in app.said[-1]
        await press(app, pilot, "ctrl+r", "L")
        assert dates(lin, task) != moved


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (200, 60), (20, 5)])
async def test_bad_input_is_drawn(
    lin: Opened, add: Add, size: tuple[int, int], language: str
) -> None:
    services = lin.services
    ids = [
        add("长" * 500, 0, 5),
        add(HOSTILE, 1, 5),
        add("old", 0, start_on=date(1900, 1, 1), due_on=date(1900, 1, 2)),
        add("far", 0, start_on=date(9999, 12, 30), due_on=date(9999, 12, 31)),
        add("ages", 0, start_on=date(1900, 1, 1), due_on=date(9999, 12, 31)),
        add("none", None),
    ]
    for before, after in pairwise(ids):
        services.tasks.link(before, after, actor=lin.actor)
    async with running(lin, size) as (app, pilot):
        await press(app, pilot, "4")
        for key in ("less_than_sign", "B", "W", "W", "G", "s", "t", "g", *["h"] * 3):
            await press(app, pilot, key)
            text = shown(app)
            assert "\x1b" not in text
            assert "\u202e" not in text
            assert all(cell_width(line) == size[0] for line in text.splitlines())
        for _ in range(4):
            await press(app, pilot, "greater_than_sign", "s", "L", "H")
            assert all(cell_width(line) == size[0] for line in shown(app).splitlines())
        assert "9999" not in str(app.said[-1:])


async def test_nothing_and_one_task(lin: Opened, add: Add) -> None:
    async with running(lin) as (app, pilot):
        keys = ("j", "G", "L", "percent_sign", "plus", "X", "enter", "e", "s", "space", "v", "V")
        await press(
            app, pilot, "4", *keys, "escape", "exclamation_mark", "W", "B", "less_than_sign"
        )
        assert "no task matches" in shown(app)
        add("only", 0, 3)
        await press(app, pilot, "ctrl+r", "j", "k", "G", "pagedown")
        assert "only" in shown(app)


def test_the_number_in_front_of_a_line_is_the_percentage() -> None:
    assert progress_of("60") == (60, "")
    assert progress_of("60% drafted") == (60, "drafted")
    assert progress_of("60 % drafted") == (60, "drafted")
    assert progress_of("80％ 初稿") == (80, "初稿")
    assert progress_of("-5 x") == (-5, "x")
    assert progress_of("drafted 3 pages") == (None, "drafted 3 pages")


# What a key costs


def hand_made(count: int, links: int) -> Schedule:
    """A schedule as the services give it, of any size."""
    sample = TaskCard(
        id=0, version=1, number="", title="", status="in_progress", shown="in_progress",
        priority="medium", departments=((1, "service"),), owner_id=1, owner="林晓", helpers=(),
        goal_id=None, goal="", customer_id=None, customer="", ticket_id=None, ticket_number=None,
        start_on=None, due_on=None, original_due_on=None, baseline_start_on=None,
        baseline_due_on=None, done_on=None, progress=40, progress_at=None, milestone=False,
        plan_action=False, delivered=False, late_days=0, warning="", risk_open=False, rank=None,
    )  # fmt: skip
    cards = [
        replace(
            sample,
            id=n,
            number=f"XZ2024{n:04d}",
            title=f"制定售后响应手册第{n}版 task",
            start_on=TODAY + timedelta(n * 3 % 50 - 10),
            due_on=TODAY + timedelta(n * 3 % 50 - 10 + n % 17),
            shown="delayed" if n % 5 == 0 else "in_progress",
        )
        for n in range(1, count + 1)
    ]
    pairs = {(1 + n * 7 % (count - 1), 2 + n * 13 % (count - 1)) for n in range(links * 2)}
    tied = tuple(sorted(p for p in pairs if p[0] < p[1]))[:links]
    return Schedule(tuple(cards), tied, frozenset({1, 2, 3}), frozenset(tied[:3]), {}, False)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("theme", ["dark", "mono"])
async def test_a_move_and_a_shift_cost_few_bytes(
    lin: Opened, add: Add, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], theme: str
) -> None:
    i18n.use("zh")
    services = lin.services
    tasks = [
        add(f"制定售后响应手册第{n}版", n % 9, 3 + n % 11, milestone=n % 10 == 9) for n in range(30)
    ]
    for n in range(0, 28, 2):
        services.tasks.link(tasks[n], tasks[n + 1], actor=lin.actor)
    terminal = Terminal(theme=theme)
    async with wired(lin, monkeypatch, size=size, terminal=terminal) as (app, pilot, memory):
        await press(app, pilot, "4")
        assert_shown(app)
        memory.sent()
        costs: dict[str, int] = {}
        for key in ("j", "j", "j", "k", "j", "j"):
            await press(app, pilot, key)
            costs["move"] = max(costs.get("move", 0), len(memory.sent().encode()))
        for key in ("L", "H", "right_parenthesis", "left_parenthesis"):
            await press(app, pilot, key)
            costs["shift"] = max(costs.get("shift", 0), len(memory.sent().encode()))
        for key in ("l", "h"):
            await press(app, pilot, key)
            costs["pan"] = max(costs.get("pan", 0), len(memory.sent().encode()))
        assert_shown(app)
        assert costs["move"] <= 350, costs
        assert costs["shift"] <= 2000, costs
        assert costs["pan"] <= {80: 2000, 120: 3500, 200: 5000}[size[0]], costs
    i18n.use("en")


def composed(canvas: GanttCanvas, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Keeps how many lines each key composes and how many bars and links it looks at."""
    counts = [0, 0]
    body, bar = canvas._body, Chart.bar

    def counted_body(y: int) -> Any:
        counts[0] += 1
        return body(y)

    def counted_bar(self: Chart, *args: Any) -> Any:
        counts[1] += 1
        return bar(self, *args)

    monkeypatch.setattr(canvas, "_body", counted_body)
    monkeypatch.setattr(Chart, "bar", counted_bar)
    return counts


@pytest.mark.parametrize(("count", "links"), [(20, 30), (2000, 3000)])
async def test_a_key_looks_at_what_is_in_sight_only(
    lin: Opened, monkeypatch: pytest.MonkeyPatch, count: int, links: int
) -> None:
    async with running(lin, (120, 40)) as (app, pilot):
        await press(app, pilot, "4")
        canvas = timeline(app).canvas
        canvas.put(hand_made(count, links))
        await settle(app, pilot)
        counts = composed(canvas, monkeypatch)
        drawn: Sequence[str] = ("j", "l", "pagedown", "less_than_sign", "D", "D")
        found = {}
        for key in drawn:
            counts[:] = [0, 0]
            await press(app, pilot, key)
            found[key] = tuple(counts)
        assert found["j"] == (3, 2)
        # In sight are 36 lines; each has at most some links.
        assert max(lines for lines, _ in found.values()) <= 40
        assert max(bars for _, bars in found.values()) <= 400
        assert canvas.size.height - HEAD - 1 == canvas.height
