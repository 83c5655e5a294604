"""The ticket workflow: the table, each guard by its code, and tickets driven at random (R-123)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from crm_tui.domain import workflow
from crm_tui.domain.errors import RuleViolation
from crm_tui.domain.terms import Category
from crm_tui.domain.workflow import Facts, State

S = State
READY = Facts(
    S.REGISTERED,
    kind="complaint",
    department_set=True,
    owner_set=True,
    verified=True,
    solution_set=True,
    handling_basis_set=True,
    needs_approval=True,
    approval="approved",
    satisfaction="satisfied",
    cause_category_set=True,
    wait_reason_set=True,
)
"""A ticket that nothing holds back."""
ENDS = (S.CLOSED, S.CANCELLED, S.MERGED)


def code(facts: Facts, to: State) -> str | None:
    """Why the move is refused, or None; `check` must say the same."""
    found = workflow.refusal(facts, to)
    if found is None:
        workflow.check(facts, to)
        return None
    with pytest.raises(RuleViolation) as refused:
        workflow.check(facts, to)
    assert (refused.value.code, refused.value.field) == (found.code, "state")
    return found.code


@pytest.mark.req("R-123")
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("to", State)
def test_only_listed_moves_pass(state: State, to: State) -> None:
    listed = to in workflow.TRANSITIONS[state]
    assert code(replace(READY, state=state), to) == (None if listed else "transition_unknown")


@pytest.mark.req("R-123", "R-148", "R-149")
def test_the_table_is_that_of_the_closed_loop() -> None:
    complaint = (
        S.REGISTERED,
        S.DISPATCHED,
        S.ACCEPTED,
        S.SOLUTION_PROPOSED,
        S.APPROVED,
        S.EXECUTING,
        S.RESULT_FED_BACK,
        S.RESOLVED,
        S.CLOSED,
    )
    for state, to in pairwise(complaint):
        assert to in workflow.TRANSITIONS[state]
    # What needs no approval goes from accepted straight to the result (D-25).
    assert S.RESULT_FED_BACK in workflow.TRANSITIONS[S.ACCEPTED]
    # A dissatisfied answer returns to accepted.
    assert S.ACCEPTED in workflow.TRANSITIONS[S.RESULT_FED_BACK]

    def before(to: State) -> set[State]:
        return {s for s, targets in workflow.TRANSITIONS.items() if to in targets}

    assert before(S.REGISTERED) == set()
    assert before(S.RESOLVED) == {S.RESULT_FED_BACK}
    assert before(S.CLOSED) == {S.RESOLVED, S.RESULT_FED_BACK, S.WAITING_CUSTOMER}
    assert not before(S.EXECUTING) & {S.REGISTERED, S.DISPATCHED, *ENDS}
    for state in State:
        assert (workflow.TRANSITIONS[state] == ()) == (state in ENDS)
        if workflow.category(state) in (Category.NEW, Category.OPEN):
            assert S.WAITING_CUSTOMER in workflow.TRANSITIONS[state]


@pytest.mark.req("R-151")
def test_no_ticket_is_ever_stuck() -> None:
    for start in set(State) - set(ENDS):
        seen, edge = {start}, [start]
        while edge:
            for to in workflow.TRANSITIONS[edge.pop()]:
                if to not in seen:
                    seen.add(to)
                    edge.append(to)
        assert S.CLOSED in seen, start


HOLDS: tuple[tuple[State, State, dict[str, Any], str], ...] = (
    (S.REGISTERED, S.DISPATCHED, {"department_set": False}, "department_needed"),
    (S.REGISTERED, S.DISPATCHED, {"owner_set": False}, "owner_needed"),
    (S.REGISTERED, S.DISPATCHED, {"departments": 2}, "first_responsible_needed"),
    (S.DISPATCHED, S.ACCEPTED, {"department_set": False}, "department_needed"),
    (S.DISPATCHED, S.ACCEPTED, {"owner_set": False}, "owner_needed"),
    (S.DISPATCHED, S.ACCEPTED, {"departments": 2}, "first_responsible_needed"),
    (S.DISPATCHED, S.ACCEPTED, {"verified": False}, "verified_note_needed"),
    (S.ACCEPTED, S.SOLUTION_PROPOSED, {"needs_approval": False}, "no_approval_needed"),
    (S.ACCEPTED, S.SOLUTION_PROPOSED, {"solution_set": False}, "solution_needed"),
    (S.SOLUTION_PROPOSED, S.APPROVED, {"approval": "pending"}, "approval_needed"),
    (S.SOLUTION_PROPOSED, S.APPROVED, {"approval": "rejected"}, "approval_needed"),
    (S.APPROVED, S.EXECUTING, {"solution_set": False}, "solution_needed"),
    (S.SOLUTION_PROPOSED, S.EXECUTING, {"approval": "pending"}, "approval_needed"),
    (
        S.SOLUTION_PROPOSED,
        S.EXECUTING,
        {"approval": "pending", "executes_first": True},
        "approval_needed",
    ),
    (S.APPROVED, S.EXECUTING, {"delivery": True}, "customer_confirmation_needed"),
    (S.ACCEPTED, S.WAITING_CUSTOMER, {"wait_reason_set": False}, "wait_reason_needed"),
    (S.EXECUTING, S.WAITING_THIRD_PARTY, {"wait_reason_set": False}, "wait_reason_needed"),
    (S.ACCEPTED, S.RESULT_FED_BACK, {"approval": "none"}, "approval_needed"),
    (S.EXECUTING, S.RESULT_FED_BACK, {"solution_set": False}, "solution_needed"),
    (S.EXECUTING, S.RESULT_FED_BACK, {"handling_basis_set": False}, "handling_basis_needed"),
    (S.RESULT_FED_BACK, S.RESOLVED, {"satisfaction": "none"}, "satisfaction_needed"),
    (S.RESULT_FED_BACK, S.RESOLVED, {"satisfaction": "unsatisfied"}, "unsatisfied"),
    (S.RESULT_FED_BACK, S.RESOLVED, {"open_children": 1}, "open_children"),
    (S.RESULT_FED_BACK, S.CLOSED, {"satisfaction": "none"}, "satisfaction_needed"),
    (
        S.WAITING_CUSTOMER,
        S.CLOSED,
        {
            "satisfaction": "none",
            "close_reason": "customer_unreachable",
            "unreachable_attempts": 2,
        },
        "attempts_needed",
    ),
    (
        S.RESULT_FED_BACK,
        S.CLOSED,
        {
            "satisfaction": "unsatisfied",
            "close_reason": "customer_unreachable",
            "unreachable_attempts": 3,
        },
        "unsatisfied",
    ),
    (S.RESOLVED, S.CLOSED, {"cause_category_set": False}, "cause_category_needed"),
    (S.RESOLVED, S.CLOSED, {"open_children": 2}, "open_children"),
)
"""State, wanted state, what is missing, and the stable code that scripts and screens rely on."""


@pytest.mark.req("R-123", "R-133", "R-135", "R-146", "R-148", "R-149", "R-154")
@pytest.mark.parametrize(("state", "to", "missing", "wanted"), HOLDS)
def test_what_holds_a_move_back(
    state: State, to: State, missing: dict[str, Any], wanted: str
) -> None:
    ready = replace(READY, state=state)
    assert code(ready, to) is None
    held = replace(ready, **missing)
    assert code(held, to) == wanted
    (choice,) = (c for c in workflow.choices(held) if c.to is to)
    assert choice.refusal is not None and choice.refusal.code == wanted


@pytest.mark.parametrize(
    ("state", "to", "facts"),
    [
        # Urgent may execute first; the approval follows within its own limit (D-25).
        (
            S.ACCEPTED,
            S.EXECUTING,
            {"approval": "none", "urgency": "urgent", "executes_first": True},
        ),
        (S.ACCEPTED, S.RESULT_FED_BACK, {"needs_approval": False, "approval": "none"}),
        (S.APPROVED, S.EXECUTING, {"delivery": True, "customer_confirmed_solution": True}),
        (
            S.WAITING_CUSTOMER,
            S.CLOSED,
            {
                "satisfaction": "none",
                "close_reason": "customer_unreachable",
                "unreachable_attempts": 3,
            },
        ),
        (S.RESOLVED, S.CLOSED, {"kind": "praise", "cause_category_set": False}),
        (S.REGISTERED, S.DISPATCHED, {"departments": 2, "first_responsible_set": True}),
    ],
)
def test_what_lets_a_move_pass(state: State, to: State, facts: dict[str, Any]) -> None:
    assert code(replace(READY, state=state, **facts), to) is None


class Life(RuleBasedStateMachine):
    """A ticket driven at random: what must be true of each state it gets into (R-133 to R-150)."""

    def __init__(self) -> None:
        super().__init__()
        self.facts = Facts(S.REGISTERED, kind="complaint", needs_approval=True)
        self.refused: str | None = None

    @rule(
        name=st.sampled_from(
            [
                "department_set",
                "owner_set",
                "first_responsible_set",
                "verified",
                "solution_set",
                "handling_basis_set",
                "wait_reason_set",
                "cause_category_set",
                "customer_confirmed_solution",
                "delivery",
                "executes_first",
            ]
        ),
        value=st.sampled_from([True, True, True, False]),
    )
    def learn(self, name: str, value: bool) -> None:
        self.facts = replace(self.facts, **{name: value})  # type: ignore[arg-type]  # names of booleans

    @rule(approval=st.sampled_from(["none", "pending", "approved", "rejected"]))
    def decide(self, approval: str) -> None:
        self.facts = replace(self.facts, approval=approval)

    @rule(answer=st.sampled_from(["none", "satisfied", "unsatisfied"]))
    def answer(self, answer: str) -> None:
        self.facts = replace(self.facts, satisfaction=answer)

    @rule(count=st.integers(0, 4), reason=st.sampled_from(["", "customer_unreachable"]))
    def attempt(self, count: int, reason: str) -> None:
        self.facts = replace(self.facts, unreachable_attempts=count, close_reason=reason)

    @rule(departments=st.integers(1, 3), children=st.integers(0, 1))
    def grow(self, departments: int, children: int) -> None:
        self.facts = replace(self.facts, departments=departments, open_children=children)

    @rule(
        kind=st.sampled_from(["complaint", "consultation", "praise"]),
        urgency=st.sampled_from(["urgent", "normal"]),
    )
    def classify(self, kind: str, urgency: str) -> None:
        wanted = workflow.needs_approval(kind, urgency)
        self.facts = replace(self.facts, kind=kind, urgency=urgency, needs_approval=wanted)

    @precondition(lambda self: self.facts.state not in ENDS)
    @rule(data=st.data())
    def follow_the_table(self, data: st.DataObject) -> None:
        self._go(data.draw(st.sampled_from(workflow.TRANSITIONS[self.facts.state])))

    @rule(to=st.sampled_from(list(State)))
    def jump(self, to: State) -> None:
        self._go(to)

    def _go(self, to: State) -> None:
        before = self.facts
        self.refused = code(before, to)
        if to not in workflow.TRANSITIONS[before.state]:
            assert self.refused == "transition_unknown"
        if self.refused is None:
            self.facts = replace(before, state=to)
            self._entered(before)

    def _entered(self, before: Facts) -> None:
        facts = self.facts
        approved = not facts.needs_approval or facts.approval == "approved"
        first = facts.executes_first and facts.urgency == "urgent"
        must = {
            S.DISPATCHED: facts.department_set and facts.owner_set,
            S.ACCEPTED: facts.verified and facts.owner_set,
            S.SOLUTION_PROPOSED: facts.needs_approval and facts.solution_set,
            S.APPROVED: approved and facts.solution_set,
            S.EXECUTING: (approved or first)
            and facts.solution_set
            and (not facts.delivery or facts.customer_confirmed_solution),
            S.RESULT_FED_BACK: approved and facts.solution_set and facts.handling_basis_set,
            S.RESOLVED: facts.satisfaction == "satisfied" and not facts.open_children,
            S.CLOSED: facts.satisfaction != "unsatisfied" and not facts.open_children,
            S.WAITING_CUSTOMER: facts.wait_reason_set,
            S.WAITING_THIRD_PARTY: facts.wait_reason_set,
        }
        assert must.get(facts.state, True)
        if facts.state is S.CLOSED and facts.satisfaction == "none":
            assert facts.close_reason == "customer_unreachable"
            assert facts.unreachable_attempts >= 3
        if facts.state in (S.DISPATCHED, S.ACCEPTED) and facts.departments > 1:
            assert facts.first_responsible_set
        assert before.state not in ENDS

    @invariant()
    def the_next_step_is_allowed_or_says_what_is_missing(self) -> None:
        step = workflow.next_step(self.facts)
        if step.to is not None:
            assert workflow.refusal(self.facts, step.to) is None
        elif self.facts.state not in ENDS:
            assert step.missing

    @invariant()
    def choices_are_the_table(self) -> None:
        found = workflow.choices(self.facts)
        assert tuple(c.to for c in found) == workflow.TRANSITIONS[self.facts.state]


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=40)


def test_after_the_approval_comes_the_execution() -> None:
    facts = Facts(S.ACCEPTED, needs_approval=True, approval="approved", solution_set=True)
    assert workflow.next_step(facts).to is S.EXECUTING
    pending = replace(facts, approval="pending")
    assert workflow.next_step(pending).to is S.SOLUTION_PROPOSED
    plain = replace(facts, needs_approval=False, handling_basis_set=True)
    assert workflow.next_step(plain).to is S.RESULT_FED_BACK
    assert workflow.next_step(Facts(S.CLOSED)) == workflow.Step(None, ())


def test_the_last_moment_of_the_days_for_reopening_counts() -> None:
    ended = datetime(2024, 6, 3, 1, tzinfo=UTC)
    last = ended + timedelta(days=workflow.REOPEN_DAYS)
    assert workflow.may_reopen_as_same(ended, last)
    assert not workflow.may_reopen_as_same(ended, last + timedelta(microseconds=1))
    assert workflow.may_reopen_as_same(None, last)
