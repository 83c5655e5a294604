"""The one registry of what keys, the command line, the palette and help can do (decision 15)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from crm_tui.domain.msg import N_

TICKETS: Final = ("queue", "ticket", "profile")
LISTS: Final = ("queue", "customers", "inbox", "profile", "register")
FILTERED: Final = ("queue", "customers", "register")
VIEWED: Final = ("queue", "inbox", "profile", "register")
MADE: Final = ("queue", "customers", "profile", "register")
"""The lists whose rows are made by people and have numbers of their own."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something a user can do.

    ``danger`` is harmless, undoable, recallable or confirmed (ux.md 3.6). ``hint`` orders the hint
    line: lower numbers stay longer, 0 is never shown there. ``argument`` is the kind of what may stand
    behind the word on the command line (`crm_tui.tui.commands`).
    """

    id: str
    keys: tuple[str, ...]
    title: str
    help: str
    scopes: tuple[str, ...] = ()
    command: str = ""
    danger: str = "harmless"
    hint: int = 0
    argument: str = ""

    @property
    def method(self) -> str:
        """The screen's method that does it."""
        return "do_" + self.id.replace(".", "_")


def _a(
    name: str,
    keys: str,
    title: str,
    help_text: str,
    scopes: Iterable[str] = (),
    *,
    command: str = "",
    danger: str = "harmless",
    hint: int = 0,
    argument: str = "",
) -> Action:
    return Action(
        name,
        tuple(keys.split()),
        title,
        help_text,
        tuple(scopes),
        command or name.split(".")[-1],
        danger,
        hint,
        argument,
    )


