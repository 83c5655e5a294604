"""What the services take for what a screen asks of them."""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import event, select

from bench.generate import NOW
from crm_tui import bootstrap
from crm_tui.db.schema.tickets import ticket
from crm_tui.domain import periods
from crm_tui.services.facade import Services

RUNS = 15


@dataclass(slots=True)
class Timed:
    """Milliseconds of a call and of its statements, medians; and how many statements there are.

    ``cpu`` is the processor time of the call, which does not grow when the machine is busy.
    """

    service: float
    sql: float
    statements: int
    cpu: float


@dataclass(slots=True)
class _Sql:
    seconds: float = 0.0
    count: int = 0
    begin: float = 0.0
    last: list[str] = field(default_factory=list)


@contextmanager
def opened(path: Path) -> Iterator[Services]:
    """The services on a database of the benchmark."""
    services = bootstrap.open_services(
        str(path),
        key_file=path.with_suffix(".key"),
        files=path.with_suffix(".files"),
        clock=lambda: NOW,
    )
    try:
        yield services
    finally:
        services.close()


def timed(services: Services, call: Callable[[], Any], runs: int = RUNS) -> Timed:
    """The median of some runs, the first left out."""
    engine, sql = services.core.engine, _Sql()

    def before(*_: Any) -> None:
        sql.begin = time.perf_counter()

    def after(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        sql.seconds += time.perf_counter() - sql.begin
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            sql.count += 1

    def stopped(_: Any) -> None:
        # A statement that was given up in favour of another has cost what it has cost.
        sql.seconds += time.perf_counter() - sql.begin

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    event.listen(engine, "handle_error", stopped)
    try:
        call()
        whole, parts, counts, used = [], [], [], []
        for _ in range(runs):
            sql.seconds, sql.count = 0.0, 0
            begin, begin_cpu = time.perf_counter(), time.thread_time()
            call()
            whole.append((time.perf_counter() - begin) * 1000)
            used.append((time.thread_time() - begin_cpu) * 1000)
            parts.append(sql.seconds * 1000)
            counts.append(sql.count)
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)
        event.remove(engine, "handle_error", stopped)
    return Timed(
        statistics.median(whole), statistics.median(parts), max(counts), statistics.median(used)
    )


def bare(services: Services, runs: int = RUNS) -> float:
    """Fifty open tickets by their due, nothing else: the mark for the queue page, in ms."""
    query = (
        select(ticket.c.id, ticket.c.number, ticket.c.subject, ticket.c.due_sort)
        .where(ticket.c.category.in_(("new", "open", "waiting")))
        .order_by(ticket.c.due_sort, ticket.c.tier, ticket.c.id)
        .limit(50)
    )
    found = []
    with services.core.engine.connect() as conn:
        for _ in range(runs + 1):
            begin = time.perf_counter()
            conn.execute(query).fetchall()
            found.append((time.perf_counter() - begin) * 1000)
    return statistics.median(found[1:])


def subjects(services: Services) -> dict[str, Any]:
    """Somebody to look for, and the busiest ticket and customer."""
    root = services.org.login("root")
    row = services.customers.page("", actor=root, limit=50).rows[-1]
    newest = services.views.page("", actor=root, sort="received", descending=True, limit=1).rows[0]
    return {"root": root, "name": row.name, "number": row.customer_no, "ticket": newest}


def long_ticket(services: Services, events: int) -> int:
    """A ticket with as many messages."""
    root = services.org.login("root")
    made = services.intake.create(
        {"kind": "complaint", "channel": "phone", "subject": "Long", "description": "Long story"},
        actor=root,
    )
    services.tickets.take([made], actor=root).one()
    from crm_tui.services.messages import add_message
    from crm_tui.services.ticket_base import load

    with services.core.write(root) as unit:
        for number in range(events):
            add_message(unit, load(unit, made), kind="note", body=f"note {number} of a long story")
    return made


def long_customer(services: Services, rows: int) -> int:
    """A customer whose timeline has as many rows."""
    root = services.org.login("root")
    made = services.customers.create({"name": "Long history"}, actor=root)
    with services.core.write(root) as unit:
        for number in range(rows):
            unit.log("customer", made, "noted", reason=f"entry {number}", customer_id=made)
    return made


def panel(services: Services) -> dict[str, tuple[float, float]]:
    """Seconds, and of the processor, for the panel of a month: kept, after edits, and made anew.

    The edits are of days that are rolled up: a ticket closed weeks ago and an order of last year.
    """
    root = services.org.login("root")
    month = periods.around("month", NOW.date() - periods.DAY)
    figures = services.figures
    found: dict[str, tuple[float, float]] = {}

    def take(name: str, call: Callable[[], Any]) -> None:
        begin, begin_cpu = time.perf_counter(), time.process_time()
        call()
        taken = time.perf_counter() - begin, time.process_time() - begin_cpu
        found[name] = max(taken, found.get(name, taken))

    take("panel_full", lambda: figures.refresh(actor=root))
    take("panel_other", lambda: figures.panel(month, actor=root))
    for _ in range(3):
        take("panel", lambda: figures.panel(month, actor=root))
    query = select(ticket.c.id, ticket.c.customer_id).where(ticket.c.state == "closed")
    with services.core.engine.connect() as conn:
        old = conn.execute(query.order_by(ticket.c.received_at.desc()).offset(50).limit(1)).one()
    services.tickets.edit(old.id, {"kind": "suggestion"}, actor=root)
    day = month.start.replace(year=month.start.year - 1)
    order = {"customer_id": old.customer_id, "ordered_on": day, "amount_fen": 100}
    services.registers.create("order", order, actor=root)
    take("panel_edit", lambda: figures.panel(month, actor=root))
    return found


