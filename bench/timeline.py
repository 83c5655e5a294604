"""The timeline with very many tasks: a key must cost what it costs with few (issue "budgets")."""

import os
import random
from datetime import timedelta
from pathlib import Path
from typing import Final

from bench import screens
from bench.generate import NOW
from crm_tui import bootstrap
from crm_tui.services.facade import initialise
from tests.e2e.terminal import Terminal

FEW: Final = (20, 30)
MANY: Final = (2000, 3000)
"""Tasks and dependencies."""
NEAR: Final = 12
"""So many tasks further at most is what waits for a task."""
DAYS: Final = 60
"""In so many days they begin: as many as a screen shows, so that every line has a bar in sight."""
OPEN, PAGE, FIRST = "4", "\x1b[6~", "g"


def fill(path: Path, tasks: int, links: int) -> None:
    """A desk whose tasks all lie in sight, most waiting for one that begins a little earlier."""
    services = bootstrap.open_services(
        str(path),
        key_file=path.with_suffix(".key"),
        files=path.with_suffix(".files"),
        clock=lambda: NOW,
    )
    initialise(services, "root", "Root", demo=True)
    root = services.org.login("root")
    chance, today = random.Random(tasks), NOW.date()
    ids: list[int] = []
    for number in range(tasks):
        start = today + timedelta(number * DAYS // tasks)
        data = {
            "description": f"制定售后响应SOP手册，第{number + 1}版",
            "completion_standard": "验收单",
            "department_ids": [1 + number % 6],
            "owner_id": root.staff_id,
            "start_on": start,
            "due_on": start + timedelta(chance.randrange(2, 40)),
        }
        ids.append(services.tasks.new(data, actor=root).one())
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < links:
        before = chance.randrange(tasks - 1)
        after = min(before + chance.randrange(1, NEAR), tasks - 1)
        pairs.add((ids[before], ids[after]))
    # A row is all that a dependency is; made one by one, each would look for rings.
    from crm_tui.db.schema.work import task_dependency

    rows = [{"before_id": a, "after_id": b, "at": NOW} for a, b in sorted(pairs)]
    with services.core.engine.begin() as conn:
        conn.execute(task_dependency.insert(), rows)
    services.close()


def measure(folder: Path) -> dict[str, float]:
    """Figures of the keys with few and with many tasks."""
    figures: dict[str, float] = {}
    for name, (tasks, links) in (("few", FEW), ("many", MANY)):
        path = folder / f"timeline-{name}.db"
        fill(path, tasks, links)
        command, env = screens.program(path, folder)
        term = Terminal(command, env, *screens.SIZE)
        term.wait("Queue")
        screens.quiet(term, 1.5)
        figures[f"tl_{name}_open"] = screens.gesture(term, OPEN, seconds=1.5)
        # Fewer than a page, so that none turns.
        moved = screens.keys(term, "j", 15)
        figures |= {f"tl_{name}_key": moved.p95, f"tl_{name}_cpu": moved.cpu}
        figures[f"tl_{name}_move"] = moved.size
        os.write(term.master, FIRST.encode())
        figures[f"tl_{name}_shift"] = screens.gesture(term, "L", seconds=1.0)
        figures[f"tl_{name}_pan"] = screens.gesture(term, "l")
        if name == "many":
            # The first takes the cursor to the end of what is in sight.
            screens.gesture(term, PAGE)
            figures["tl_many_page"] = screens.gesture(term, PAGE)
        term.close()
    return figures
