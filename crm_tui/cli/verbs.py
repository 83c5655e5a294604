"""Nouns and verbs of the command line; a noun's module is loaded when it is named."""

from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from crm_tui.cli.parser import Parser
from crm_tui.domain.msg import N_

if TYPE_CHECKING:
    from crm_tui.cli.context import Context


def nothing(_: Parser) -> None:
    """Arguments of a verb that has none."""


@dataclass(frozen=True, slots=True)
class Verb:
    """What can be done with a noun; a noun that is an act itself has one verb without a name."""

    name: str
    help: str
    """msgid"""
    run: Callable[["Context", Namespace], int]
    """Does it; the exit status."""
    arguments: Callable[[Parser], None] = nothing


@dataclass(frozen=True, slots=True)
class Noun:
    """A group of commands; its module holds ``VERBS``, or ``verbs(noun)`` where it serves several."""

    name: str
    module: str
    help: str
    """msgid"""
    default: str | None = None
    """The verb meant when none is given."""

    def verbs(self) -> tuple[Verb, ...]:
        """The verbs; loads the module."""
        module = import_module(f"crm_tui.cli.{self.module}")
        found = module.verbs(self.name) if hasattr(module, "verbs") else module.VERBS
        return tuple(found)


NOUNS: tuple[Noun, ...] = (
    Noun("ticket", "tickets", N_("tickets: list, show, new, and every act on them")),
    Noun("customer", "customers", N_("customers and their contacts")),
    Noun("staff", "staff", N_("who works here")),
    Noun("department", "staff", N_("departments and their heads"), "list"),
    Noun("team", "staff", N_("teams and their members"), "list"),
    Noun("search", "finding", N_("find customers and tickets by name, pinyin, phone or number")),
    Noun("notifications", "inbox", N_("your inbox and approvals"), "list"),
    Noun("order", "registers", N_("orders")),
    Noun("contract", "registers", N_("contracts")),
    Noun("product", "registers", N_("products and services")),
    Noun("interaction", "registers", N_("contacts with customers")),
    Noun("requirement", "registers", N_("what customers need")),
    Noun("goal", "goals", N_("goals of the improvement programme")),
    Noun("task", "tasks", N_("tasks across departments")),
    Noun("risk", "tasks", N_("risk cases of tasks")),
    Noun("survey", "surveys", N_("answers to surveys")),
    Noun("churn", "registers", N_("customers that left")),
    Noun("improvement", "registers", N_("improvement measures")),
    Noun("view", "registers", N_("saved views of the lists")),
    Noun("canned", "registers", N_("texts that are used again and again")),
    Noun("macro", "registers", N_("changes of a ticket that are run by name")),
    Noun("time", "registers", N_("time spent on tickets")),
    Noun("checklist", "registers", N_("what is to be done on tickets")),
    Noun("kpi", "figures", N_("figures: show, the rows behind, definitions, targets"), "show"),
    Noun("calendar", "calendars", N_("work calendars; compute business time from JSON lines")),
    Noun("sla", "limits", N_("time limits: policy, and evaluation of JSON lines")),
    Noun("export", "exporting", N_("write tickets or customers to a file")),
    Noun("import", "importing", N_("read tickets, customers, orders or other records from a file")),
    Noun("audit", "trail", N_("who did what when; proof that nobody touched the record"), "list"),
    Noun("undo", "finding", N_("take back what you did last")),
    Noun("redo", "finding", N_("do again what was undone last")),
    Noun("tick", "background", N_("do the background work that is due now, once")),
    Noun("worker", "background", N_("keep doing the background work")),
    Noun("db", "database", N_("the database: init, upgrade, check, backup, restore, figures")),
    Noun("demo", "demo", N_("make a demo database")),
    Noun(
        "config", "configuration", N_("where things are kept, and whether the settings are right")
    ),
)
"""All nouns in the order of the help."""


def noun(name: str) -> Noun | None:
    """The noun called ``name``, or None."""
    return next((n for n in NOUNS if n.name == name), None)
