"""What a change did, in words: what was done, each reason of a refusal once, and the key that helps."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from crm_tui.i18n import render, tr
from crm_tui.tui.actions import BY_ID
from crm_tui.tui.keymap import shown

if TYPE_CHECKING:
    from crm_tui.services.result import Result

REMEDIES: Final = {
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
MOST_NAMED: Final = 6
MOST_NOTICES: Final = 3


def sentences(
    result: "Result", name_of: Callable[[int], str], keys: Mapping[str, Sequence[str]]
) -> list[str]:
    """The lines that tell a result; ``name_of`` an item is empty where the screen shows no other."""
    undo = "   " + tr("u undo") if result.undo_id is not None else ""
    done = len(result.done)
    if not result.refused:
        if not done:
            return []
        text = render(result.label) if done == 1 else f"{render(result.label)}: {done}"
        notices = [o.notice for o in result.outcomes if o.notice is not None]
        return [text + undo, *(render(n) for n in notices[:MOST_NOTICES])]
    lines = []
    if len(result.outcomes) > 1:
        count = tr("{done} done, {refused} refused").format(done=done, refused=len(result.refused))
        lines.append(count + undo)
    for sentence, names in _reasons(result, name_of, keys).items():
        named = [*names[:MOST_NAMED], "…"] if len(names) > MOST_NAMED else names
        who = " ".join(named).strip()
        lines.append(f"{who}: {sentence}" if who else sentence)
    return lines


def _reasons(
    result: "Result", name_of: Callable[[int], str], keys: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Each reason once, with those whom it stopped."""
    found: dict[str, list[str]] = {}
    for outcome in result.refused:
        assert outcome.error is not None
        sentence = render(outcome.error.message)
        action = REMEDIES.get(outcome.error.code, "")
        if action and keys[action]:
            sentence += f"  ({shown(keys[action][0])} {tr(BY_ID[action].title)})"
        found.setdefault(sentence, []).append(name_of(outcome.id))
    return found
