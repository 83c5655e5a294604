"""Who may do what: role x department and ownership (design decision 6, R-300, R-301)."""

from collections.abc import Mapping
from typing import Any

from crm_tui.domain.errors import PermissionDenied
from crm_tui.domain.msg import N_, Msg, msg
from crm_tui.services.actor import SYSTEM, Actor

RANK = {"viewer": 0, "agent": 1, "lead": 2, "manager": 3, "admin": 4}

ROLE_LABELS = {
    "viewer": N_("viewer"),
    "agent": N_("agent"),
    "lead": N_("lead"),
    "manager": N_("manager"),
    "admin": N_("administrator"),
}


def has_role(actor: Actor, role: str) -> bool:
    """Whether the actor's role is ``role`` or above."""
    return RANK[actor.role] >= RANK[role]


def need_role(actor: Actor, role: str) -> None:
    """Refuse whoever is below ``role``; the sentence says which role is needed."""
    if not has_role(actor, role):
        raise PermissionDenied(
            msg("This needs the role {role}", role=Msg(ROLE_LABELS[role])), code="role_needed"
        )


def is_party(actor: Actor, ticket: Mapping[Any, Any]) -> bool:
    """Whether the ticket is the actor's own or their department's, or still nobody's."""
    people = (ticket["owner_id"], ticket["first_responsible_id"])
    return (
        actor is SYSTEM
        or actor.staff_id in people
        or ticket["department_id"] is None
        or ticket["department_id"] == actor.department_id
        or ticket["department_id"] in actor.headed_department_ids
    )


def need_ticket(
    actor: Actor, ticket: Mapping[Any, Any], *, also: frozenset[int] = frozenset()
) -> None:
    """Refuse work on a ticket of another department; ``also`` are collaborators (R-121, R-153)."""
    need_role(actor, "agent")
    if has_role(actor, "admin") or actor.is_executive:
        return
    if not is_party(actor, ticket) and actor.staff_id not in also:
        raise PermissionDenied(
            msg("The ticket belongs to another department; ask for a transfer or to be added"),
            code="other_department",
        )


def need_assign(actor: Actor, ticket: Mapping[Any, Any], to: int | None) -> None:
    """Refuse assigning others' tickets below lead; one's own and undispatched ones may be given."""
    need_ticket(actor, ticket)
    giving_own = ticket["owner_id"] == actor.staff_id
    taking = to == actor.staff_id
    undispatched = ticket["owner_id"] is None
    if not (has_role(actor, "lead") or giving_own or taking or undispatched):
        raise PermissionDenied(
            msg("Only a lead assigns a colleague's ticket; take it yourself or ask the lead"),
            code="assign_needs_lead",
        )


def need_head(actor: Actor, department_id: int | None, proposer_id: int | None) -> None:
    """Refuse a decision by anyone but the head of the department; executives stand in (R-148)."""
    need_role(actor, "agent")
    if actor.staff_id == proposer_id:
        raise PermissionDenied(
            msg("Nobody approves their own proposal; ask the head of the department"),
            code="approver_is_proposer",
        )
    if department_id in actor.headed_department_ids or actor.is_executive:
        return
    raise PermissionDenied(msg("Only the head of the department decides this"), code="head_needed")


def need_urgent_head(actor: Actor, ticket: Mapping[Any, Any]) -> None:
    """Refuse acknowledging an urgent ticket by anyone but its head; executives stand in (R-118)."""
    if ticket["department_id"] not in actor.headed_department_ids and not actor.is_executive:
        raise PermissionDenied(
            msg("Only the head of the department acknowledges this"), code="head_needed"
        )


def may_see_personal(actor: Actor, customer: Mapping[Any, Any], *, on_own_ticket: bool) -> bool:
    """Whether contact details are shown unmasked: to those who serve the customer (R-300).

    A viewer never sees them; document numbers and birthdays stay masked for all until revealed.
    """
    if actor.role == "viewer":
        return False
    if has_role(actor, "admin") or actor.is_executive:
        return True
    return (
        on_own_ticket
        or customer["manager_id"] == actor.staff_id
        or actor.staff_id in (customer["expert_ids"] or ())
    )


def need_reveal(actor: Actor) -> None:
    """Refuse revealing masked values below manager (design.md 7)."""
    need_role(actor, "manager")
