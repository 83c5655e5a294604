"""The account of an import and its error file."""

import csv
from pathlib import Path

import pytest

from crm_tui import i18n
from crm_tui.domain.errors import Unavailable
from crm_tui.domain.msg import msg
from crm_tui.exchange import profiles
from crm_tui.exchange.profiles.base import Case, Refused
from crm_tui.exchange.report import ErrorFile, Tally
from tests.exchange.test_profiles import incident, message, parse


def cases() -> list[Case]:
    """An incident of three rows with unknown values, and a customer."""
    rows = [incident("New", "08:10"), incident("-100", "08:20"), incident("Closed", "08:15")]
    found = [*parse("servicenow-events", rows), *parse("customers", [{"客户名称": "甲"}])]
    return [item for item in found if not isinstance(item, Refused)]


def refused(line: int, text: str) -> Refused:
    """A refused row."""
    return Refused(
        line, msg("The number {number} stands in the file twice", number=1), "x", {"a": text}
    )


def test_every_row_is_accounted_for() -> None:
    tally = Tally()
    ticket, customer = cases()
    tally.add_created(ticket)
    tally.add_changed(ticket, new_rows=1)
    tally.add_changed(customer)
    tally.add_skipped(ticket)
    tally.add_refused(refused(9, ""))
    assert (tally.created, tally.changed, tally.skipped, tally.refused) == (3, 2, 5, 1)
    assert tally.rows_read == 11
    assert tally.out_of_order == 3
    summary = tally.as_dict()
    assert summary["cases"] == {"created": 1, "changed": 2, "skipped": 1}
    assert summary["refusals"] == {"x": 1}
    assert {"column": "incident_state", "value": "-100", "count": 3} in summary["unknown"]  # type: ignore[operator]


def test_summary_is_sentences_with_the_most_frequent_unknowns() -> None:
    tally = Tally(clocks_met=2, clocks_missed=1)
    assert len(tally.sentences()) == 3
    tally.add_created(cases()[0])
    lines = [str(line) for line in tally.sentences(unknown_limit=1)]
    assert lines[0] == "Rows read 3: created 3, changed 0, skipped 0, refused 0"
    assert lines[2] == "Clocks: met 2, missed 1"
    assert "1 rows have a time before" in lines[3]
    assert "'?'" in lines[4]
    assert "further unknown values" in lines[5]


def test_what_has_no_history_has_no_clocks() -> None:
    lines = [str(line) for line in Tally().sentences()]
    assert lines == [
        "Rows read 0: created 0, changed 0, skipped 0, refused 0",
        "Records: new 0, changed 0, unchanged 0",
    ]


def test_error_file_holds_reason_and_row(tmp_path: Path) -> None:
    path = tmp_path / "errors.csv"
    with ErrorFile(path, ["a"], ["甲"], i18n.render) as errors:
        assert not path.exists()
        errors.add(refused(3, "=1+1"))
        errors.add(Refused(4, msg("Line"), "y", {"a": "1", "#2": "rest"}))
    assert errors.count == 2
    with path.open(encoding="utf-8-sig", newline="") as stream:
        assert list(csv.reader(stream)) == [
            ["Line", "Reason", "Code", "甲"],
            ["3", "The number 1 stands in the file twice", "x", "'=1+1"],
            ["4", "Line", "y", "1", "rest"],
        ]


def test_error_file_stays_away_when_nothing_is_refused_and_stays_when_the_import_fails(
    tmp_path: Path,
) -> None:
    path = tmp_path / "errors.csv"
    with ErrorFile(path, ["a"], ["a"], str):
        pass
    assert not path.exists()

    def fail() -> None:
        with ErrorFile(path, ["a"], ["a"], str) as errors:
            errors.add(refused(3, ""))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.exists()
    with pytest.raises(Unavailable), ErrorFile(tmp_path / "none" / "e.csv", [], [], str) as errors:
        errors.add(refused(3, ""))


def test_reasons_do_not_repeat_the_row(tmp_path: Path) -> None:
    [first, again] = parse("zh-messages", [message(), message(留言详情="secret")])
    assert isinstance(again, Refused)
    assert "secret" not in str(again.reason)
    assert profiles.get("zh-messages").title
    assert first.row_count == 1
