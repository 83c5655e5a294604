"""Two processes on one database: who is here, what changed, and whose value stays."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL

from crm_tui import i18n
from crm_tui.i18n import tr
from tests.e2e.conftest import Installed
from tests.e2e.session import Session


@pytest.fixture(params=["sqlite", pytest.param("pg", marks=pytest.mark.pg)])
def session(request: pytest.FixtureRequest, installed: Installed) -> Iterator[Session]:
    """A desk with two agents of one department and a ticket between them."""
    place = ""
    if request.param == "pg":
        url: URL = request.getfixturevalue("pg_bare")
        place = url.render_as_string(hide_password=False)
    made = Session(installed, "en", name=f"two_{request.param}", database=place)
    made.two_agents()
    made.cli("ticket", "new", "--kind", "after_sales", "--channel", "phone", "--urgency", "normal",
             "--subject", "Printer smokes", "--description", "It smokes")  # fmt: skip
    i18n.use("en")
    yield made


@pytest.mark.timeout(400)
def test_presence_live_change_and_conflict_between_two_processes(session: Session) -> None:
    with session.screen("ana") as ana, session.screen("lin") as lin:
        for term in (ana, lin):
            term.wait("T-1", "Printer smokes")
            term.press("enter")
        # Each sees that the other has the ticket open.
        ana.wait(tr("Registered"), "\N{BLACK CIRCLE} L")
        lin.wait("\N{BLACK CIRCLE} A")
        # What one does is on the other's screen without a key.
        ana.press("m")
        ana.wait(tr("Dispatched"))
        lin.wait(tr("Dispatched"), "Ana")
        # Who writes an answer is seen to.
        ana.press("r")
        ana.wait(tr("Reply to the customer"))
        lin.wait("\N{LOWER RIGHT PENCIL} A")
        ana.press("escape")
        lin.wait("\N{BLACK CIRCLE} A")
        # Both edit the subject; the second to save sees both values and chooses.
        for term, more in ((ana, " badly"), (lin, " again")):
            term.press("e")
            term.wait(tr("Subject"), tr("Description"))
            term.press("tab", more)
            term.wait("smokes" + more)
        ana.press("ctrl+s")
        ana.wait("Printer smokes badly", gone=[tr("Appeal") + " "])
        lin.press("ctrl+s")
        theirs = tr("theirs: {value}   ctrl+y takes it").format(value="Printer smokes badly")
        lin.wait("Ana", "Printer smokes again", theirs)
        lin.press("ctrl+s")
        lin.wait("Printer smokes again", gone=[theirs])
        ana.wait("Printer smokes again")
    log = session.cli("audit", "verify")
    assert log["ok"] is True
    assert session.cli("ticket", "show", "1")["subject"] == "Printer smokes again"
