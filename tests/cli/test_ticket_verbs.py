"""Every verb on tickets from the command line, by JSON and by exit status (R-316)."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.words import answer, new_ticket, refused


@pytest.fixture
def desk(run: Run) -> Run:
    """A department with an agent and its head."""
    answer(run, "staff", "add", "ana", "--name", "Ana", "--department", "after_sales")
    answer(run, "staff", "add", "lin", "--department", "after_sales", "--role", "manager")
    answer(run, "department", "head", "after_sales", "lin")
    return run


def shown(run: Run, number: str) -> Any:
    """The whole ticket."""
    return answer(run, "ticket", "show", number)


def accepted(run: Run, **fields: str) -> str:
    """A ticket that ana works on."""
    number = new_ticket(run, **fields)
    answer(run, "ticket", "take", number, "--as", "ana")
    answer(
        run,
        "ticket",
        "status",
        number,
        "--to",
        "accepted",
        "--verified-note",
        "seen",
        "--as",
        "ana",
    )
    return number


@pytest.mark.req("R-316", "R-123", "R-149")
def test_the_loop_verb_by_verb(desk: Run) -> None:
    number = accepted(desk)
    ana = ("--as", "ana")
    answer(desk, "ticket", "reply", number, "--text", "We look into it", *ana)
    answer(desk, "ticket", "clarify", number, "--text", "model 7", *ana)
    answer(desk, "ticket", "propose", number, "--text", "exchange it", "--type", "exchange", *ana)
    assert refused(desk, "ticket", "approve", number, *ana) in (
        "approver_is_proposer",
        "head_needed",
    )
    answer(desk, "ticket", "reject", number, "--reason", "too dear", "--as", "lin")
    answer(desk, "ticket", "propose", number, "--text", "exchange it", "--type", "exchange", *ana)
    answer(desk, "ticket", "approve", number, "--as", "lin")
    assert refused(desk, "ticket", "resolve", number, *ana) == "customer_confirmation_needed"
    answer(desk, "ticket", "confirm", number, *ana)
    answer(desk, "ticket", "resolve", number, *ana)
    assert shown(desk, number)["state"] == "executing"
    answer(desk, "ticket", "feedback", number, "--text", "Done", "--basis", "warranty", *ana)
    assert refused(desk, "ticket", "close", number, *ana) == "satisfaction_needed"
    answer(desk, "ticket", "attempt", number, "--channel", "phone", "--text", "busy", *ana)
    answer(desk, "ticket", "satisfy", number, "--yes", "--score", "5", "--comment", "good", *ana)
    answer(desk, "ticket", "close", number, "--cause", "tool_lacking", *ana)
    done = shown(desk, number)
    assert (done["state"], done["fields"]["solution_type"]) == ("closed", "exchange")
    answer(desk, "ticket", "reopen", number, "--reason", "broken again", *ana)
    assert shown(desk, number)["fields"]["reopen_count"] == 1
    entries = answer(desk, "ticket", "history", number)
    assert [e["text"] for e in entries if e["kind"] == "public"][:2] == [
        "It smokes",
        "We look into it",
    ]
    only = answer(desk, "ticket", "history", number, "--messages", "--limit", "1")
    assert len(only) == 1
    assert answer(desk, "audit", "verify")["ok"] is True


def test_moves_between_people_and_departments(desk: Run) -> None:
    number = accepted(desk)
    answer(desk, "ticket", "assign", number, "--to", "lin")
    assert shown(desk, number)["owner"] == "lin"
    answer(desk, "ticket", "assign", number, "--nobody")
    assert shown(desk, number)["owner"] == ""
    answer(desk, "ticket", "transfer", number, "--to", "product", "--reason", "a product matter")
    answer(desk, "ticket", "accept", number)
    assert refused(desk, "ticket", "accept", number) == "no_handover"
    assert shown(desk, number)["department"] == "product"
    answer(desk, "ticket", "escalate", number, "--reason", "stuck", "--level", "3")
    assert shown(desk, number)["escalation_level"] == 3
    answer(desk, "ticket", "watch", number)
    answer(desk, "ticket", "watch", number, "--off")


def test_fields_tags_waits_and_dues(desk: Run) -> None:
    number = accepted(desk)
    answer(desk, "ticket", "edit", number, "--subject", "Other", "--appeal", "money back")
    answer(desk, "ticket", "tag", number, "--add", "vip", "--add", "printer")
    answer(desk, "ticket", "tag", number, "--remove", "vip")
    answer(desk, "ticket", "priority", number, "--to", "low", "--reason", "calm")
    answer(desk, "ticket", "wait", number, "--reason", "serial number", "--until", "+2d")
    found = shown(desk, number)
    assert (found["subject"], found["tags"], found["urgency"]) == ("Other", ["printer"], "low")
    assert found["state"] == "waiting_customer" and found["fields"]["pending_until"]
    answer(desk, "ticket", "heard", number, "--text", "here it is: 42")
    assert shown(desk, number)["state"] == "accepted"
    answer(desk, "ticket", "due", number, "--limit", "clarify", "--at", "+5d", "--reason", "agreed")
    clocks = {c["kind"]: c for c in shown(desk, number)["clocks"]}
    assert clocks["clarify"]["pinned"] is True
    assert (
        refused(desk, "ticket", "due", number, "--limit", "lunch", "--at", "+1d", "--reason", "x")
        == "invalid"
    )
    status, _, err = desk(
        "ticket", "due", number, "--limit", "clarify", "--at", "never", "--reason", "x"
    )
    assert status == 1 and "never" in err


def test_links_parents_and_merges(desk: Run) -> None:
    one, two, three = (new_ticket(desk) for _ in range(3))
    answer(desk, "ticket", "link", one, "--to", two, "--kind", "duplicate")
    assert [x["number"] for x in shown(desk, one)["links"]] == [two]
    answer(desk, "ticket", "unlink", one, "--to", two, "--kind", "duplicate")
    assert shown(desk, one)["links"] == []
    answer(desk, "ticket", "parent", one, "--to", three)
    answer(desk, "ticket", "parent", one, "--none")
    answer(desk, "ticket", "merge", one, "--into", two)
    assert shown(desk, one)["state"] == "merged"
    assert refused(desk, "ticket", "take", one) == "merged"
    answer(desk, "undo")
    assert shown(desk, one)["state"] == "registered"
    answer(desk, "redo")
    assert shown(desk, one)["state"] == "merged"
    answer(desk, "ticket", "cancel", three, "--reason", "double")
    assert answer(desk, "ticket", "counts") == {"cancelled": 1, "merged": 1, "registered": 1}


def test_files_are_attached_and_texts_read_from_files(desk: Run, tmp_path: Path) -> None:
    number = accepted(desk)
    text = tmp_path / "text.txt"
    text.write_text("多行\n文本", encoding="utf-8")
    answer(desk, "ticket", "note", number, "--file", str(text))
    answer(desk, "ticket", "progress", number, "--text", "The part is on its way")
    answer(desk, "ticket", "attach", number, str(text))
    found = shown(desk, number)
    assert [a["file_name"] for a in found["attachments"]] == ["text.txt"]
    notes = [e for e in answer(desk, "ticket", "history", number) if e["kind"] == "note"]
    assert notes[0]["text"] == "多行\n文本"
    assert refused(desk, "ticket", "attach", number, str(tmp_path / "none")) != ""
    assert refused(desk, "ticket", "note", number, "--file", str(tmp_path / "none")) != ""


def test_a_closing_without_answer_takes_three_attempts(desk: Run) -> None:
    number = accepted(desk, kind="suggestion", department="after_sales", reason="ours")
    answer(
        desk,
        "ticket",
        "feedback",
        number,
        "--text",
        "Thank you",
        "--basis",
        "none needed",
        "--as",
        "ana",
    )
    unreachable = ("ticket", "close", number, "--reason", "customer_unreachable", "--as", "ana")
    for _ in range(3):
        assert refused(desk, *unreachable) == "attempts_needed"
        answer(desk, "ticket", "attempt", number, "--channel", "phone", "--as", "ana")
    answer(desk, *unreachable)
    assert shown(desk, number)["state"] == "closed"


def test_urgent_is_acknowledged_and_inboxes_are_worked_off(desk: Run) -> None:
    number = new_ticket(desk, urgency="urgent")
    rows = answer(desk, "notifications", "list", "--as", "lin")
    inbox = rows["notifications"] if isinstance(rows, dict) else rows
    assert inbox, rows
    first = str(inbox[0]["id"])
    answer(desk, "notifications", "read", first, "--as", "lin")
    answer(desk, "notifications", "acknowledge", first, "--as", "lin")
    clocks = {c["kind"]: c for c in shown(desk, number)["clocks"]}
    assert clocks["acknowledge"]["state"] == "met"
    answer(
        desk, "notifications", "snooze", first, "--hours", "2", "--reason", "later", "--as", "lin"
    )
    answer(desk, "notifications", "dismiss", first, "--reason", "done", "--as", "lin")
    other = new_ticket(desk, urgency="urgent")
    answer(desk, "ticket", "acknowledge", other, "--as", "lin")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.req("R-317", "R-318")
def test_plain_answers_in_both_languages(desk: Run, language: str) -> None:
    number = accepted(desk)
    desk("ticket", "reply", number, "--text", "Hello", "--as", "ana")
    words = {"en": ("In progress", "First response"), "zh": ("处理中", "首次响应")}[language]
    for command in (
        ("ticket", "list"),
        ("ticket", "show", number),
        ("ticket", "show", number, "--history"),
        ("ticket", "history", number),
        ("ticket", "explain", number),
        ("ticket", "counts"),
        ("ticket", "kinds"),
        ("sla", "process"),
        ("sla", "policy"),
        ("calendar", "list"),
        ("staff", "list"),
        ("department", "list"),
        ("team", "list"),
        ("notifications", "list"),
        ("audit", "list", "--ticket", number),
        ("audit", "verify"),
        ("db", "stats"),
        ("db", "check"),
        ("config", "places"),
        ("config", "check"),
        ("search", "smoke"),
        ("tick",),
        (
            "ticket",
            "new",
            "--preview",
            "--kind",
            "praise",
            "--channel",
            "phone",
            "--subject",
            "s",
            "--description",
            "d",
        ),
        ("ticket", "priority", number, "--to", "low"),
        ("undo",),
        ("redo",),
    ):
        status, out, err = desk(*command, "--lang", language)
        assert status == 0, (command, err, out)
        assert (out + err).strip(), command
        assert "{" not in out, command
    _, out, _ = desk("ticket", "show", number, "--lang", language)
    assert all(w in out for w in words), out


def test_several_at_once_are_partly_refused(desk: Run) -> None:
    one, two = new_ticket(desk), new_ticket(desk)
    answer(desk, "ticket", "cancel", two, "--reason", "double")
    status, out, _ = desk("ticket", "take", one, two, "--json")
    assert status == 1
    assert shown(desk, one)["owner"] != ""
    assert "cancelled" in out


def test_kinds_are_chosen_by_the_administrator(desk: Run) -> None:
    assert "rescue" not in answer(desk, "ticket", "kinds")
    assert "rescue" in answer(desk, "ticket", "kinds", "--set", "complaint,rescue")
    assert refused(desk, "ticket", "kinds", "--set", "rant") == "invalid"
    assert refused(desk, "ticket", "kinds", "--set", "praise", "--as", "ana") == "role_needed"
