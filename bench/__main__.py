"""`python -m bench --size 10k`: the table of budgets, measured here and now.

With several sizes (``--size 10k,100k,1m``) they stand side by side, so that one sees what grows with
what is stored. ``--out FILE`` writes the table as Markdown.
"""

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path

from bench import board, filters, queries, screens, timeline
from bench.generate import generate
from tests.e2e.terminal import Terminal

SIZES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}
Bar = Callable[["Results"], str]


@dataclass(slots=True)
class Results:
    """Figures of one size by row."""

    figures: dict[str, float] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    load: float = 0.0
    bare_start: float = 0.0
    bare_key: float = 0.0
    curses_key: float = 0.0
    bare_query: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: ``limit`` is the budget in the figure's own unit."""

    name: str
    title: str
    unit: str
    budget: str
    limit: Callable[[Results], float]
    digits: int = 1


def fixed(value: float) -> Callable[[Results], float]:
    """A budget that depends on nothing."""
    return lambda _: value


def no_budget(_: Results) -> float:
    """Whatever it takes."""
    return float("inf")


ROWS = (
    Row("paint", "process start to first paint", "s", "1.3 x bare Textual",
        lambda r: 1.3 * r.bare_start, 2),
    Row("usable", "process start to a usable queue", "s", "2 x bare Textual",
        lambda r: 2 * r.bare_start, 2),
    Row("key", "cursor key to painted, p95", "ms", "1.4 x bare Textual list",
        lambda r: 1.4 * r.bare_key),
    Row("cpu", "processor time a cursor key", "ms", "4 ms", fixed(4)),
    Row("move", "bytes: cursor move", "B", "350", fixed(350), 0),
    Row("page", "bytes: page", "B", "3,000", fixed(3000), 0),
    Row("open", "bytes: open a ticket", "B", "8,000", fixed(8000), 0),
    Row("focus", "bytes: focus move", "B", "2,000", fixed(2000), 0),
    Row("first", "bytes: first paint", "B", "8,000", fixed(8000), 0),
    Row("idle", "bytes: idle for 2 s", "B", "0", fixed(0), 0),
    Row("queue_sql", "queue page, 3 terms: SQL", "ms", "1 ms", fixed(1), 2),
    Row("queue", "queue page, 3 terms: service", "ms", "10 ms", fixed(10)),
    Row("queue_n", "queue page: statements", "", "3", fixed(3), 0),
    Row("filter_sql", f"slowest of {len(filters.FILTERS)} filters: SQL", "ms", "30 ms", fixed(30)),
    Row("filter", f"slowest of {len(filters.FILTERS)} filters: service", "ms", "50 ms", fixed(50)),
    Row("filter_over", "filters over either", "", "0", fixed(0), 0),
    Row("find_sql", "slowest of 6 look-ups: SQL", "ms", "1 ms", fixed(1), 2),
    Row("find", "slowest of 6 look-ups: service", "ms", "20 ms", fixed(20)),
    Row("ticket", "open a ticket with 200 events", "ms", "30 ms", fixed(30)),
    Row("profile", "profile with 2,000 timeline rows", "ms", "30 ms", fixed(30)),
    Row("counts", "counts on screen", "ms", "50 ms", fixed(50)),
    Row("panel", "KPI panel", "s", "1 s", fixed(1), 2),
    Row("panel_edit", "KPI panel after an edit of a closed ticket and an order", "s", "1 s",
        fixed(1), 2),
    Row("panel_other", "KPI panel of another period for the first time", "s", "", no_budget, 1),
    Row("panel_full", "full recomputation of all figures", "s", "", no_budget, 1),
    Row("bulk", "bulk of 500 tickets", "s", "2 s", fixed(2), 2),
    Row("import", "import of 100,000 ticket events", "s", "60 s", fixed(60)),
    Row("import_mb", "its peak memory", "MB", "500 MB", fixed(500), 0),
    Row("orders", "import of 100,000 orders", "s", "60 s", fixed(60)),
    Row("orders_mb", "its peak memory", "MB", "500 MB", fixed(500), 0),
    Row("board_key", "board, 5,000 cards: cursor key to painted, p95", "ms",
        "1.4 x bare Textual list", lambda r: 1.4 * r.bare_key),
    Row("board_cpu", "board: processor time a cursor key", "ms", "4 ms", fixed(4)),
    Row("board_move", "board, bytes: cursor move", "B", "350", fixed(350), 0),
    Row("board_card", "board, bytes: moved card with its message", "B", "2,048", fixed(2048), 0),
    Row("board_first", "board, bytes: the first card to another column", "B", "2,048",
        fixed(2048), 0),
    Row("tl_many_key", "timeline, 2,000 tasks, 3,000 links: cursor key to painted, p95", "ms",
        "1.4 x bare Textual list", lambda r: 1.4 * r.bare_key),
    Row("tl_many_cpu", "timeline: processor time a cursor key", "ms", "4 ms", fixed(4)),
    Row("tl_few_cpu", "timeline of 20 tasks: the same", "ms", "4 ms", fixed(4)),
    Row("tl_many_move", "timeline, bytes: cursor move", "B", "350", fixed(350), 0),
    Row("tl_many_shift", "timeline, bytes: moved bar with its message", "B", "2,048",
        fixed(2048), 0),
    Row("tl_many_open", "timeline, bytes: opened with bars and links all over", "B", "8,000",
        fixed(8000), 0),
    Row("tl_many_pan", "timeline, bytes: a step to later days", "B", "3,000", fixed(3000), 0),
    Row("tl_many_page", "timeline, bytes: page", "B", "3,000", fixed(3000), 0),
    Row("rss", "memory with the queue open", "MB", "75 MB", fixed(75), 0),
)  # fmt: skip


