"""The task board with 5,000 cards: keys, bytes on the line."""

from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import insert, select

from bench import screens
from bench.generate import NOW
from crm_tui import bootstrap
from crm_tui.db.schema.registers import TABLES
from crm_tui.services.facade import initialise
from tests.e2e.terminal import Terminal

CARDS: Final = 5_000
KEYS: Final = 10
MOVES: Final = 6
SETTLED_S: Final = 1.5
STATUSES: Final = ("not_started", "in_progress", "done")
TITLES: Final = (
    "打通销售与服务的信息传递",
    "Write the SOP for after-sales response",
    "建立客户反馈闭环流程",
    "Train the front desk in handling complaints",
    "统一投诉分级标准并培训",
)


def build(path: Path) -> None:
    """A desk with nothing but tasks, all but the first written in bulk."""
    services = bootstrap.open_services(
        str(path),
        key_file=path.with_suffix(".key"),
        files=path.with_suffix(".files"),
        clock=lambda: NOW,
    )
    initialise(services, "root", "Root", demo=True)
    root = services.org.login("root")
    data = {"description": TITLES[0], "department_ids": ["after_sales"], "owner_id": "@me"}
    services.tasks.new(data, actor=root).one()
    task = TABLES["task"]
    with services.core.engine.begin() as conn:
        first = dict(conn.execute(select(task)).mappings().one())
        del first["id"]
        rows = [
            {
                **first,
                "number": f"XZ2024{number:04}",
                "description": TITLES[number * 3 % len(TITLES)],
                "status": (status := STATUSES[number % len(STATUSES)]),
                "done_on": NOW.date() if status == "done" else None,
                "due_on": NOW.date() + timedelta(days=number // 3 - 10),
                "progress": number % 100,
            }
            for number in range(2, CARDS + 1)
        ]
        conn.execute(insert(task), rows)
    services.close()


def measure(folder: Path) -> dict[str, float]:
    """A cursor key in milliseconds, processor time and bytes; a moved card in bytes."""
    path = folder / "board.db"
    build(path)
    command, env = screens.program(path, folder)
    term = Terminal(command, env, *screens.SIZE)
    term.wait("Board")
    screens.gesture(term, "3")
    term.wait("XZ2024")
    screens.quiet(term, SETTLED_S)
    # Within a page, down and up.
    found = screens.keys(term, "j" * KEYS + "k" * KEYS, 6 * KEYS)
    # From the middle of the page, to and fro, so that the columns stay as they are.
    screens.keys(term, "j", KEYS // 2)
    moved = [screens.gesture(term, "LH"[at % 2], seconds=SETTLED_S) for at in range(MOVES)]
    screens.gesture(term, "g", seconds=SETTLED_S)
    # All cards of two columns move by one.
    first = screens.gesture(term, "L", seconds=SETTLED_S)
    term.close()
    return {
        "board_key": found.p95,
        "board_cpu": found.cpu,
        "board_move": found.size,
        "board_card": max(moved),
        "board_first": first,
    }
