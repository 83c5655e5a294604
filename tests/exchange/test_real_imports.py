"""The real logs, imported: equal to what the standard library reckons, on both engines, however cut up.

By default a part of each log runs; the whole files run once per engine with the marker ``full``.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, select
from textual.widgets import Input

from crm_tui.bootstrap import Opened
from crm_tui.cli.main import main
from crm_tui.db.schema.tickets import message, ticket, ticket_clock
from crm_tui.services.facade import Services
from crm_tui.tui.labels import countdown
from tests.exchange import reckoning
from tests.exchange.real_logs import LATER, load, opened, picture
from tests.tui.driving import press, running, settle, shown

pytestmark = [pytest.mark.shared, pytest.mark.timeout(1200)]

MIDDLE = {
    "zh-messages": datetime(2018, 10, 1, 2, tzinfo=UTC),
    "helpdesk-events": datetime(2011, 3, 1, 2, tzinfo=UTC),
    "servicenow-events": datetime(2016, 3, 21, 2, tzinfo=UTC),
}
"""A moment at which many cases of the log are at work."""
PARTS = {"zh-messages": 150, "helpdesk-events": 800, "servicenow-events": 1_500}
"""Rows of each log in the ordinary run."""
EVERY = [
    *(pytest.param(name, rows, id=f"{name}-part") for name, rows in PARTS.items()),
    *(pytest.param(name, None, id=f"{name}-whole", marks=pytest.mark.full) for name in PARTS),
]
AGAIN = EVERY[:-1]
"""For those that import several times: of the longest log the part alone."""


@pytest.fixture(params=["sqlite", pytest.param("pg", marks=pytest.mark.pg)])
def place(request: pytest.FixtureRequest) -> str:
    """The address of an empty database on each engine in turn."""
    url: str | URL = request.getfixturevalue(f"{request.param}_url")
    return address(url)


def address(url: str | URL) -> str:
    """An address as people type it."""
    if isinstance(url, str):
        return url
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def empty(url: str) -> None:
    """Take everything out of a database again."""
    from crm_tui.db.engine import open_engine
    from tests.conftest import _EMPTY_PG

    if "://" not in url:
        for end in ("", "-wal", "-shm"):
            Path(f"{url}{end}").unlink(missing_ok=True)
        return
    engine = open_engine(url)
    with engine.begin() as conn:
        conn.exec_driver_sql(_EMPTY_PG)
    engine.dispose()


def log_of(
    shared: Path, folder: Path, profile: str, rows: int | None
) -> tuple[Path, reckoning.CSV]:
    """The file to import, and its rows by the standard library."""
    source = shared / reckoning.LOGS[profile][0]
    found = reckoning.read(source)
    if rows is None:
        return source, found
    found = list(islice(found, rows))
    return reckoning.write(folder / "part.csv", found, found[0]), found


def stands(services: Services) -> dict[str, list[reckoning.Stand]]:
    """The stored clocks by source key."""
    query = (
        select(ticket.c.source_key, ticket_clock)
        .join(ticket_clock, ticket_clock.c.ticket_id == ticket.c.id)
        .order_by(ticket_clock.c.kind, ticket_clock.c.cycle)
    )
    found: dict[str, list[reckoning.Stand]] = {}
    with services.core.engine.connect() as conn:
        for r in conn.execute(query):
            used = r.used_s if r.state in ("met", "missed", "not_applicable") else -1
            due = r.due_at if r.state == "running" else None
            found.setdefault(r.source_key, []).append((r.kind, r.cycle, r.state, due, used))
    return found


def check_against_the_file(services: Services, profile: str, rows: reckoning.CSV) -> None:
    """States, counts, original times and clocks are those that the file tells."""
    cases = reckoning.cases_of(profile, rows)
    with services.core.engine.connect() as conn:
        stored = {r["source_key"]: r for r in conn.execute(select(ticket)).mappings()}
        sent = select(ticket.c.source_key, message.c.body).join(
            message, message.c.ticket_id == ticket.c.id
        )
        texts: dict[str, list[str]] = {}
        for key, body in conn.execute(sent.order_by(message.c.written_at, message.c.id)):
            texts.setdefault(key, []).append("".join(body.split()))
    assert stored.keys() == cases.keys()
    now = services.core.clock()
    found = stands(services)
    for key, case in cases.items():
        row = stored[key]
        counts = (row["state"], row["reopen_count"], row["transfer_count"])
        assert counts == (case.state, case.reopens, case.transfers), key
        times = (row["received_at"], row["registered_at"], row["first_response_at"])
        registered = max(case.registered, case.received)
        assert times == (case.received, registered, case.reply), key
        assert found.get(key, []) == list(reckoning.clocks(case, now)), key
        assert texts.get(key, []) == case.texts, key


def check_every_due(services: Services) -> int:
    """List, explanation and cache say the same due of every ticket; how many have one."""
    root = services.org.login("root")
    after, seen, due = None, 0, 0
    while True:
        page = services.views.page("", actor=root, after=after, limit=200)
        for row in page.rows:
            clocks = services.views.explain(row.id, actor=root)
            running = [c.due_at for c in clocks if c.state == "running" and c.due_at]
            assert row.next_due_at == min(running, default=None), row.number
            due += bool(running)
        seen += len(page.rows)
        if not page.after:
            break
        after = page.rows[-1].sort_key
    assert seen == services.views.count("", actor=root)
    return due


@pytest.mark.req("R-315", "R-316")
@pytest.mark.parametrize(("profile", "rows"), EVERY)
def test_a_log_is_stored_as_its_file_tells_it(
    place: str, shared_data: Path, tmp_path: Path, profile: str, rows: int | None
) -> None:
    path, plain = log_of(shared_data, tmp_path, profile, rows)
    services = opened(place, tmp_path, LATER)
    try:
        first = load(services, profile, path)
        assert (first.rows_read, first.created, first.refused) == (len(plain), len(plain), 0)
        check_against_the_file(services, profile, plain)
        root = services.org.login("root")
        cases = reckoning.cases_of(profile, plain).values()
        ends = Counter(c[2] for case in cases for c in reckoning.clocks(case, LATER))
        assert (first.clocks_met, first.clocks_missed) == (ends["met"], ends["missed"])
        before = services.audit.verify(actor=root)
        assert before.ok
        again = load(services, profile, path)
        assert (again.created, again.changed, again.skipped) == (0, 0, len(plain))
        assert services.audit.verify(actor=root).entries - before.entries == 1
    finally:
        services.close()


@pytest.mark.req("R-316")
@pytest.mark.parametrize(("profile", "rows"), AGAIN)
def test_a_log_of_cases_at_work_agrees_on_every_due_and_may_grow(
    place: str, shared_data: Path, tmp_path: Path, profile: str, rows: int | None
) -> None:
    _, plain = log_of(shared_data, tmp_path, profile, rows)
    path = reckoning.write(tmp_path / "whole.csv", plain, plain[0])
    now = MIDDLE[profile]
    young = reckoning.known_at(profile, plain, now)
    assert 0 < len(young) < len(plain)
    services = opened(place, tmp_path, now)
    try:
        cut = reckoning.write(tmp_path / "young.csv", young, plain[0])
        first = load(services, profile, cut)
        assert (first.created, first.refused) == (len(young), 0)
        check_against_the_file(services, profile, young)
        assert check_every_due(services) > 0
    finally:
        services.close()
    services = opened(place, tmp_path, LATER)
    try:
        grown = load(services, profile, path)
        same = sum(row in plain for row in young) if profile == "zh-messages" else len(young)
        assert (grown.skipped, grown.created + grown.changed) == (same, len(plain) - same)
        check_against_the_file(services, profile, plain)
        assert services.audit.verify(actor=services.org.login("root")).ok
        found = picture(services)
    finally:
        services.close()
    empty(place)
    services = opened(place, tmp_path, LATER)
    try:
        load(services, profile, path)
        at_once = picture(services)
    finally:
        services.close()
    order = list(at_once)
    assert sorted(found) == sorted(order)
    for key in order:
        # Numbers are given as cases come to be known; everything else is the same.
        for one in (found[key], at_once[key]):
            one["ticket"] = {
                k: v for k, v in one["ticket"].items() if k not in ("number", "customer_id")
            }
            one["log"] = [entry[:4] for entry in one["log"]]
        assert found[key] == at_once[key], key


KILLED = """
import os, signal, sys
from pathlib import Path
from crm_tui.exchange import importing
from tests.exchange.real_logs import LATER, load, opened
importing.BATCH = 40
url, folder, profile, path = sys.argv[1:]
def progress(phase, done, total):
    if phase == "write" and done >= total // 2:
        os.kill(os.getpid(), signal.SIGKILL)
