"""Tasks and risk cases from the command line."""

from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.words import answer, chinese, new_ticket, refused


def new_task(run: Run, **fields: str) -> str:
    """The number of a new task of root."""
    given = {
        "description": "Shorten the response time",
        "departments": "after_sales",
        "owner": "root",
        **fields,
    }
    words = [w for k, v in given.items() for w in (f"--{k.replace('_', '-')}", v)]
    return str(answer(run, "task", "new", *words)["number"])


def board(run: Run, *words: str) -> dict[str, Any]:
    """The cards of the board by number."""
    return {c["number"]: c for c in answer(run, "task", "board", *words)["cards"]}


@pytest.mark.req("R-204", "R-201")
def test_a_card_goes_over_the_board(run_on: Run) -> None:
    task = new_task(run_on, completion_standard="Answered in a day", due_on="2099-06-30")
    answer(run_on, "task", "start", task.lower())
    answer(run_on, "task", "progress", task, "--percent", "40", "--note", "first look")
    card = board(run_on)[task]
    assert (card["shown"], card["progress"]) == ("in_progress", 40)
    newest = answer(run_on, "task", "log", task)[0]
    assert (newest["progress"], newest["note"]) == (40, "first look")
    assert refused(run_on, "task", "done", task) == "standard_not_confirmed"
    delayed = ("task", "delay", task, "--due", "2099-07-31", "--reason", "parts")
    assert refused(run_on, *delayed[:-2], "--reason", " ") == "delay_needs_reason"
    answer(run_on, *delayed)
    assert board(run_on)[task]["original_due_on"] == "2099-06-30"
    answer(run_on, "task", "move", task, "--to", "done", "--standard-met")
    assert board(run_on)[task]["shown"] == "done"
    answer(run_on, "undo")
    assert board(run_on, "--filter", "status:delayed")[task]["shown"] == "delayed"
    assert refused(run_on, "task", "start", "XZ1999001") == "not_found"
    assert refused(run_on, "task", "start", task, "--version", "1") == "conflict"


def test_several_are_changed_and_ordered(run: Run) -> None:
    answer(run, "staff", "add", "ana", "--department", "after_sales")
    first, second, third = (new_task(run) for _ in range(3))
    answer(run, "task", "order", third, "--below", first, "--above", second)
    assert list(board(run)) == [first, third, second]
    answer(run, "task", "assign", first, second, "--to", "ana")
    assert {c["owner"] for n, c in board(run).items() if n != third} == {"ana"}
    answer(run, "task", "helpers", third, "--with", "ana")
    assert board(run)[third]["helpers"] == ["ana"]
    answer(run, "task", "helpers", third)
    assert board(run)[third]["helpers"] == []
    answer(run, "task", "hand-over", third, "--to", "product", "--to", "sales")
    assert len(board(run, "--filter", "dept:sales")[third]["departments"]) == 2
    assert refused(run, "task", "assign", first, "--to", "nobody") == "not_found"


@pytest.mark.req("R-206")
def test_delays_are_proposed_and_accepted(run: Run) -> None:
    first = new_task(run, start_on="2099-06-01", due_on="2099-06-05")
    second = new_task(run, start_on="2099-06-06", due_on="2099-06-08")
    answer(run, "task", "link", second, "--after", first)
    assert refused(run, "task", "link", first, "--after", second) == "ring"
    answer(run, "task", "baseline", first, second)
    answer(run, "task", "reschedule", first, "--stretch", "5")
    (move,) = answer(run, "task", "proposals")
    assert (move["card"]["number"], move["start_on"]) == (second, "2099-06-11")
    assert answer(run, "task", "proposals", second) == []
    status, out, _ = run("task", "proposals")
    assert status == 0 and second in out and "2099-06-11" in out
    answer(run, "task", "accept")
    assert board(run)[second]["due_on"] == "2099-06-13"
    assert board(run)[second]["baseline_due_on"] == "2099-06-08"
    status, _, err = run("task", "accept", "--lang", "zh")
    assert status == 0 and chinese(err)
    answer(run, "task", "unlink", second, "--after", first)
    answer(run, "task", "reschedule", second, "--shift=-20", "--start", "2099-01-01")
    assert board(run)[second]["start_on"] == "2099-01-01"


