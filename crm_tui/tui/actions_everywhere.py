"""Actions of every screen and of all lists."""

from typing import Final

from crm_tui.domain.msg import N_
from crm_tui.tui.action import FILTERED, LISTS, MADE, MARKED, ORDERED, TICKETS, VIEWED, Action
from crm_tui.tui.action import action as _a

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
    _a("sort", "o", N_("sort"), N_("Choose the order"), ORDERED, argument="sort"),
    _a("reverse", "O", N_("reverse"), N_("Turn the order round"), ORDERED),
    _a("open", "enter", N_("open"), N_("Open the row"), LISTS, hint=3),
    _a("mark", "space", N_("mark"), N_("Mark and go down"), MARKED, hint=7, argument="filter"),
    _a(
        "mark.all",
        "V",
        N_("mark all"),
        N_("Mark everything in the filter"),
        MARKED,
    ),
    _a(
        "mark.range",
        "v",
        N_("range"),
        N_("Mark from here on while moving; again ends it"),
        MARKED,
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
        (*MARKED, "goals"),
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
)
