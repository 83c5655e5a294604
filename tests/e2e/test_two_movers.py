"""Two processes move one card: the second sees both values and chooses, and nothing is lost."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL

from crm_tui import i18n
from crm_tui.i18n import tr
from tests.e2e.conftest import Installed
from tests.e2e.session import Session


@pytest.fixture(params=["sqlite", pytest.param("pg", marks=pytest.mark.pg)])
def session(request: pytest.FixtureRequest, installed: Installed) -> Iterator[Session]:
    """A desk with two agents of one department and a task of both."""
    place = ""
    if request.param == "pg":
        url: URL = request.getfixturevalue("pg_bare")
        place = url.render_as_string(hide_password=False)
    made = Session(installed, "en", name=f"movers_{request.param}", database=place)
    made.two_agents()
    made.cli("task", "new", "--description", "Write the SOP", "--departments", "after_sales",
             "--owner", "ana", "--completion-standard", "Printed", login="ana")  # fmt: skip
    i18n.use("en")
    yield made


@pytest.mark.timeout(400)
@pytest.mark.req("R-204")
def test_the_second_to_move_a_card_sees_both_values_and_chooses(session: Session) -> None:
    with session.screen("ana") as ana, session.screen("lin") as lin:
        for term in (ana, lin):
            term.press("3")
            term.wait("Write the SOP", "0% Ana")
        # Lin is asked whether the standard is met; meanwhile Ana moves the card on.
        lin.press("s", "d")
        lin.wait("Printed", "Lin")
        ana.press("L")
        ana.wait("Under way", "Moved")
        lin.press("y")
        both = tr("theirs: {theirs}   yours: {yours}   {key} repeats yours")
        lin.wait("Ana", both.format(theirs="Under way", yours="Completed", key="."))
        kept = session.cli("task", "show", "1")
        assert kept["status"] == "in_progress"
        # Lin chooses their own after all, and is asked again.
        lin.press(".")
        lin.wait("Printed", "Lin confirms it")
        lin.press("y")
        lin.wait("Moved", "100% Ana")
        ana.wait("100% Ana")
    shown = session.cli("task", "show", "1")
    assert shown["status"] == "done"
    log = session.cli("task", "log", shown["number"])
    moves = [entry["status"] for entry in log if entry["status"]]
    assert moves == ["done", "in_progress"]
    assert session.cli("audit", "verify")["ok"] is True
