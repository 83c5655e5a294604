"""The ticket workflow: one transition table, guards with stable reason codes (R-123, R-133 to R-156)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from crm_tui.domain.errors import RuleViolation
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.terms import Category, TicketState

State = TicketState
S = TicketState

CATEGORIES: Final[Mapping[State, Category]] = {
    S.REGISTERED: Category.NEW,
    S.DISPATCHED: Category.OPEN,
    S.ACCEPTED: Category.OPEN,
    S.SOLUTION_PROPOSED: Category.OPEN,
    S.APPROVED: Category.OPEN,
    S.EXECUTING: Category.OPEN,
    S.WAITING_CUSTOMER: Category.WAITING,
    S.WAITING_THIRD_PARTY: Category.WAITING,
    S.RESULT_FED_BACK: Category.WAITING,
    S.RESOLVED: Category.RESOLVED,
    S.CLOSED: Category.CLOSED,
    S.CANCELLED: Category.CLOSED,
    S.MERGED: Category.CLOSED,
}
"""What each state means to clocks and counts."""

_WAITS = (S.WAITING_CUSTOMER, S.WAITING_THIRD_PARTY)
_ENDS = (S.CANCELLED, S.MERGED)

TRANSITIONS: Final[Mapping[State, tuple[State, ...]]] = {
    S.REGISTERED: (S.DISPATCHED, *_WAITS, *_ENDS),
    S.DISPATCHED: (S.ACCEPTED, *_WAITS, *_ENDS),
    S.ACCEPTED: (S.SOLUTION_PROPOSED, S.EXECUTING, S.RESULT_FED_BACK, *_WAITS, *_ENDS),
    S.SOLUTION_PROPOSED: (S.APPROVED, S.EXECUTING, S.ACCEPTED, *_WAITS, *_ENDS),
    S.APPROVED: (S.EXECUTING, S.RESULT_FED_BACK, S.ACCEPTED, *_WAITS, *_ENDS),
    S.EXECUTING: (S.RESULT_FED_BACK, S.ACCEPTED, *_WAITS, *_ENDS),
    S.WAITING_CUSTOMER: (
        S.DISPATCHED,
        S.ACCEPTED,
        S.EXECUTING,
        S.WAITING_THIRD_PARTY,
        S.CLOSED,
        *_ENDS,
    ),
    S.WAITING_THIRD_PARTY: (S.DISPATCHED, S.ACCEPTED, S.EXECUTING, S.WAITING_CUSTOMER, *_ENDS),
    S.RESULT_FED_BACK: (S.RESOLVED, S.ACCEPTED, S.CLOSED, *_ENDS),
    S.RESOLVED: (S.CLOSED, S.ACCEPTED),
    S.CLOSED: (),
    S.CANCELLED: (),
    S.MERGED: (),
}
"""The one table of moves; reopening and undo are events beside it (design.md 7)."""

APPROVED_KINDS: Final = frozenset({"complaint", "after_sales"})
REOPEN_DAYS: Final = 7
UNREACHABLE_ATTEMPTS: Final = 3
UNREACHABLE: Final = "customer_unreachable"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards need to know of a ticket."""

    state: State
    kind: str = "consultation"
    urgency: str = "normal"
    department_set: bool = False
    owner_set: bool = False
    departments: int = 1
    first_responsible_set: bool = False
    verified: bool = False
    solution_set: bool = False
    handling_basis_set: bool = False
    needs_approval: bool = False
    approval: str = "none"
    executes_first: bool = False
    customer_confirmed_solution: bool = False
    delivery: bool = False
    satisfaction: str = "none"
    unreachable_attempts: int = 0
    attempts_needed: int = UNREACHABLE_ATTEMPTS
    open_children: int = 0
    cause_category_set: bool = False
    wait_reason_set: bool = False
    close_reason: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a move is not allowed now."""

    code: str
    message: Msg


@dataclass(frozen=True, slots=True)
class Choice:
    """A state of the table and, where a guard holds it back, why."""

    to: State
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The next step towards resolved, or what is missing for it (ux.md 7.1)."""

    to: State | None
    missing: tuple[Refusal, ...] = ()


class Effect(StrEnum):
    """What a customer's message does to a ticket (sla.md 2.7)."""

    NOTHING = "nothing"
    RETURN_TO_OPEN = "return_to_open"
    REOPEN = "reopen"
    NEW_TICKET = "new_ticket"