def measure(path: Path, size: int, folder: Path, *, with_import: bool) -> Results:
    """Everything, on one database."""
    results = Results(load=os.getloadavg()[0])
    say("services")
    _services(results, path)
    say("screens")
    _screens(results, path, folder)
    if with_import:
        say("import")
        seconds, used, peak = queries.import_events(folder)
        results.figures |= {"import": seconds, "import_mb": peak}
        results.cpu["import"] = used * 1000
        seconds, used, peak = queries.import_orders(folder)
        results.figures |= {"orders": seconds, "orders_mb": peak}
        results.cpu["orders"] = used * 1000
        say("board and timeline")
        results.figures |= board.measure(folder)
        results.figures |= timeline.measure(folder)
    return results


def _services(results: Results, path: Path) -> None:
    figures = results.figures
    with queries.opened(path) as services:
        known = queries.subjects(services)
        root, row = known["root"], known["ticket"]
        results.bare_query = queries.bare(services)
        found = queries.timed(
            services,
            lambda: services.views.page("is:open urgency:normal dept:after_sales", actor=root),
        )
        figures |= {"queue_sql": found.sql, "queue": found.service, "queue_n": found.statements}
        results.cpu["queue"] = found.cpu
        slow = filters.measure(services)
        figures |= {"filter": slow.timed.service, "filter_sql": slow.sql, "filter_over": slow.over}
        results.cpu["filter"], results.texts["filter"] = slow.timed.cpu, slow.text
        worst = (0.0, 0.0, 0.0, "")
        for text in (
            known["name"][:2],
            known["name"].split(" ")[0],
            "dhjm",
            "0007",
            known["number"],
            "绝无此人",
        ):
            one = queries.timed(services, partial(services.find.find, text, actor=root), 5)
            worst = max(worst, (one.service, one.sql, one.cpu, text))
        figures |= {"find": worst[0], "find_sql": worst[1]}
        results.cpu["find"], results.texts["find"] = worst[2:]
        long = queries.long_ticket(services, 200)
        one = queries.timed(
            services,
            lambda: (
                services.views.view(long, actor=root),
                services.views.timeline(long, actor=root),
            ),
        )
        figures["ticket"], results.cpu["ticket"] = one.service, one.cpu
        customer = queries.long_customer(services, 2000)
        one = queries.timed(
            services,
            lambda: (
                services.customers.view(customer, actor=root),
                services.views.customer_timeline(customer, actor=root),
            ),
            5,
        )
        figures["profile"], results.cpu["profile"] = one.service, one.cpu
        one = queries.timed(services, lambda: services.views.count("is:open", actor=root))
        figures["counts"], results.cpu["counts"] = one.service, one.cpu
        panel = queries.panel(services)
        figures |= {name: seconds for name, (seconds, _) in panel.items()}
        results.cpu |= {name: used * 1000 for name, (_, used) in panel.items()}
        figures["bulk"], used, many = queries.bulk(services)
        results.texts["bulk"] = str(many)
        results.cpu["bulk"] = used * 1000
        assert row is not None


def _screens(results: Results, path: Path, folder: Path) -> None:
    figures = results.figures
    bare = [sys.executable, str(Path(__file__).with_name("bare.py"))]
    env = screens.environment()
    results.bare_start = screens.median_start([*bare, "textual"], env, "row 00001")[-1]
    for name in ("textual", "curses"):
        term = Terminal([*bare, name], env, *screens.SIZE)
        term.wait("row 00001")
        found = screens.keys(term, "j" if name == "curses" else "\x1b[B")
        if name == "textual":
            results.bare_key = found.p95
        else:
            results.curses_key = found.p95
        term.close()
    command, ours = screens.program(path, folder)
    paint, usable = screens.median_start(command, ours, "Queue", "T-")
    figures |= {"paint": paint, "usable": usable}
    term = Terminal(command, ours, *screens.SIZE)
    while "T-" not in term.text():
        term.read(1)
    screens.quiet(term, 1.5)
    figures["first"] = term.bytes
    found = screens.keys(term, "j", 30)
    figures |= {"key": found.p95, "cpu": found.cpu, "move": found.size}
    figures["rss"] = screens.rss_mb(term.process.pid)
    figures["page"] = screens.gesture(term, "\x1b[6~")
    figures["open"] = screens.gesture(term, "\r")
    figures["focus"] = screens.gesture(term, "\t")
    screens.gesture(term, "\x1b")
    before = term.bytes
    end = time.monotonic() + 2
    while time.monotonic() < end:
        term.read(0.1)
    figures["idle"] = term.bytes - before
    term.close()


