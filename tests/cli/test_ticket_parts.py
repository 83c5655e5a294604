"""Acts that take more along: reasons, progress notes, which proposal, splits and copies."""

import pytest

from tests.cli.conftest import Run
from tests.cli.test_ticket_verbs import accepted, desk, shown
from tests.cli.words import answer, new_ticket, refused

__all__ = ["desk"]


@pytest.mark.req("R-158")
def test_an_assignment_says_why(desk: Run) -> None:
    number = new_ticket(desk)
    answer(desk, "ticket", "assign", number, "--to", "ana", "--reason", "customer request")
    entries = answer(desk, "ticket", "history", number)
    assert "customer request" in [e["reason"] for e in entries]


@pytest.mark.req("R-125", "R-316")
def test_a_ticket_is_split_and_copied(desk: Run) -> None:
    number = accepted(desk)
    answer(desk, "ticket", "heard", number, "--text", "the fan too")
    history = answer(desk, "ticket", "history", number)
    (key,) = [e["id"] for e in history if e["text"] == "the fan too"]
    answer(desk, "ticket", "split", number, "--message", str(key), "--subject", "Fan")
    answer(desk, "ticket", "duplicate", number)
    made = answer(desk, "ticket", "list", "--sort", "number")
    assert [t["subject"] for t in made][1:] == ["Fan", shown(desk, number)["subject"]]
    assert refused(desk, "ticket", "split", number, "--message", str(key), "--subject", "Fan")
    answer(desk, "undo")
    assert shown(desk, made[2]["number"])["state"] == "cancelled"


@pytest.mark.req("R-113", "R-148")
def test_of_two_proposals_one_is_decided_by_name(desk: Run) -> None:
    given = ("--kind", "complaint", "--channel", "phone", "--subject", "S", "--description", "D")
    number = answer(desk, "ticket", "new", *given, "--safety-risk")["number"]
    answer(desk, "ticket", "take", number, "--as", "ana")
    answer(
        desk, "ticket", "status", number, "--to", "accepted", "--verified-note", "x", "--as", "ana"
    )
    answer(desk, "ticket", "priority", number, "--to", "low", "--reason", "calm", "--as", "ana")
    answer(desk, "ticket", "propose", number, "--text", "Mend it", "--as", "ana")
    answer(desk, "ticket", "approve", number, "--purpose", "downgrade", "--as", "lin")
    assert (shown(desk, number)["urgency"], shown(desk, number)["state"]) == (
        "low",
        "solution_proposed",
    )


@pytest.mark.req("R-140")
def test_a_progress_note_goes_with_the_act(desk: Run) -> None:
    number = accepted(desk)
    words = ("--reason", "he looks for the bill", "--progress", "We wait for your bill")
    answer(desk, "ticket", "wait", number, *words, "--as", "ana")
    answer(
        desk, "ticket", "edit", number, "--subject", "Bill", "--progress", "Found", "--as", "ana"
    )
    told = [e["text"] for e in answer(desk, "ticket", "history", number)]
    assert "We wait for your bill" in told and "Found" in told


def test_histories_say_which_record_and_ticket(run: Run) -> None:
    customer = answer(run, "customer", "new", "--name", "Works")["number"]
    number = new_ticket(run, customer=customer)
    answer(run, "ticket", "take", number)
    answer(
        *(run, "order", "new", "--customer", customer, "--ordered-on", "2024-05-02"),
        *("--amount", "100"),
    )
    _, own, _ = run("ticket", "history", number)
    heads = [line for line in own.splitlines() if not line.startswith(" ")]
    assert heads and not any(number in line for line in heads)
    _, whole, _ = run("customer", "history", customer)
    heads = [line for line in whole.splitlines() if not line.startswith(" ")]
    assert any("assigned" in line and line.endswith(number) for line in heads)
    assert any("  Order  added  " in line for line in heads)
    about = {e["about"] for e in answer(run, "customer", "history", customer)}
    assert {"customer", "order", None} <= about
