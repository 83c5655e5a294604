"""What agents keep at hand, from the command line: canned texts, macros, time, checklists, splits."""

from tests.cli.conftest import Run
from tests.cli.words import answer, new_ticket, refused


def test_tools_are_records_like_others(run: Run) -> None:
    number = new_ticket(run)
    answer(run, "canned", "new", "--name", "hello", "--body", "Dear {{customer.name}}")
    answer(run, "view", "new", "--name", "late", "--text", "queue is:open breached:yes")
    answer(run, "time", "new", "--ticket", number, "--minutes", "30", "--day", "2024-06-03")
    answer(run, "checklist", "new", "--ticket", number, "--text", "ask the vendor")
    for noun in ("canned", "view", "time", "checklist"):
        assert len(answer(run, noun, "list")) == 1, noun
    item = answer(run, "checklist", "list")[0]
    answer(run, "checklist", "change", str(item["id"]), "--done", "yes")
    assert answer(run, "checklist", "show", str(item["id"]))["done"] is True


def test_a_macro_runs_from_the_command_line(run: Run) -> None:
    number = new_ticket(run)
    answer(run, "macro", "new", "--name", "mine", "--steps", "take\ntag +vendor")
    answer(run, "ticket", "macro", number, "--name", "mine")
    assert "vendor" in answer(run, "ticket", "show", number)["tags"]
    answer(run, "undo")
    assert "vendor" not in answer(run, "ticket", "show", number)["tags"]
    assert refused(run, "ticket", "macro", number, "--name", "absent") == "not_found"


def test_a_ticket_is_split_and_copied(run: Run) -> None:
    number = new_ticket(run)
    answer(run, "ticket", "duplicate", number)
    assert len(answer(run, "ticket", "list")) == 2
    words = ("ticket", "split", number, "--subject", "Scanner", "--message", "99")
    assert refused(run, *words)
    assert len(answer(run, "ticket", "list")) == 2
