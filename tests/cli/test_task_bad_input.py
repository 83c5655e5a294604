"""What nobody should type on the command line of tasks: refused with its reason, or printed (issue 4)."""

from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.test_task_verbs import board, new_task
from tests.cli.words import answer, refused

WRONG: dict[str, tuple[str, ...]] = {
    "zero owners": ("--owner", ""),
    "two owners": ("--owner", "root, ana"),
    "end before start": ("--start-on", "2099-06-10", "--due-on", "2099-06-09"),
    "no department": ("--departments", ""),
    "no description": ("--description", " "),
    "a day that is none": ("--due-on", "2099-02-30"),
}


@pytest.mark.req("R-196", "R-198")
def test_wrong_fields_are_refused_and_nothing_is_written(run: Run) -> None:
    task = new_task(run)
    before: Any = answer(run, "task", "show", task)
    for case, words in WRONG.items():
        status, out, err = run("task", "change", task, *words)
        assert status in (1, 2), (case, out, err)
        assert err.strip() and "Traceback" not in err, case
    for percent in ("101", "-1"):
        refused(run, "task", "progress", task, f"--percent={percent}")
    assert answer(run, "task", "show", task) == before


def test_rings_moves_off_the_calendar_and_late_versions_are_refused(run: Run) -> None:
    first, then = new_task(run, due_on="9999-12-30"), new_task(run, due_on="1900-01-02")
    answer(run, "task", "link", then, "--after", first)
    assert refused(run, "task", "link", first, "--after", then) == "ring"
    assert refused(run, "task", "link", first, "--after", first) == "ring"
    assert refused(run, "task", "reschedule", first, "--shift", "9") == "date_range"
    assert refused(run, "task", "reschedule", then, "--shift=-999999") == "date_range"
    answer(run, "task", "start", first)
    assert refused(run, "task", "done", first, "--version", "1") == "conflict"


def test_far_dates_and_long_titles_are_printed(run: Run) -> None:
    wide = new_task(run, description="长" * 500, due_on="9999-12-31")
    old = new_task(run, start_on="1900-01-01", due_on="1900-01-02")
    cards = board(run)
    assert cards[wide]["title"] == "长" * 500
    assert (cards[old]["shown"], cards[wide]["shown"]) == ("delayed", "not_started")
    listed = {row["number"]: row["status"] for row in answer(run, "task", "list")}
    assert listed == {wide: "not_started", old: "delayed"}
    for words in (("board",), ("list",), ("show", wide), ("proposals",), ("log", old)):
        status, out, err = run("task", *words)
        assert status == 0 and "Traceback" not in out + err