def say(text: str) -> None:
    """Progress, where somebody looks."""
    print(text, file=sys.stderr, flush=True)


def table(found: dict[str, Results]) -> list[str]:
    """The lines of the table."""
    sizes = list(found)
    lines = [
        f"| what | budget | {' | '.join(sizes)} | |",
        "|---|---|" + "---:|" * len(sizes) + "---|",
    ]
    for row in ROWS:
        cells, verdicts = [], []
        for size in sizes:
            value = found[size].figures.get(row.name)
            if value is None:
                cells.append("")
                continue
            cells.append(f"{value:,.{row.digits}f} {row.unit}".strip())
            limit = row.limit(found[size])
            if value > limit:
                by = f"missed: {value / limit:.1f} x" if limit else "missed"
                verdicts.append(by)
        measured = any(row.name in one.figures for one in found.values())
        verdict = verdicts[-1] if verdicts else "met" if measured else "not measured"
        lines.append(f"| {row.title} | {row.budget} | {' | '.join(cells)} | {verdict} |")
    return lines


def processor(found: dict[str, Results]) -> list[str]:
    """Processor time of the services' calls: what the program itself takes, however busy the machine."""
    titles = {row.name: row.title for row in ROWS}
    lines = [
        f"| processor time, ms | {' | '.join(found)} |",
        "|---|" + "---:|" * len(found),
    ]
    measured = ("queue", "filter", "find", "ticket", "profile", "counts", "panel", "panel_edit")
    for name in (*measured, "panel_other", "panel_full", "bulk", "import", "orders"):
        cells = [f"{r.cpu[name]:,.1f}" if name in r.cpu else "" for r in found.values()]
        lines.append(f"| {titles[name]} | {' | '.join(cells)} |")
    return lines


def report(found: dict[str, Results]) -> str:
    """The whole page."""
    last = list(found.values())[-1]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    notes = [
        "# Benchmarks",
        "",
        "Written by `make bench`; the budgets are those of the design. 120x40, SQLite, bytecode"
        " compiled; two in a hundred tickets are open, a tenth as many customers.",
        "",
        f"{os.cpu_count()} cores, {memory:.0f} GiB; Python {platform.python_version()}, Textual"
        f" {version('textual')}, SQLAlchemy {version('sqlalchemy')}, SQLite"
        f" {sqlite3.sqlite_version}.",
        "",
        *table(found),
        "",
        "The machine's load (one minute) when each size began: "
        + ", ".join(f"{name} {one.load:.1f}" for name, one in found.items())
        + ". Beyond the number of cores, times on the clock are those of a crowd.",
        "",
        *processor(found),
        "",
        f"Marks of the same run: bare Textual list usable after {last.bare_start:.2f} s, its cursor"
        f" key painted after {last.bare_key:.1f} ms (p95); a bare curses list"
        f" {last.curses_key:.1f} ms; fifty open tickets by bare SQL {last.bare_query:.2f} ms.",
    ]
    for size, one in found.items():
        notes += [
            "",
            f"{size}: slowest filter `{one.texts['filter']}`, slowest look-up `{one.texts['find']}`;"
            f" the bulk changed {one.texts['bulk']} tickets.",
        ]
    return "\n".join(notes) + "\n"


def main() -> int:
    """Generate what is missing, measure, print."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--size", default="10k", help="10k, 100k, 1m, or several by commas")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--keep", type=Path, help="folder for the databases, used again")
    parser.add_argument("--no-import", action="store_true")
    args = parser.parse_args()
    names = [n.strip().lower() for n in args.size.split(",")]
    for name in names:
        if name not in SIZES:
            parser.error(f"a size is one of {', '.join(SIZES)}")
    found: dict[str, Results] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            path = folder / f"{name}.db"
            if not path.exists():
                say(f"generating {name}")
                generate(path, SIZES[name], say=say)
            say(f"measuring {name}")
            last = name == names[-1] and not args.no_import
            found[name] = measure(path, SIZES[name], Path(temporary), with_import=last)
    text = report(found)
    print(text)
    if args.out:
        args.out.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
