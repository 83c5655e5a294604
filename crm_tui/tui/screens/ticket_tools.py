"""Macros, merging, parents, copies and due times of one or many tickets (ux.md 3.4, 3.9)."""

from collections.abc import Callable, Sequence
from typing import Any

from crm_tui.i18n import current, render, tr
from crm_tui.tui.labels import clock_label, moment
from crm_tui.tui.screens.ticket_ways import TicketWays
from crm_tui.tui.widgets.dateprompt import ask_due
from crm_tui.tui.widgets.dialogs import Finder, Option, Question

PREVIEWED = 8
"""Tickets that a merge names before it asks; of more it tells how many."""


class TicketTools(TicketWays):
    """Verbs that need more than a line."""

    # Macros

    def do_macro(self) -> None:
        """Choose a macro and run it on the targets."""
        services, actor = self.gateway.services, self.gateway.actor
        ids = list(self.targets())

        def search(text: str) -> list[Option]:
            wanted = text.casefold()
            return [
                Option(m.name, m.name, detail=m.title or "; ".join(s.verb for s in m.steps))
                for m in services.macros.macros(actor=actor)
                if wanted in f"{m.name} {m.title}".casefold()
            ]

        def chosen(name: str | None) -> None:
            if name is not None:
                self.run_macro(name, ids)

        if not ids:
            self.crm.say(tr("No ticket here"))
            return
        self.app.push_screen(
            Finder(tr("Macro"), self.crm.terminal.theme, search, self.gateway.run), chosen
        )

    def run_macro(self, name: str, ids: Sequence[int] | None = None) -> None:
        """Run a macro by name; afterwards stay, go on or go back, as it says."""
        services, actor = self.gateway.services, self.gateway.actor
        after = ""

        def work(chosen: Sequence[int]) -> Any:
            nonlocal after
            result, after = services.macros.run(chosen, name, actor=actor, language=current())
            return result

        def then(result: Any) -> None:
            if not result.refused:
                self.after_macro(after)

        self.perform(work, ids, then)

    def after_macro(self, after: str) -> None:
        """A list stays where it is."""

    # Tickets and others

    def ask_number(self, label: str, then: Callable[[int, int], None]) -> None:
        """Ask for a ticket's number and go on with its id and number."""
        services, actor = self.gateway.services, self.gateway.actor

        def given(text: str) -> None:
            number = text.upper().removeprefix("T").lstrip("-")
            if not (number.isascii() and number.isdigit()):
                self.crm.say(tr("That is not a ticket number like T-12"), "warning")
                return
            self.gateway.run(
                lambda: services.views.by_number(int(number), actor=actor),
                lambda found: then(found, int(number)),
            )

        self.ask(label, given)

    def do_merge(self) -> None:
        """Ask for another ticket and merge into it."""
        if self.targets():
            self.ask_number(tr("Merge into ticket number"), self.merge_into)
        else:
            self.crm.say(tr("No ticket here"))

    def merge_into(self, target: int, number: int) -> None:
        """Merge into a ticket, after a question that says what would move."""
        services, actor = self.gateway.services, self.gateway.actor
        ids = list(self.targets())

        def show(lines: Sequence[Any]) -> None:
            def answered(yes: bool | None) -> None:
                if yes:
                    self.perform(
                        lambda chosen: services.links.merge(chosen, target, actor=actor), ids
                    )

            told = [_merge_line(line) for line in lines[:PREVIEWED]]
            if len(lines) > PREVIEWED:
                told.append(tr("and {count} more").format(count=len(lines) - PREVIEWED))
            if all(line.refusal is not None for line in lines):
                self.crm.say("\n".join(told), "warning")
                return
            question = tr("Merge into T-{number}?").format(number=number)
            self.app.push_screen(Question("\n".join([*told, "", question])), answered)

        self.gateway.run(lambda: services.splits.merge_preview(ids, target, actor=actor), show)

    def do_parent(self) -> None:
        """Put them under another ticket, which cannot close before them; empty takes them out."""
        services, actor = self.gateway.services, self.gateway.actor
        ids = list(self.targets())

        def set_parent(parent: int | None) -> None:
            self.perform(lambda chosen: services.links.set_parent(chosen, parent, actor=actor), ids)

        def chosen(under: bool) -> None:
            if under:
                self.ask_number(tr("Part of ticket number"), lambda found, _: set_parent(found))
            else:
                set_parent(None)

        options = [
            Option(True, tr("Part of another ticket"), "p"),
            Option(False, tr("On its own"), "n"),
        ]
        self.menu(tr("Parent"), options, chosen)

    def do_duplicate(self) -> None:
        """Another ticket like this one, linked to it."""
        services, actor = self.gateway.services, self.gateway.actor
        ids = self.targets()
        if len(ids) != 1:
            self.crm.say(tr("One ticket at a time is duplicated"), "warning")
            return
        self.perform(lambda chosen: services.splits.duplicate(chosen[0], actor=actor)[1], ids)

    def do_board_task(self) -> None:
        """Make a task for the board from the ticket (R-195)."""
        from crm_tui.tui.screens.task_forms import task_from_ticket

        ids = self.targets()
        if len(ids) != 1:
            self.crm.say(tr("One ticket at a time makes a task"), "warning")
            return
        task_from_ticket(self, ids[0])

    # Due

    def do_due(self) -> None:
        """Set the due time of a running clock by hand, with a reason."""
        services, actor = self.gateway.services, self.gateway.actor
        ids = list(self.targets())
        if not ids:
            self.crm.say(tr("No ticket here"))
            return

        def show(view: Any) -> None:
            running = [c for c in view.clocks if c.state == "running" and c.due_at is not None]
            if not running:
                self.crm.say(tr("No limit runs on this ticket"), "warning")
                return
            options = [
                Option(
                    c.kind,
                    clock_label(c.kind),
                    key=str(at),
                    detail=moment(self.local(c.due_at), self.local(self.now)),
                )
                for at, c in enumerate(running[:9], 1)
            ]
            self.menu(tr("Which limit?"), options, lambda clock: self._ask_due(ids, clock))

        self.gateway.run(lambda: services.views.view(ids[0], actor=actor), show)

    def _ask_due(self, ids: Sequence[int], clock: str) -> None:
        services, actor = self.gateway.services, self.gateway.actor

        def why(due: Any) -> None:
            self.ask(
                tr("Why is the due time set by hand?"),
                lambda reason: self.perform(
                    lambda chosen: services.tickets.set_due(
                        chosen, clock, due, reason, actor=actor
                    ),
                    ids,
                ),
            )

        label = tr("{limit} due, like fri 17:00, +3bd, month's end").format(
            limit=clock_label(clock)
        )
        ask_due(self, label, why)


def _merge_line(line: Any) -> str:
    head = f"T-{line.number} {line.subject}"
    if line.refusal is not None:
        return f"{head}: {render(line.refusal)}"
    counts = tr("{messages} messages and {files} files move, {clocks} limits end").format(
        messages=line.messages, files=line.files, clocks=line.clocks
    )
    return f"{head}: {counts}"