load(opened(url, Path(folder), LATER), profile, Path(path), progress)
"""


@pytest.mark.parametrize(("profile", "rows"), AGAIN)
def test_a_killed_import_is_run_again(
    place: str,
    shared_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    profile: str,
    rows: int | None,
) -> None:
    path, plain = log_of(shared_data, tmp_path, profile, rows)
    monkeypatch.setattr("crm_tui.exchange.importing.BATCH", 40)
    pictures = []
    for end in ("killed", "whole"):
        services = opened(place, tmp_path, LATER)
        services.close()
        if end == "killed":
            words = [sys.executable, "-c", KILLED, place, str(tmp_path), profile, str(path)]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            assert done.returncode == -9, done.stderr
        services = opened(place, tmp_path, LATER)
        try:
            root = services.org.login("root")
            there = services.views.count("", actor=root)
            assert (there > 0) is (end == "killed")
            tally = load(services, profile, path)
            assert tally.rows_read == len(plain)
            assert (tally.cases_skipped, tally.changed) == (there, 0)
            assert services.audit.verify(actor=root).ok
            pictures.append(picture(services))
        finally:
            services.close()
        empty(place)
    assert pictures[0] == pictures[1]


Run = Callable[..., Any]


def runner(url: str, capsys: pytest.CaptureFixture[str], now: datetime | None = None) -> Run:
    """Commands on one database; answers JSON."""

    def go(*words: str) -> Any:
        fixed = () if now is None else ("--now", now.isoformat(), "--allow-now")
        found = main([*words, "--db", url, "--as", "root", "--json", *fixed])
        out, err = capsys.readouterr()
        assert found == 0, (words, out[-2000:], err)
        return json.loads(out) if out.strip() else None

    return go


@pytest.fixture
def places(
    sqlite_url: str, pg_url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """An address on each engine."""
    monkeypatch.setenv("LOGNAME", "root")
    yield {"sqlite": address(sqlite_url), "pg": address(pg_url)}


@pytest.mark.pg
@pytest.mark.req("R-316")
@pytest.mark.parametrize(("profile", "rows"), EVERY)
def test_both_engines_list_the_same(
    places: dict[str, str],
    shared_data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    profile: str,
    rows: int | None,
) -> None:
    _, plain = log_of(shared_data, tmp_path, profile, rows)
    now = MIDDLE[profile]
    young = reckoning.known_at(profile, plain, now)
    path = reckoning.write(tmp_path / "young.csv", young, plain[0])
    listings = {}
    for engine, url in places.items():
        monkeypatch.setenv("CRM_TUI_KEY_FILE", str(tmp_path / f"{engine}.key"))
        run = runner(url, capsys, now)
        run("db", "init", "--admin", "root")
        tally = run("import", "--profile", profile, str(path))
        assert (tally["rows_read"], tally["created"], tally["errors"]) == (
            len(young),
            len(young),
            None,
        )
        assert run("audit", "verify")["ok"] is True
        listing = run("ticket", "list", "--limit", "0", "--sort", "number")
        assert len(listing) == tally["cases"]["created"]
        at_work = [row for row in listing if row["next_due_at"]]
        for row in [*listing[:: max(1, len(listing) // 10)], *at_work[:10]]:
            clocks = run("ticket", "explain", row["number"])["clocks"]
            due = [c["due"] for c in clocks if c["state"] == "running" and c["due"]]
            assert row["next_due_at"] == min(due, default=None), row["number"]
        listings[engine] = listing
    assert listings["sqlite"] == listings["pg"]


async def test_the_queue_shows_what_the_list_says(
    sqlite_url: str,
    shared_data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    profile = "servicenow-events"
    now = MIDDLE[profile]
    _, plain = log_of(shared_data, tmp_path, profile, PARTS[profile])
    young = reckoning.known_at(profile, plain, now)
    services = opened(sqlite_url, tmp_path, now)
    load(services, profile, reckoning.write(tmp_path / "young.csv", young, plain[0]))
    monkeypatch.setenv("CRM_TUI_KEY_FILE", str(tmp_path / "field.key"))
    monkeypatch.setenv("LOGNAME", "root")
    listing = runner(sqlite_url, capsys, now)("ticket", "list", "is:open")
    assert sum(row["next_due_at"] is not None for row in listing) >= 3
    desk = Opened(services, services.org.login("root"), demo=False)
    async with running(desk, (120, 40)) as (app, pilot):
        await press(app, pilot, "slash")
        app.screen.query_one(Input).value = "is:open"
        await press(app, pilot, "enter")
        await settle(app, pilot)
        lines = [line for line in shown(app).splitlines() if " T-" in line[:24]]
        assert len(lines) >= min(10, len(listing))
        for line, row in zip(lines, listing, strict=False):
            view = services.views.rows([row["id"]], actor=desk.actor)[0]
            assert f"{row['number']} " in line
            assert " ".join(countdown(view, now)[0].split()) in " ".join(line.split())
            assert view.next_due_at == (
                row["next_due_at"] and datetime.fromisoformat(row["next_due_at"])
            )
    services.close()