def category(state: State) -> Category:
    """What a state means to clocks and counts."""
    return CATEGORIES[state]


def label(state: State) -> Msg:
    """The state's label."""
    return Msg(state.label())


def needs_approval(kind: str, urgency: str, *, for_all: bool = False) -> bool:
    """Whether the head must approve the solution (D-25): complaints, after-sales, anything urgent."""
    return for_all or kind in APPROVED_KINDS or urgency == "urgent"


Guard = Callable[[Facts], Refusal | None]


def _department_and_owner(facts: Facts) -> Refusal | None:
    if not facts.department_set:
        return Refusal("department_needed", msg("Choose the department first"))
    if not facts.owner_set:
        return Refusal("owner_needed", msg("Choose who handles it first"))
    return None


def _first_responsible(facts: Facts) -> Refusal | None:
    if facts.departments > 1 and not facts.first_responsible_set:
        return Refusal(
            "first_responsible_needed",
            msg("With several departments one person must be first responsible"),
        )
    return None


def _verified(facts: Facts) -> Refusal | None:
    if not facts.verified:
        return Refusal(
            "verified_note_needed", msg("Verify the details first and note what you found")
        )
    return None


def _solution(facts: Facts) -> Refusal | None:
    if not facts.solution_set:
        return Refusal("solution_needed", msg("Describe the solution first"))
    return None


def _approval_wanted(facts: Facts) -> Refusal | None:
    if not facts.needs_approval:
        return Refusal("no_approval_needed", msg("This kind of ticket needs no approval"))
    return None


def _approved(facts: Facts) -> Refusal | None:
    if facts.needs_approval and facts.approval != "approved":
        return Refusal("approval_needed", msg("The head of the department must approve first"))
    return None


def _may_execute(facts: Facts) -> Refusal | None:
    if facts.executes_first and facts.urgency == "urgent":
        return None
    return _approved(facts)


def _delivery_confirmed(facts: Facts) -> Refusal | None:
    if facts.delivery and not facts.customer_confirmed_solution:
        return Refusal(
            "customer_confirmation_needed",
            msg("The customer must confirm the solution before delivery starts"),
        )
    return None


def _basis(facts: Facts) -> Refusal | None:
    if not facts.handling_basis_set:
        return Refusal("handling_basis_needed", msg("The result needs its handling basis"))
    return None


def _satisfied(facts: Facts) -> Refusal | None:
    if facts.satisfaction == "unsatisfied":
        return Refusal(
            "unsatisfied", msg("The customer is not satisfied; offer an alternative or escalate")
        )
    if facts.satisfaction != "satisfied":
        return Refusal(
            "satisfaction_needed", msg("Ask the customer whether they are satisfied first")
        )
    return None


def _satisfied_or_unreachable(facts: Facts) -> Refusal | None:
    if facts.satisfaction == "satisfied":
        return None
    if facts.satisfaction == "unsatisfied":
        return _satisfied(facts)
    if facts.close_reason == UNREACHABLE:
        if facts.unreachable_attempts >= facts.attempts_needed:
            return None
        return Refusal(
            "attempts_needed",
            msg(
                "Closing as unreachable needs {needed} attempts, there are {count}",
                needed=facts.attempts_needed,
                count=facts.unreachable_attempts,
            ),
        )
    return Refusal(
        "satisfaction_needed",
        msg(
            "Ask the customer whether they are satisfied; without an answer give the reason"
            " customer_unreachable after {needed} attempts",
            needed=facts.attempts_needed,
        ),
    )


def _cause(facts: Facts) -> Refusal | None:
    if facts.kind == "complaint" and not facts.cause_category_set:
        return Refusal("cause_category_needed", msg("Name the cause category of the complaint"))
    return None


def _children(facts: Facts) -> Refusal | None:
    if facts.open_children:
        return Refusal(
            "open_children",
            msg("{count} tickets under this one are still open", count=facts.open_children),
        )
    return None


def _wait_reason(facts: Facts) -> Refusal | None:
    if not facts.wait_reason_set:
        return Refusal("wait_reason_needed", msg("Say what the ticket waits for"))
    return None