@pytest.mark.req("R-206")
def test_who_breaks_a_dependency_is_told_what_is_proposed(run_on: Run) -> None:
    run = run_on
    first = new_task(run, start_on="2099-06-01", due_on="2099-06-05")
    second = new_task(run, start_on="2099-06-06", due_on="2099-06-08")
    third = new_task(run, start_on="2099-06-09", due_on="2099-06-12")
    answer(run, "task", "link", third, "--after", second)
    assert answer(run, "task", "link", second, "--after", first)["broken"] == []
    told = answer(run, "task", "reschedule", first, "--stretch", "5")
    assert told["broken"] == [{"before": first, "after": second}]
    moved = {m["card"]["number"]: (m["start_on"], m["due_on"]) for m in told["proposals"]}
    assert moved == {
        second: ("2099-06-11", "2099-06-13"),
        third: ("2099-06-14", "2099-06-17"),
    }
    # Nothing has been moved yet.
    assert board(run)[second]["start_on"] == "2099-06-06"
    acts = (
        ("task", "reschedule", first, "--stretch", "1"),
        ("task", "change", first, "--due-on", "2099-06-20"),
        ("task", "delay", first, "--due", "2099-06-25", "--reason", "parts"),
    )
    for language in ("en", "zh"):
        for words in acts:
            status, out, err = run(*words, "--lang", language)
            assert status == 0, err
            assert first in out
            assert first in err.splitlines()[0] and second in err.splitlines()[0]
            assert "crm-tui task accept" in err and third in err
            assert chinese(err) == (language == "zh")
            answer(run, "undo")
    answer(run, "task", "accept")
    assert answer(run, "task", "reschedule", second, "--shift", "0")["broken"] == []


def test_a_task_is_shown_changed_and_archived_by_its_number(run: Run) -> None:
    task = new_task(run)
    shown = answer(run, "task", "show", task.lower())
    assert shown == answer(run, "task", "show", str(shown["id"]))
    answer(run, "task", "change", task, "--remark", "by number")
    assert answer(run, "task", "show", task)["remark"] == "by number"
    answer(run, "task", "archive", task)
    assert task not in board(run)
    assert refused(run, "task", "show", "XZ1999001") == "not_found"


@pytest.mark.req("R-204")
def test_limits_are_shown_and_set(run: Run) -> None:
    task = new_task(run)
    answer(run, "task", "limits", "--status", "in_progress", "--most", "1")
    answer(run, "task", "limits", "--status", "in_progress", "--department", "sales", "--most", "2")
    assert answer(run, "task", "limits") == [
        {"status": "in_progress", "department": None, "most": 1},
        {"status": "in_progress", "department": "sales", "most": 2},
    ]
    status, out, _ = run("task", "limits", "--lang", "zh")
    assert status == 0 and "销售" in out
    answer(run, "task", "start", task)
    assert refused(run, "task", "start", new_task(run)) == "wip_limit"
    status, out, _ = run("task", "board")
    assert status == 0 and "(1/1)" in out
    answer(run, "task", "limits", "--status", "in_progress", "--none")
    assert len(answer(run, "task", "limits")) == 1
    for wrong in (("--most", "3"), ("--status", "delayed"), ("--department", "sales")):
        assert refused(run, "task", "limits", *wrong, status=2) == "usage"


@pytest.mark.req("R-093")
def test_tasks_are_made_from_tickets_interactions_and_items(run: Run) -> None:
    ticket = new_ticket(run)
    card = answer(run, "task", "from-ticket", ticket, "--departments", "sales")
    assert card["ticket_number"] == 1
    assert refused(run, "task", "from-ticket", ticket, "--departments", "sales") == "made_already"
    answer(run, "customer", "new", "--name", "Acme")
    call = ("--customer", "Acme", "--occurred-on", "2024-06-01", "--channel", "phone")
    made = answer(
        run, "interaction", "new", *call, "--topic", "t", "--follow-up-action", "train them"
    )
    card = answer(run, "task", "from-interaction", str(made["id"]), "--departments", "sales")
    assert card["title"] == "train them"
    item = answer(run, "checklist", "new", "--ticket", ticket, "--text", "order parts")
    status, out, _ = run("task", "from-item", str(item["id"]), "--departments", "sales")
    assert status == 0 and out.strip().startswith("XZ")


@pytest.mark.req("R-209")
def test_a_risk_case_is_opened_and_closed_with_a_result(run: Run) -> None:
    task = new_task(run)
    case = answer(run, "risk", "open", task, "--cause", "supplier is silent")["id"]
    assert refused(run, "risk", "open", task, "--cause", "again") == "risk_open"
    assert refused(run, "risk", "close", str(case), "--result", " ") == "result_needed"
    answer(run, "risk", "close", str(case), "--result", "another delivers")
    assert answer(run, "risk", "show", str(case))["state"] == "closed"
    status, out, _ = run("risk", "open", task, "--cause", "x")
    assert status == 0 and out.strip().isdecimal()


def test_an_empty_board_says_so(run: Run) -> None:
    status, out, err = run("task", "board", "--lang", "zh")
    assert (status, out) == (0, "") and chinese(err)
    assert refused(run, "task", "board", "--filter", "colour:red") == "bad_filter"
    task = new_task(run, due_on="2020-01-01")
    status, out, _ = run("task", "board", "--lang", "zh", "--sort=-due_on")
    assert status == 0 and "延期 (1)" in out and "已逾期" in out
    answer(run, "task", "progress", task, "--note", "asked again")
    status, out, _ = run("task", "log", task)
    assert status == 0 and "asked again" in out
