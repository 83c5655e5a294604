"""The real logs, whole: counts equal to those made with the standard library alone."""

import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crm_tui.exchange import profiles
from crm_tui.exchange.profiles.base import ImportedCase, Refused
from crm_tui.exchange.report import Tally
from crm_tui.exchange.tabular import open_table

pytestmark = pytest.mark.shared


def plain(path: Path, encoding: str = "utf-8") -> list[dict[str, str]]:
    """The rows by the standard library."""
    with gzip.open(path) as packed, io.TextIOWrapper(packed, encoding, newline="") as text:
        return list(csv.DictReader(text))


def imported(name: str, path: Path, tally: Tally) -> Iterator[ImportedCase]:
    """The cases of a file; counts every row."""
    profile = profiles.get(name)
    for item in profile.parse(open_table(path, profile.columns).rows()):
        if isinstance(item, Refused):
            tally.add_refused(item)
        else:
            tally.add_created(item)
            assert isinstance(item, ImportedCase)
            yield item


def test_incident_log(shared_data: Path) -> None:
    path = shared_data / "tickets" / "servicenow_incident_events.csv.gz"
    states = {
        "New": "registered",
        "Active": "accepted",
        "Awaiting User Info": "waiting_customer",
        "Resolved": "resolved",
        "Closed": "closed",
    }
    rows = plain(path)
    want_states = Counter(states.get(r["incident_state"], "waiting_third_party") for r in rows)
    want_unknown = Counter(
        (column, text) for row in rows for column, text in row.items() if text == "?"
    )
    want_changes = want_reopened = 0
    want_last: Counter[str] = Counter()
    before = {"number": ""}
    first_response: dict[str, str] = {}
    for row in rows:
        new = row["number"] != before["number"]
        was = "registered" if new else states.get(before["incident_state"], "waiting_third_party")
        now = states.get(row["incident_state"], "waiting_third_party")
        want_changes += now != was
        reopen_before = 0 if new else int(before["reopen_count"])
        want_reopened += int(row["reopen_count"]) > reopen_before or (
            was in ("resolved", "closed") and now not in ("resolved", "closed")
        )
        if row["incident_state"] != "New":
            first_response.setdefault(row["number"], row["sys_updated_at"])
        before = row
    want_last.update(
        states.get(row["incident_state"], "waiting_third_party")
        for row in {row["number"]: row for row in rows}.values()
    )
    del rows

    tally = Tally()
    got_states: Counter[str] = Counter()
    got_last: Counter[str] = Counter()
    got_changes = got_reopened = out_of_order = 0
    keys: set[str] = set()
    for case in imported("servicenow-events", path, tally):
        last_of_line = {event.lines[0]: event.state for event in case.events}
        assert tuple(last_of_line) == case.lines
        got_states.update(last_of_line.values())
        got_last[case.state] += 1
        got_changes += sum(event.type == "state" for event in case.events)
        got_reopened += sum("reopened" in event.fields for event in case.events)
        out_of_order += bool(case.out_of_order)
        keys.add(case.source_key)
        [reply] = [event for event in case.events if event.type == "staff_reply"]
        local = reply.at.replace(tzinfo=None) + timedelta(hours=8)
        day, month, year = first_response[case.number].split(" ")[0].split("/")
        hour, minute = first_response[case.number].split(" ")[1].split(":")
        assert local == datetime(int(year), int(month), int(day), int(hour), int(minute))
    assert (len(keys), tally.rows_read, tally.refused) == (17_136, 101_045, 0)
    assert got_states == want_states
    assert (got_changes, got_reopened, got_last) == (want_changes, want_reopened, want_last)
    assert tally.unknown == want_unknown
    assert out_of_order == 6


def test_help_desk_log(shared_data: Path) -> None:
    path = shared_data / "tickets" / "helpdesk_it_events.csv.gz"
    states = {"Take in charge ticket", "Wait", "Require upgrade", "Resolve ticket", "Closed"}
    rows = plain(path)
    tally = Tally()
    cases = list(imported("helpdesk-events", path, tally))
    assert (len(cases), tally.rows_read, tally.refused) == (2_495, 11_944, 0)
    assert sum(case.state == "closed" for case in cases) == sum(
        row["Activity"] == "Closed"
        for row in {r["Case ID"]: r for r in rows if r["Activity"] in states}.values()
    )
    texts = Counter(event.text for case in cases for event in case.events if event.text)
    others = Counter(row["Activity"] for row in rows if row["Activity"] not in states)
    assert {name: texts[name] for name in others} == others
    first = {row["Case ID"]: row["customer"] for row in reversed(rows)}
    assert {case.number: case.customer_name for case in cases} == first


def test_messages_and_replies(shared_data: Path) -> None:
    path = shared_data / "complaints" / "zh_messages_replies.csv.gz"
    rows = {row["留言编号"]: row for row in plain(path, "utf-8-sig")}
    tally = Tally()
    cases = list(imported("zh-messages", path, tally))
    assert (len(cases), tally.refused) == (len(rows), 0) == (1_690, 0)
    assert {case.state for case in cases} == {"result_fed_back"}
    for case in cases:
        row = rows[case.number]
        bare = "".join(row["答复意见"].split())
        assert "".join(case.events[-2].text.split()) == bare
        assert case.customer_name == row["留言用户"]
    again = list(imported("zh-messages", path, Tally()))
    assert [(c.source_key, c.digest) for c in again] == [(c.source_key, c.digest) for c in cases]


@pytest.mark.parametrize(
    ("name", "rows"), [("zh_messages_gb18030.csv", 200), ("zh_messages_semicolon_bom.csv", 120)]
)
def test_messages_in_other_dress(shared_data: Path, name: str, rows: int) -> None:
    tally = Tally()
    whole = {
        case.number: case.digest
        for case in imported(
            "zh-messages", shared_data / "complaints" / "zh_messages_replies.csv.gz", Tally()
        )
    }
    for case in imported("zh-messages", shared_data / "messy" / name, tally):
        assert whole.get(case.number, case.digest) == case.digest
    assert (tally.rows_read, tally.refused) == (rows, 0)
