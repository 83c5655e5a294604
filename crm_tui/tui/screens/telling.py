"""What a mutation did, in a few lines: each reason for a refusal once, with the key that helps."""

from typing import TYPE_CHECKING

from crm_tui.i18n import render, tr
from crm_tui.tui.action import TICKETS, Action
from crm_tui.tui.actions import BY_ID, for_scope
from crm_tui.tui.keymap import shown

if TYPE_CHECKING:
    from crm_tui.services.result import Outcome, Result
    from crm_tui.tui.screens.base import BaseScreen

REMEDIES = {
    "progress_note_needed": "progress",
    "owner_needed": "take",
    "verified_note_needed": "status",
    "solution_needed": "propose",
    "approval_needed": "approve",
    "customer_confirmation_needed": "confirm",
    "handling_basis_needed": "feedback",
    "satisfaction_needed": "satisfy",
    "attempts_needed": "attempt",
    "cause_category_needed": "end",
    "cancelled": "reopen",
}
"""The action that gives what a rule misses, by the rule's code."""

NOTICES = 3
"""So many things worth knowing about what was done are told at once."""
NAMED = 6
"""So many items are named beside a reason."""


def told(screen: "BaseScreen", result: "Result") -> str:
    """What was done, how to take it back, what is worth knowing, and why the rest was refused."""
    lines = []
    done, refused = len(result.done), len(result.refused)
    undo = "   " + tr("u undo") if result.undo_id is not None else ""
    if refused and len(result.outcomes) > 1:
        lines.append(tr("{done} done, {refused} refused").format(done=done, refused=refused) + undo)
    elif done:
        lines.append(render(result.label) + (f": {done}" if done > 1 else "") + undo)
    notices = [render(o.notice) for o in result.outcomes if o.notice is not None]
    lines += list(dict.fromkeys(notices))[:NOTICES]
    reasons: dict[str, list[str]] = {}
    for outcome in result.refused:
        reasons.setdefault(_reason(screen, outcome), []).append(screen.number_of(outcome.id))
    for sentence, numbers in reasons.items():
        named = " ".join([*numbers[:NAMED], "…"] if len(numbers) > NAMED else numbers).strip()
        lines.append(f"{named}: {sentence}" if named else sentence)
    return "\n".join(lines)


def _reason(screen: "BaseScreen", outcome: "Outcome") -> str:
    """Why an item was refused, with the key of the action that gives what is missing here."""
    error = outcome.error
    assert error is not None
    action = BY_ID.get(REMEDIES.get(error.code, ""))
    keys = _keys_to(screen, action) if action is not None else ""
    if action is None or not keys:
        return render(error.message)
    return f"{render(error.message)}  ({keys} {tr(action.title)})"


def _keys_to(screen: "BaseScreen", action: Action) -> str:
    """The keys of an action from here, by way of opening the ticket where only its screen has it."""
    if action in for_scope(screen.SCOPE):
        way = [action.id]
    elif screen.SCOPE in TICKETS and "ticket" in action.scopes:
        way = ["open", action.id]
    else:
        return ""
    keys = [screen.crm.keys[step] for step in way]
    return " ".join(shown(k[0]) for k in keys) if all(keys) else ""