GUARDS: Final[Mapping[State, tuple[Guard, ...]]] = {
    S.REGISTERED: (),
    S.DISPATCHED: (_department_and_owner, _first_responsible),
    S.ACCEPTED: (_department_and_owner, _first_responsible, _verified),
    S.SOLUTION_PROPOSED: (_approval_wanted, _solution),
    S.APPROVED: (_solution, _approved),
    S.EXECUTING: (_solution, _may_execute, _delivery_confirmed),
    S.WAITING_CUSTOMER: (_wait_reason,),
    S.WAITING_THIRD_PARTY: (_wait_reason,),
    S.RESULT_FED_BACK: (_solution, _approved, _basis),
    S.RESOLVED: (_satisfied, _children),
    S.CLOSED: (_satisfied_or_unreachable, _cause, _children),
    S.CANCELLED: (),
    S.MERGED: (),
}
"""What must hold to enter a state; the first that does not is the reason given."""


def refusal(facts: Facts, to: State) -> Refusal | None:
    """Why the ticket may not go to ``to`` now, or None."""
    if to not in TRANSITIONS[facts.state]:
        return Refusal(
            "transition_unknown",
            msg(
                "From “{state}” a ticket does not go to “{to}”",
                state=label(facts.state),
                to=label(to),
            ),
        )
    for guard in GUARDS[to]:
        found = guard(facts)
        if found is not None:
            return found
    return None


def check(facts: Facts, to: State) -> None:
    """Raise `RuleViolation` with the guard's code when the move is not allowed."""
    found = refusal(facts, to)
    if found is not None:
        raise RuleViolation(found.message, code=found.code, field="state")


def choices(facts: Facts) -> tuple[Choice, ...]:
    """Every state the table allows from here, with the reason of a guard that holds it back."""
    return tuple(Choice(to, refusal(facts, to)) for to in TRANSITIONS[facts.state])


PATH: Final[Mapping[State, tuple[State, ...]]] = {
    S.REGISTERED: (S.DISPATCHED,),
    S.DISPATCHED: (S.ACCEPTED,),
    S.WAITING_CUSTOMER: (S.ACCEPTED,),
    S.WAITING_THIRD_PARTY: (S.ACCEPTED,),
    S.SOLUTION_PROPOSED: (S.APPROVED, S.EXECUTING),
    S.APPROVED: (S.EXECUTING,),
    S.EXECUTING: (S.RESULT_FED_BACK,),
    S.RESULT_FED_BACK: (S.RESOLVED, S.CLOSED),
    S.RESOLVED: (S.CLOSED,),
}
"""The straight way to the end; from accepted it depends on whether approval is needed."""


def next_step(facts: Facts) -> Step:
    """The next step towards the end that is allowed, else what is missing for the first of them."""
    ways: tuple[State, ...]
    if facts.state is S.ACCEPTED:
        ways = (S.SOLUTION_PROPOSED,) if facts.needs_approval else (S.RESULT_FED_BACK,)
        if facts.needs_approval and facts.approval == "approved":
            ways = (S.EXECUTING,)
    else:
        ways = PATH.get(facts.state, ())
    missing: list[Refusal] = []
    for to in ways:
        found = refusal(facts, to)
        if found is None:
            return Step(to)
        missing.append(found)
    return Step(None, tuple(missing[:1]))


def may_reopen_as_same(
    ended_at: datetime | None, now: datetime, *, reopen_days: int = REOPEN_DAYS
) -> bool:
    """Whether a message now still belongs to the ended ticket (sla.md 2.7)."""
    return ended_at is None or now - ended_at <= timedelta(days=reopen_days)


def on_customer_message(
    facts: Facts,
    *,
    now: datetime,
    resolved_at: datetime | None,
    automatic: bool,
    reopen_days: int = REOPEN_DAYS,
) -> Effect:
    """What a message of the customer does; automatic replies do nothing (sla.md 2.7)."""
    if automatic:
        return Effect.NOTHING
    kind = category(facts.state)
    if facts.state is S.RESULT_FED_BACK:
        # The answer to the result is judged by a person, who records whether it satisfies.
        return Effect.NOTHING
    if kind is Category.WAITING:
        return Effect.RETURN_TO_OPEN
    if kind in (Category.RESOLVED, Category.CLOSED):
        again = may_reopen_as_same(resolved_at, now, reopen_days=reopen_days)
        return Effect.REOPEN if again else Effect.NEW_TICKET
    return Effect.NOTHING
