"""Who writes tasks, risk cases, goals, answers and targets: below an agent nobody, and no stranger (R-300)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from crm_tui.domain.errors import DomainError
from crm_tui.services.result import Result
from tests.services.conftest import Desk
from tests.services.goal_desk import goal, running
from tests.services.test_tasks import make

ANSWER = {
    "survey": "csat",
    "respondent": "W",
    "channel": "phone",
    "scale_low": 1,
    "scale_high": 5,
    "answer": 4,
    "evidence": "form 7",
}


def verbs(desk: Desk, login: str) -> dict[str, Callable[[], Any]]:
    """Every verb on records of the after-sales department, as somebody of another one or a viewer."""
    services, actor = desk.services, desk.actor(login)
    tasks, risks, goals = services.tasks, services.risks, services.goals
    root, pat = desk.actor("root"), desk.actor("pat").staff_id
    first, second, third = make(desk), make(desk), make(desk)
    tasks.link(first, second, actor=root).one()
    tasks.reschedule([first], due_on=date(2024, 6, 20), start_on=date(2024, 6, 10), actor=root)
    tasks.reschedule([second], due_on=date(2024, 6, 12), start_on=date(2024, 6, 11), actor=root)
    case = risks.open(third, {"cause": "c"}, actor=desk.actor("lee")).one()
    owned = {"owner_id": "lee"}
    draft, live = goal(desk, **owned), running(desk, **owned)
    proposed = tasks.proposals(actor=root)
    assert proposed
    answered = {**ANSWER, "answered_at": desk.now, "collector_id": desk.actor("ana").staff_id}
    answer = services.registers.create("survey_answer", answered, actor=desk.actor("ana"))
    return {
        "move": lambda: tasks.move([first], "done", actor=actor, standard_met=True),
        "reorder": lambda: tasks.reorder(second, third, None, actor=actor),
        "progress": lambda: tasks.progress([first], 10, actor=actor),
        "reschedule": lambda: tasks.reschedule([first], end_days=1, actor=actor),
        "assign": lambda: tasks.assign([first], pat, actor=actor),
        "helpers": lambda: tasks.helpers([first], [pat], actor=actor),
        "hand over": lambda: tasks.hand_over([first], [1], actor=actor),
        "priority": lambda: tasks.priority([first], "high", actor=actor),
        "goal": lambda: tasks.goal([first], live, actor=actor),
        "edit": lambda: tasks.edit(first, {"remark": "x"}, actor=actor),
        "change": lambda: tasks.change([first], {"remark": "x"}, actor=actor),
        "link": lambda: tasks.link(second, third, actor=actor),
        "unlink": lambda: tasks.unlink(first, second, actor=actor),
        "accept": lambda: tasks.accept(proposed, actor=actor),
        "baseline": lambda: tasks.set_baseline([first], actor=actor),
        "open a risk case": lambda: risks.open(first, {"cause": "x"}, actor=actor),
        "close a risk case": lambda: risks.close([case], "over", actor=actor),
        "measure": lambda: goals.measure(live, "12", actor=actor, source="log"),
        "activate": lambda: goals.activate(draft, actor=actor),
        "review": lambda: goals.review(live, actor=actor, gap_analysis="g"),
        "close a goal": lambda: goals.close(draft, "cancelled", actor=actor, reason="r"),
        "correct an answer": lambda: services.surveys.correct(
            answer, {"answer": 5}, "misheard", actor=actor
        ),
        "limit": lambda: tasks.set_limit("in_progress", None, 3, actor=actor),
        "target": lambda: services.figures.set_target("csat", Decimal(90), actor=actor),
    }


OF_NO_DEPARTMENT = frozenset({"limit", "target"})
"""Hung on the role of a lead alone."""
REFUSALS = frozenset({"role_needed", "other_department", "assign_needs_lead"})


def refusal(act: Callable[[], Any]) -> str:
    """The code with which an act is refused as a whole, or nothing."""
    try:
        result = act()
    except DomainError as error:
        return error.code
    if not isinstance(result, Result) or result.done:
        return ""
    (code,) = {o.error.code for o in result.refused if o.error is not None}
    return code


@pytest.mark.req("R-300", "R-198", "R-209")
@pytest.mark.parametrize(
    ("role", "department"), [("viewer", "after_sales"), ("agent", "product"), ("lead", "product")]
)
def test_neither_a_viewer_nor_a_stranger_writes(desk: Desk, role: str, department: str) -> None:
    root = desk.actor("root")
    desk.services.org.add_staff("zoe", "Zoe", role=role, department=department, actor=root)
    acts = verbs(desk, "zoe")
    before = desk.services.audit.last_seq()
    for name, act in acts.items():
        if role != "lead" or name not in OF_NO_DEPARTMENT:
            assert refusal(act) in REFUSALS, name
            assert desk.services.audit.last_seq() == before, name