def bulk(services: Services, count: int = 500) -> tuple[float, float, int]:
    """Seconds, and of the processor, to change open tickets: rules, clocks, log and undo included.

    Those that wait already would be refused, which is quick: they are left out. The last figure is how
    many there were, at most ``count``.
    """
    root = services.org.login("root")
    ids = services.views.all_ids("status:dispatched,accepted", actor=root, limit=count)
    seconds, used = [], []

    def take(call: Callable[[], Any]) -> None:
        begin, begin_cpu = time.perf_counter(), time.thread_time()
        call()
        seconds.append(time.perf_counter() - begin)
        used.append(time.thread_time() - begin_cpu)

    take(lambda: services.tickets.tag(ids, actor=root, add=[f"bulk{time.monotonic_ns()}"]))
    take(lambda: services.tickets.wait(ids, actor=root, reason="the bench waits"))
    return max(seconds), max(used), len(ids)


IMPORT = """
import sys, time
from pathlib import Path
from crm_tui import bootstrap
from crm_tui.exchange.importing import run_import
from crm_tui.i18n import render
from crm_tui.services.facade import initialise
folder, profile, name = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
services = bootstrap.open_services(str(folder / "i.db"), key_file=folder / "i.key", files=folder / "f")
initialise(services, "root", "Root")
begin, begin_cpu = time.perf_counter(), time.process_time()
tally = run_import(services, profile, folder / name,
                   actor=services.org.login("root"), render=render, errors_to=None,
                   progress=lambda *a: None)
# Not ru_maxrss: a child begins with the peak of whoever started it.
peak = next(int(x.split()[1]) / 1024 for x in open("/proc/self/status") if x.startswith("VmHWM"))
print(time.perf_counter() - begin, time.process_time() - begin_cpu,
      peak, tally.rows_read, tally.refused)
"""


def import_events(folder: Path, rows: int = 100_000) -> tuple[float, float, float]:
    """Seconds, those of the processor, and peak megabytes of importing a log of ticket events.

    It runs in a process of its own.
    """
    write_events(folder / "events.csv", rows)
    return _imported(folder, "servicenow-events", "events.csv", rows)


def import_orders(folder: Path, rows: int = 100_000) -> tuple[float, float, float]:
    """The same of importing orders of 20,000 customers, one a row."""
    with (folder / "orders.csv").open("w", encoding="utf-8") as out:
        out.write("customer_id,date,quantity,amount\n")
        for row in range(rows):
            month, day = 1 + row % 12, 1 + row % 28
            out.write(
                f"{row // 5:06d},2019{month:02d}{day:02d},{1 + row % 9},{row}.{row % 100:02d}\n"
            )
    return _imported(folder, "cdnow", "orders.csv", rows)


def _imported(folder: Path, profile: str, name: str, rows: int) -> tuple[float, float, float]:
    for old in folder.glob("i.*"):
        old.unlink()
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, str(folder), profile, name],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, used, peak, read, refused = done.stdout.split()[-5:]
    if int(read) != rows or int(refused):
        raise RuntimeError(done.stdout)
    return float(seconds), float(used), float(peak)


HEAD = (
    "number,incident_state,active,reassignment_count,reopen_count,sys_mod_count,made_sla,caller_id,"
    "opened_by,opened_at,sys_created_by,sys_created_at,sys_updated_by,sys_updated_at,contact_type,"
    "location,category,subcategory,u_symptom,cmdb_ci,impact,urgency,priority,assignment_group,"
    "assigned_to,knowledge,u_priority_confirmation,notify,problem_id,rfc,vendor,caused_by,"
    "closed_code,resolved_by,resolved_at,closed_at"
)


def write_events(path: Path, rows: int) -> None:
    """A log in the form of the incident log, six events a case."""
    states = ("New", "Active", "Awaiting User Info", "Active", "Resolved", "Closed")
    with path.open("w", encoding="utf-8") as out:
        out.write(HEAD + "\n")
        for row in range(rows):
            case, step = divmod(row, len(states))
            minute = case * 3 + step * 240
            day, rest = divmod(minute, 1440)
            month, day = divmod(day, 28)
            year, month = divmod(month, 12)
            at = f"{day + 1}/{month + 1}/{2016 + year} {rest // 60:02d}:{rest % 60:02d}"
            start = case * 3
            sday, srest = divmod(start, 1440)
            smonth, sday = divmod(sday, 28)
            syear, smonth = divmod(smonth, 12)
            opened_at = f"{sday + 1}/{smonth + 1}/{2016 + syear} {srest // 60:02d}:{srest % 60:02d}"
            out.write(
                f"INC{case:07d},{states[step]},true,0,0,{step},true,Caller {case % 900},"
                f"Opened by  8,{opened_at},Created by 6,{opened_at},Updated by 21,{at},Phone,"
                "Location 143,Category 55,Subcategory 170,Symptom 72,?,2 - Medium,2 - Medium,"
                "3 - Moderate,Group 56,Resolver 12,true,false,Do Not Notify,?,?,?,?,code 5,"
                f"Resolved by 149,{at},{at}\n"
            )


def peak_mb() -> float:
    """Peak memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
