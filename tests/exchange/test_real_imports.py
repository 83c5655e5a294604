"""The real logs through the command line: whole, twice, on both engines, and every due time agrees."""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL
from textual.widgets import Input

from crm_tui.cli.main import main
from tests.tui.driving import press, running, settle, shown

NOW = "2026-06-01T10:00:00+08:00"
"""After the last event of every log."""
Run = Callable[..., Any]
LOGS = {
    "zh-messages": ("complaints/zh_messages_replies.csv.gz", 1_690, 1_690),
    "helpdesk-events": ("tickets/helpdesk_it_events.csv.gz", 11_944, 2_495),
    "servicenow-events": ("tickets/servicenow_incident_events.csv.gz", 101_045, 17_136),
}
PART = 6_000
"""Rows of the incident log in every run; the whole of it takes minutes and is left to the soak."""


def runner(
    url: str, folder: Path, capsys: pytest.CaptureFixture[str], *, now: str | None = None
) -> Run:
    """Commands on one database; answers JSON."""

    def go(*words: str, status: int = 0) -> Any:
        fixed = () if now is None else ("--now", now, "--allow-now")
        found = main([*words, "--db", url, "--as", "root", "--json", *fixed])
        out, err = capsys.readouterr()
        assert found == status, (words, out[-2000:], err)
        return json.loads(out) if out.strip() else None

    return go


@pytest.fixture
def places(
    sqlite_url: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """An address on each engine, each with the same key."""
    pg: URL = request.getfixturevalue("pg_url")
    monkeypatch.setenv("CRM_TUI_KEY_FILE", str(tmp_path / "field.key"))
    monkeypatch.setenv("LOGNAME", "root")
    yield {
        "sqlite": sqlite_url,
        "pg": pg.set(drivername="postgresql").render_as_string(hide_password=False),
    }


def part_of(source: Path, target: Path, rows: int) -> Path:
    """The first rows of a packed log."""
    with (
        gzip.open(source, "rt", encoding="utf-8") as log,
        target.open("w", encoding="utf-8") as out,
    ):
        for number, line in enumerate(log):
            if number > rows:
                break
            out.write(line)
    return target


def agree(run: Run, listing: list[dict[str, Any]], some: int) -> int:
    """Compare the listing's next due with the explanation of every clock; how many had one."""
    found = 0
    step = max(1, len(listing) // some)
    for row in listing[::step]:
        clocks = run("ticket", "explain", row["number"])
        clocks = clocks["clocks"] if isinstance(clocks, dict) else clocks
        running = [c["due"] for c in clocks if c["state"] == "running" and c["due"]]
        assert row["next_due_at"] == min(running, default=None), row["number"]
        found += bool(running)
    return found


@pytest.mark.shared
@pytest.mark.pg
@pytest.mark.timeout(1200)
@pytest.mark.req("R-315", "R-316")
@pytest.mark.parametrize(
    ("profile", "rows"),
    [
        ("zh-messages", None),
        ("helpdesk-events", None),
        ("servicenow-events", PART),
        pytest.param("servicenow-events", None, marks=pytest.mark.soak),
    ],
)
def test_both_engines_hold_the_same_after_a_whole_import(
    places: dict[str, str],
    shared_data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    profile: str,
    rows: int | None,
) -> None:
    name, whole, cases = LOGS[profile]
    path = shared_data / name
    if rows is not None:
        path = part_of(path, tmp_path / "part.csv", rows)
    listings = {}
    for engine, url in places.items():
        monkeypatch.setenv("CRM_TUI_KEY_FILE", str(tmp_path / f"{engine}.key"))
        run = runner(url, tmp_path, capsys)
        run("db", "init", "--admin", "root")
        first = run("import", "--profile", profile, str(path))
        assert (first["rows_read"], first["refused"]) == (rows or whole, 0)
        again = run("import", "--profile", profile, str(path))
        assert (again["created"], again["changed"], again["refused"]) == (0, 0, 0)
        assert run("audit", "verify")["ok"] is True
        late = runner(url, tmp_path, capsys, now=NOW)
        listing = late("ticket", "list", "--limit", "0", "--sort", "number")
        assert len(listing) == cases if rows is None else len(listing) > 500
        agree(late, listing, 60)
        open_ones = [r for r in listing if r["category"] in ("new", "open")]
        assert agree(late, open_ones, 40) == min(len(open_ones), 40)
        listings[engine] = listing
    assert listings["sqlite"] == listings["pg"]


@pytest.mark.shared
async def test_the_queue_shows_what_the_list_says(
    sqlite_url: str,
    shared_data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from datetime import datetime

    from crm_tui import bootstrap
    from crm_tui.bootstrap import Opened
    from crm_tui.tui.labels import countdown

    monkeypatch.setenv("CRM_TUI_KEY_FILE", str(tmp_path / "field.key"))
    monkeypatch.setenv("LOGNAME", "root")
    run = runner(sqlite_url, tmp_path, capsys)
    run("db", "init", "--admin", "root")
    path = part_of(shared_data / LOGS["servicenow-events"][0], tmp_path / "part.csv", PART)
    run("import", "--profile", "servicenow-events", str(path))
    now = datetime.fromisoformat(NOW)
    listing = runner(sqlite_url, tmp_path, capsys, now=NOW)("ticket", "list", "is:closed")
    services = bootstrap.open_services(
        sqlite_url,
        key_file=tmp_path / "field.key",
        files=tmp_path / "files",
        clock=lambda: now,
    )
    opened = Opened(services, services.org.login("root"), demo=False)
    async with running(opened, (120, 40)) as (app, pilot):
        await press(app, pilot, "slash")
        app.screen.query_one(Input).value = "is:closed"
        await press(app, pilot, "enter")
        await settle(app, pilot)
        lines = [line for line in shown(app).splitlines() if " T-" in line[:24]]
        assert len(lines) >= 10
        for line, row in zip(lines, listing, strict=False):
            view = services.views.rows([row["id"]], actor=opened.actor)[0]
            assert f"{row['number']} " in line
            assert countdown(view, now)[0] in line
            assert view.next_due_at == (
                row["next_due_at"] and datetime.fromisoformat(row["next_due_at"])
            )
    services.close()
