"""How the timeline looks, as pictures that somebody has looked at (R-205, R-206, R-313, R-318)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from crm_tui import i18n
from crm_tui.bootstrap import Opened
from crm_tui.tui.app import CrmApp
from crm_tui.tui.platform import Terminal
from tests.tui.driving import press, settle

WALKS = {
    "week": ("4", "j"),
    "day": ("4", "j", "less_than_sign"),
    "quarter": ("4", "greater_than_sign", "greater_than_sign", "G"),
    "lanes": ("4", "W", "B", "space", "space"),
    "proposal": ("4", "exclamation_mark"),
    "task": ("4", "j", "j", "enter"),
}
"""What is pressed to come to a picture."""
TASKS: tuple[tuple[str, str, str, str, dict[str, Any]], ...] = (
    ("wu", "制定售后响应SOP手册并培训全员", "2024-05-13", "2024-05-31", {}),
    (
        "ana",
        "搭建客户分层数据看板，覆盖全部服务客户",
        "2024-06-03",
        "2024-06-14",
        {"goal_id": "目标"},
    ),
    ("lin", "Replace scanner firmware on site", "2024-05-27", "2024-06-03", {}),
    ("lin", "评审：客户看板上线", "2024-06-14", "2024-06-14", {"milestone": True}),
    (
        "wu",
        "满意度回访与复盘",
        "2024-06-17",
        "2024-06-28",
        {"department_ids": ["service", "sales"]},
    ),
    ("wu", "梳理历史投诉", "2024-04-01", "2024-12-31", {"goal_id": "目标"}),
    ("ana", "选定外部供应商", "", "", {}),
)
"""Owner, title, first and last day, and what else is said."""


@pytest.fixture
def desk(opened: Opened) -> Opened:
    """The desk with tasks that wait for each other, one done, one late, one in danger."""
    services, root = opened.services, opened.services.org.login("root")
    lin = services.org.login("lin")
    goal = services.registers.create(
        "goal",
        {
            "objective": "客户满意度提升",
            "metric": "满意度",
            "metric_source": "满意度月报",
            "baseline": 80,
            "target": 95,
            "current": 84,
            "start_on": date(2024, 4, 1),
            "deadline_on": date(2024, 12, 31),
            "owner_id": lin.staff_id,
        },
        actor=root,
    )
    ids = []
    for owner, title, start, due, more in TASKS:
        data = {
            "description": title,
            "completion_standard": "双方签字的验收单",
            "owner_id": services.org.login(owner).staff_id,
            "department_ids": ["service"],
            "start_on": date.fromisoformat(start) if start else None,
            "due_on": date.fromisoformat(due) if due else None,
            **more,
        }
        if "goal_id" in more:
            data["goal_id"] = goal
        ids.append(services.tasks.new(data, actor=root).one())
    done, board, firmware, review, calls, history, _ = ids
    for before, after in ((done, board), (board, review), (review, calls), (firmware, calls)):
        services.tasks.link(before, after, actor=root).one()
    services.tasks.set_baseline([done, board, review, calls], actor=root)
    services.tasks.progress([board], 40, "数据接口已打通", actor=root).one()
    services.tasks.progress([firmware], 60, "", actor=root).one()
    services.tasks.progress([history], 20, "", actor=root).one()
    services.tasks.move([done], "done", actor=root, standard_met=True, delivered=True).one()
    services.tasks.reschedule([board], end_days=4, actor=root).one()
    return Opened(services, lin, demo=True)


@pytest.fixture
def take(desk: Opened, snap_compare: Callable[..., bool]) -> Callable[..., bool]:
    """Walk to a picture and compare it."""

    def taken(
        name: str, language: str, size: tuple[int, int], terminal: Terminal | None = None
    ) -> bool:
        i18n.use(language)
        app = CrmApp(lambda: desk, terminal or Terminal(), ticking=False)

        async def walk(pilot: Any) -> None:
            await settle(app, pilot)
            await press(app, pilot, *WALKS[name])

        return snap_compare(app, terminal_size=size, run_before=walk)

    return taken


@pytest.mark.req("R-205", "R-206", "R-313", "R-318")
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", WALKS)
def test_timeline(
    take: Callable[..., bool], name: str, language: str, size: tuple[int, int]
) -> None:
    assert take(name, language, size)


@pytest.mark.req("R-205")
def test_timeline_on_a_large_screen(take: Callable[..., bool]) -> None:
    assert take("lanes", "zh", (200, 60))


@pytest.mark.req("R-205", "R-318")
@pytest.mark.parametrize("name", ["week", "lanes"])
def test_timeline_without_colours(
    take: Callable[..., bool], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert take(name, "zh", (80, 24), Terminal(theme="mono"))


@pytest.mark.req("R-205", "R-318")
def test_timeline_in_ascii(take: Callable[..., bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert take("lanes", "en", (80, 24), Terminal(theme="mono", ascii=True))
