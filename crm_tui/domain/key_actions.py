"""Examples of key actions that a goal is broken down into, as source A gives them (R-189)."""

from dataclasses import dataclass
from typing import Final

from crm_tui.domain.msg import N_


@dataclass(frozen=True, slots=True)
class KeyAction:
    """A task to begin with; all texts are msgids."""

    name: str
    title: str
    standard: str
    """How one sees that it is done."""
    deliverable: str


KEY_ACTIONS: Final = (
    KeyAction(
        "response",
        N_("Improve the after-sales response process"),
        N_("First response within 24 hours"),
        N_("Description of the response process"),
    ),
    KeyAction(
        "return_visit",
        N_("Regular return visits to customers"),
        N_("Every customer is called once a month"),
        N_("Plan of return visits and their records"),
    ),
    KeyAction(
        "suggestion",
        N_("Better ways for customers to say what they need"),
        N_("A channel for suggestions is open and somebody answers each of them"),
        N_("Suggestion channel with a person in charge"),
    ),
)
