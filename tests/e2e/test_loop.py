"""A complaint from the telephone call to its confirmed closing, by keys, on the installed wheel."""

from collections.abc import Iterator

import pytest

from crm_tui import i18n
from crm_tui.i18n import tr
from tests.e2e.conftest import Installed
from tests.e2e.session import Session

WORDS = {
    "en": ("Printer smokes", "It smokes when it starts", "New printer", "warranty 4.1"),
    "zh": ("打印机冒烟", "开机时冒烟，有焦味", "更换新打印机", "保修条款4.1"),
}


@pytest.fixture(params=["en", "zh"])
def session(request: pytest.FixtureRequest, installed: Installed) -> Iterator[Session]:
    """A desk with an agent, the head of the department and a customer."""
    made = Session(installed, request.param)
    made.cli("db", "init", "--admin", "root")
    made.cli("staff", "add", "ana", "--name", "Ana", "--department", "after_sales")
    made.cli(
        "staff", "add", "lin", "--name", "Lin", "--department", "after_sales", "--role", "manager"
    )
    made.cli("department", "head", "after_sales", "lin")
    made.cli("customer", "new", "--name", "东湖软件有限公司")
    i18n.use(request.param)
    yield made
    i18n.use("en")


@pytest.mark.req("R-317", "R-318", "R-149")
@pytest.mark.timeout(400)
def test_a_complaint_from_call_to_closing_by_keys(session: Session) -> None:
    subject, description, solution, basis = WORDS[session.language]
    with session.screen("ana") as term:
        term.wait(tr("Queue"), "ana" if term.screen.columns >= 100 else "LIST"[:0])
        term.press("n")
        term.wait(tr("Whose call? name, pinyin, phone, number"))
        term.press("donghu")
        term.wait("东湖软件有限公司")
        term.press("enter")
        # The limits are previewed before anything is saved.
        term.wait(tr("New ticket"), tr("First response"))
        term.press("tab", "tab", subject, "tab", description, "ctrl+s")
        term.wait("T-1", subject, tr("Registered"), description, gone=[tr("New ticket")])
        term.press("m")
        term.wait(tr("Dispatched"))
        term.press("s")
        term.wait(tr("In progress"))
        term.press("a")
        term.wait(tr("What did you verify?"))
        term.press("ok", "enter")
        term.wait(tr("In progress"), gone=[tr("What did you verify?")])
        term.press("r")
        term.wait(tr("Reply to the customer"))
        term.press("We look into it", "ctrl+s")
        term.wait("We look into it", gone=[tr("ctrl+s send  esc keep draft")])
        term.press("P")
        term.wait(tr("Type of solution"))
        term.press("r")
        term.wait(tr("What is the solution?"))
        term.press(solution, "enter")
        term.wait(tr("To approve"))

    with session.screen("lin") as term:
        term.wait(tr("Inbox"))
        term.press("6")
        term.wait("T-1")
        term.press("G", "enter")
        term.wait(subject, tr("To approve"))
        term.press("A")
        term.wait(solution, tr("Approve"))
        term.press("y")
        term.wait(tr("Solution approved"))

    with session.screen("ana") as term:
        term.wait("T-1", subject)
        term.press("enter")
        term.wait(tr("Solution approved"))
        term.press("x")
        term.wait(tr("Executing"))
        term.press("R")
        term.wait(tr("What is the handling basis?"))
        term.press(basis, "enter")
        term.wait(tr("Result to the customer"))
        term.press("Done", "ctrl+s")
        term.wait(tr("Result told"), "Done")
        term.press("S")
        term.wait(tr("Is the customer satisfied?"))
        term.press("y")
        term.wait(tr("What did the customer say? (may be empty)"))
        term.press("enter")
        term.wait(tr("Resolved"))
        term.press("Q")
        term.wait(tr("Cause of the complaint"))
        term.press("3")
        term.wait(tr("Closed"))

    shown = session.cli("ticket", "show", "T-1", login="ana")
    assert (shown["state"], shown["fields"]["cause_category"]) == ("closed", "tool_lacking")
    assert shown["fields"]["solution"] == solution
    assert shown["fields"]["handling_basis"] == basis
    assert not [c for c in shown["clocks"] if c["state"] == "running" and c["kind"] != "follow_up"]
    assert [s["state"] for s in shown["checklist"]] == ["done"] * 5
    audit = session.installed.run("db", "verify-audit", LOGNAME="root", **session.more)
    assert audit.returncode == 0, audit.stderr
