"""Risk cases of tasks."""

from datetime import date

import pytest

from crm_tui.domain.errors import Conflict
from tests.services.conftest import Desk
from tests.services.test_tasks import card, code, make, undo


@pytest.mark.req("R-209")
def test_a_case_closes_only_with_its_result(desk: Desk) -> None:
    task = make(desk)
    risks, ana = desk.services.risks, desk.actor("ana")
    case = risks.open(
        task,
        {"cause": "supplier is silent", "response_measure": "ask another", "due_on": "2024-06-10"},
        actor=ana,
    ).one()
    (shown,) = risks.of(task, actor=ana)
    assert (shown.cause, shown.response_measure, shown.owner, shown.due_on, shown.state) == (
        "supplier is silent",
        "ask another",
        "Ana",
        date(2024, 6, 10),
        "open",
    )
    assert card(desk, task).risk_open
    assert code(risks.close([case], "  ", actor=ana)) == "result_needed"
    by_form = desk.services.registers.change("risk_case", case, {"state": "closed"}, actor=ana)
    assert code(by_form) == "result_needed"
    assert card(desk, task).risk_open
    risks.close([case], "the other one delivers", actor=ana).one()
    assert not card(desk, task).risk_open
    assert risks.of(task, actor=ana)[0].result == "the other one delivers"
    assert code(risks.close([case], "again", actor=ana)) == "closed"
    undo(desk)
    assert card(desk, task).risk_open


@pytest.mark.req("R-209")
def test_a_task_has_one_open_case_and_a_cause(desk: Desk) -> None:
    task = make(desk)
    risks, registers, ana = desk.services.risks, desk.services.registers, desk.actor("ana")
    assert code(risks.open(task, {}, actor=ana)) == "required"
    first = risks.open(task, {"cause": "one"}, actor=ana).one()
    assert code(risks.open(task, {"cause": "two"}, actor=ana)) == "risk_open"
    assert registers.change("risk_case", first, {"cause": "one and a half"}, actor=ana).done
    risks.close([first], "solved", actor=ana).one()
    risks.open(task, {"cause": "two"}, actor=ana).one()
    reopened = registers.change("risk_case", first, {"state": "open"}, actor=ana)
    assert code(reopened) == "risk_open"
    assert code(risks.open(999, {"cause": "x"}, actor=ana)) == "not_found"


def test_who_closes_a_case(desk: Desk) -> None:
    task = make(desk, helper_ids=["pat"])
    risks, ana = desk.services.risks, desk.actor("ana")
    case = risks.open(task, {"cause": "x"}, actor=ana).one()
    version = risks.of(task, actor=ana)[0].version
    foreign = make(desk)
    other = risks.open(foreign, {"cause": "x"}, actor=ana).one()
    pat = desk.actor("pat")
    assert code(risks.close([other], "done", actor=pat)) == "other_department"
    assert code(risks.open(foreign, {"cause": "y"}, actor=pat)) == "other_department"
    desk.services.registers.change("risk_case", case, {"cause": "y"}, actor=ana)
    stale = risks.close([case], "done", actor=pat, expected={case: version})
    assert isinstance(stale.refused[0].error, Conflict)
    assert risks.close([case], "done", actor=pat).done
