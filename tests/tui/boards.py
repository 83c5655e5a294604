"""The board in tests: its cards, what stands in its columns, and boards made by hand."""

from datetime import date
from typing import Any

import pytest
from textual.pilot import Pilot

from crm_tui.bootstrap import Opened
from crm_tui.services.facade import Services
from crm_tui.services.work_dto import Board, TaskCard
from crm_tui.tui.app import CrmApp
from crm_tui.tui.screens.board import BoardScreen
from tests.tui.cards import card
from tests.tui.driving import press, settle

COLUMNS = ("not_started", "in_progress", "done", "delayed")
STANDARD = "三个部门都签字"


def add(services: Services, actor: Any, text: str, **values: Any) -> int:
    data = {"description": text, "department_ids": ["after_sales"], "owner_id": "@me", **values}
    return services.tasks.new(data, actor=actor).one()


def on(app: CrmApp) -> BoardScreen:
    screen = app.screen
    assert isinstance(screen, BoardScreen), screen
    return screen


def stored(opened: Opened, task_id: int) -> TaskCard:
    return opened.services.tasks.card(task_id, actor=opened.actor)


def columns(app: CrmApp) -> dict[str, list[int]]:
    """The ids of the cards by column, as they stand."""
    held = on(app).canvas.board
    return {
        name: [c.id for p in held.column(at) if (c := held.card_at(p)) is not None]
        for at, name in enumerate(COLUMNS)
    }


def current(app: CrmApp) -> TaskCard:
    found = on(app).canvas.current
    assert found is not None
    return found


def many(count: int) -> list[TaskCard]:
    names = [
        "打通销售与服务的信息传递",
        "Write the SOP for after-sales",
        "建立客户反馈闭环流程",
        "升级 CRM 系统",
        "Train the front desk staff in handling complaints",
        "统一投诉分级标准并培训",
        "Quarterly review of key accounts",
    ]
    return [
        card(
            key,
            COLUMNS[key % 4],
            title=names[key * 5 % 7],
            owner=("张三", "Ana Reyes", "王小明")[key % 3],
            progress=key % 101,
            due_on=date(2024, 7, 1 + key % 28),
            priority=("high", "medium", "low")[key % 3],
        )
        for key in range(1, count + 1)
    ]


def hands_out(
    monkeypatch: pytest.MonkeyPatch, opened: Opened, cards: list[TaskCard], **more: Any
) -> None:
    """Let the services hand out these cards."""
    board = Board(tuple(cards), more.get("limits", {}), more=False)
    monkeypatch.setattr(opened.services.tasks, "board", lambda *args, **more: board)


async def refreshed(app: CrmApp, pilot: Pilot[None]) -> None:
    """The board is read again."""
    await press(app, pilot, "ctrl+r")
    await settle(app, pilot)