ACTIONS: Final[tuple[Action, ...]] = (
    # Everywhere
    _a("help", "question_mark f1", N_("help"), N_("Keys and actions of this screen"), hint=1),
    _a(
        "go.queue",
        "1",
        N_("queue"),
        N_("Go to the ticket queue"),
        command="queue",
        argument="filter",
    ),
    _a("go.customers", "2", N_("customers"), N_("Go to the customer list"), command="customers"),
    _a("go.inbox", "6", N_("inbox"), N_("Go to the inbox"), command="inbox"),
    _a(
        "go.registers",
        "9",
        N_("registers"),
        N_("Orders, contracts, interactions, requirements, goals, tasks and more"),
        command="registers",
    ),
    _a("command", "colon", N_("command"), N_("Type a command")),
    _a("palette", "ctrl+p", N_("find"), N_("Find a customer, a ticket or an action"), hint=9),
    _a("back", "escape", N_("back"), N_("Cancel the innermost thing, else go back")),
    _a("close", "q", N_("close"), N_("Close this screen; at a main screen quit"), command="leave"),
    _a("back.last", "minus", N_("last place"), N_("Go to the last place")),
    _a("refresh", "ctrl+r", N_("refresh"), N_("Read everything again")),
    _a("redraw", "ctrl+l", N_("redraw"), N_("Draw the screen again")),
    _a("undo", "u", N_("undo"), N_("Take back my last change"), hint=20),
    _a("redo", "U", N_("redo"), N_("Do again what was undone")),
    _a("quit", "ctrl+q", N_("quit"), N_("Leave the program"), command="q"),
    _a("messages", "", N_("messages"), N_("Show the last messages")),
    _a("go", "", N_("go to"), N_("Open a ticket or customer by number or name"), argument="place"),
    _a(
        "go.customer",
        "",
        N_("customer"),
        N_("Open a customer by number or name"),
        argument="customer",
    ),
    _a("set", "", N_("setting"), N_("Change a setting: theme or advance"), argument="setting"),
    _a("keys", "", N_("keys"), N_("Show every key with its action")),
    # Lists
    _a(
        "filter", "slash", N_("filter"), N_("Narrow this list"), FILTERED, hint=8, argument="filter"
    ),
    _a(
        "filter.clear",
        "backslash",
        N_("all"),
        N_("Clear the filter"),
        FILTERED,
        command="nofilter",
    ),
    _a(
        "view.prev",
        "left_square_bracket",
        N_("view"),
        N_("Previous view or tab"),
        VIEWED,
    ),
    _a(
        "view.next",
        "right_square_bracket",
        N_("view"),
        N_("Next view or tab"),
        VIEWED,
        hint=12,
    ),
    _a("sort", "o", N_("sort"), N_("Choose the order"), FILTERED, argument="sort"),
    _a("reverse", "O", N_("reverse"), N_("Turn the order round"), FILTERED),
    _a("open", "enter", N_("open"), N_("Open the row"), LISTS, hint=3),
    _a("mark", "space", N_("mark"), N_("Mark and go down"), ("queue",), hint=7, argument="filter"),
    _a(
        "mark.all",
        "V",
        N_("mark all"),
        N_("Mark everything in the filter"),
        ("queue",),
    ),
    _a(
        "mark.range",
        "v",
        N_("range"),
        N_("Mark from here on while moving; again ends it"),
        ("queue",),
    ),
    _a(
        "mark.like",
        "asterisk",
        N_("mark customer"),
        N_("Mark every ticket of this customer in the filter"),
        ("queue",),
    ),
    _a(
        "unassigned",
        "apostrophe",
        N_("next free"),
        N_("Go to the next ticket without an owner"),
        ("queue",),
    ),
    _a(
        "refusals",
        "L",
        N_("reasons"),
        N_("Why the last change of many was refused, ticket by ticket"),
        ("queue",),
    ),
    _a(
        "view",
        "",
        N_("view"),
        N_("Show a view, or save, pin, share or remove one"),
        ("queue",),
        argument="view",
    ),
    _a(
        "columns",
        "",
        N_("columns"),
        N_("Choose the columns of this view"),
        ("queue",),
        argument="columns",
    ),
    _a(
        "repeat",
        "full_stop",
        N_("repeat"),
        N_("Do the last change again on what is chosen now"),
        TICKETS,
        danger="undoable",
    ),
    _a("copy", "y", N_("copy number"), N_("Copy the number"), (*MADE, "ticket")),
    _a("new", "n", N_("new"), N_("New ticket, customer or record"), MADE, hint=10),
    # Tickets
    _a("take", "m", N_("take"), N_("Make the ticket mine"), TICKETS, danger="undoable", hint=2),
    _a(
        "assign",
        "a",
        N_("assign"),
        N_("Give it to somebody"),
        TICKETS,
        danger="undoable",
        hint=3,
        argument="person",
    ),
    _a(
        "status",
        "s",
        N_("status"),
        N_("Change the status"),
        TICKETS,
        danger="undoable",
        hint=4,
        argument="state",
    ),
    _a(
        "urgency",
        "p",
        N_("urgency"),
        N_("Change the urgency"),
        TICKETS,
        danger="undoable",
        hint=5,
        argument="urgency",
    ),
    _a(
        "reply",
        "r",
        N_("reply"),
        N_("Reply to the customer"),
        TICKETS,
        danger="recallable",
        hint=4,
        argument="text",
    ),
    _a(
        "progress",
        "F",
        N_("progress"),
        N_("Tell the customer how it stands; an overdue ticket needs it"),
        ("ticket",),
        danger="recallable",
    ),
    _a("note", "c", N_("note"), N_("Write an internal note"), TICKETS, hint=6, argument="text"),
    _a(
        "resolve",
        "x",
        N_("next step"),
        N_("Take the next step towards resolved"),
        TICKETS,
        danger="undoable",
        hint=5,
    ),
    _a(
        "reopen",
        "X",
        N_("reopen"),
        N_("Open it again"),
        TICKETS,
        danger="undoable",
        argument="text",
    ),
    _a(
        "wait",
        "w",
        N_("wait"),
        N_("Wait for the customer or a third party"),
        TICKETS,
        danger="undoable",
        argument="waiting",
    ),
    _a(
        "transfer",
        "d",
        N_("department"),
        N_("Hand it to another department"),
        TICKETS,
        danger="undoable",
        argument="department",
    ),
    _a(
        "tags",
        "t",
        N_("tags"),
        N_("Add or remove tags"),
        TICKETS,
        danger="undoable",
        argument="tags",
    ),
    _a(
        "edit",
        "e",
        N_("edit"),
        N_("Edit the fields"),
        ("queue", "ticket", "customers", "profile", "register"),
        danger="undoable",
    ),
    _a(
        "follow",
        "f",
        N_("follow"),
        N_("Follow or unfollow"),
        TICKETS,
        danger="undoable",
        argument="switch",
    ),
    _a("merge", "M", N_("merge"), N_("Merge into another ticket"), TICKETS, danger="confirmed"),
    _a("escalate", "E", N_("escalate"), N_("Escalate a level up"), TICKETS, argument="text"),
    _a(
        "propose",
        "P",
        N_("propose"),
        N_("Propose a solution"),
        ("ticket",),
        danger="undoable",
        argument="text",
    ),
    _a("approve", "A", N_("approve"), N_("Approve or reject what waits"), ("ticket", "inbox")),
    _a(
        "confirm",
        "Y",
        N_("customer agrees"),
        N_("The customer agrees to the solution; delivery may start"),
        ("ticket",),
        danger="undoable",
    ),
    _a("feedback", "R", N_("result"), N_("Tell the customer the result"), ("ticket",)),
    _a(
        "satisfy",
        "S",
        N_("satisfied?"),
        N_("Record whether the customer is satisfied"),
        ("ticket",),
    ),
    _a(
        "attempt",
        "N",
        N_("not reached"),
        N_("Record that the customer was not reached"),
        ("ticket",),
    ),
    _a(
        "customer_message",
        "C",
        N_("customer said"),
        N_("Record what the customer wrote or said"),
        ("ticket",),
        command="said",
    ),
    _a(
        "end",
        "Q",
        N_("close ticket"),
        N_("Close the ticket"),
        ("ticket",),
        command="close",
        danger="undoable",
    ),
    _a("next", "J", N_("next"), N_("Next ticket of the list"), ("ticket",), hint=7),
    _a("previous", "K", N_("previous"), N_("Previous ticket of the list"), ("ticket",)),
    _a("info", "i", N_("info"), N_("Show or hide fields and clocks"), ("ticket", "queue"), hint=8),
    _a("process", "", N_("process"), N_("Stages, who is responsible and by when")),
    _a("explain", "I", N_("why"), N_("Why each clock is due when it is"), ("ticket",)),
    _a("breached", "exclamation_mark", N_("late only"), N_("Show only late tickets"), ("queue",)),
    _a(
        "macro",
        "ctrl+k",
        N_("macro"),
        N_("Run a macro: changes and a text in one go"),
        TICKETS,
        danger="undoable",
    ),
    _a("due", "D", N_("due"), N_("Set a due time by hand"), TICKETS, danger="undoable"),
    _a(
        "parent",
        "circumflex_accent",
        N_("parent"),
        N_("Make it part of another ticket"),
        TICKETS,
        danger="undoable",
    ),
    _a(
        "duplicate",
        "plus",
        N_("duplicate"),
        N_("Make another ticket like this one"),
        TICKETS,
        danger="undoable",
    ),
    _a(
        "split",
        "percent_sign",
        N_("split"),
        N_("Move messages into a new ticket"),
        ("ticket",),
        danger="undoable",
    ),
    _a("time", "H", N_("time"), N_("Write down time spent"), ("ticket",), danger="undoable"),
    _a(
        "todo",
        "T",
        N_("to do"),
        N_("Tick an item of the checklist, or add one"),
        ("ticket",),
        danger="undoable",
    ),
    # Customers
    _a(
        "ticket.new",
        "T",
        N_("new ticket"),
        N_("New ticket for this customer"),
        ("customers", "profile"),
        command="ticket",
        hint=4,
    ),
    _a(
        "contacts",
        "at",
        N_("contacts"),
        N_("Choose a contact of the customer, or add one"),
        ("customers", "profile"),
        command="contact",
        hint=6,
    ),
    _a(
        "copy.contact",
        "Y",
        N_("copy phone"),
        N_("Copy a phone number or an e-mail address; it is logged"),
        ("customers", "profile"),
        command="phone",
        hint=7,
    ),
    _a(
        "reveal",
        "v",
        N_("reveal"),
        N_("Show a masked value; it is logged with a reason"),
        ("customers", "profile"),
    ),
    _a(
        "call",
        "l",
        N_("log call"),
        N_("Write down a call or visit"),
        ("customers", "profile"),
        hint=5,
    ),
    _a(
        "history",
        "H",
        N_("history"),
        N_("Who changed what and when"),
        ("customers", "profile", "register"),
    ),
    # Registers
    _a(
        "archive",
        "Z",
        N_("archive"),
        N_("Take the record off the list"),
        ("register",),
        danger="undoable",
    ),
    _a("archived", "z", N_("archived"), N_("Show archived records or current ones"), ("register",)),
    # Inbox
    _a(
        "inbox.acknowledge",
        "a",
        N_("acknowledge"),
        N_("Acknowledge the row"),
        ("inbox",),
        command="acknowledge",
        hint=2,
    ),
    _a("inbox.snooze", "z", N_("snooze"), N_("Hide the row until tomorrow"), ("inbox",), hint=5),
    _a(
        "inbox.dismiss",
        "x",
        N_("put away"),
        N_("Put the row away with a reason"),
        ("inbox",),
        hint=4,
    ),
)
"""Every action of the program."""

BY_ID: Final = {a.id: a for a in ACTIONS}


def for_scope(scope: str) -> list[Action]:
    """The actions of a screen: its own first, then those of everywhere."""
    own = [a for a in ACTIONS if scope in a.scopes]
    return own + [a for a in ACTIONS if not a.scopes]


def by_command(scope: str, word: str) -> Action | None:
    """The action that a command word names on a screen."""
    return next((a for a in for_scope(scope) if word in (a.command, a.id)), None)
