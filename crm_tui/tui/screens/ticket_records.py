"""Time, checklist and splitting: what is done with one open ticket (ux.md 3.7)."""

from typing import Any

from crm_tui.domain.dates import duration
from crm_tui.domain.errors import DomainError
from crm_tui.i18n import render, tr
from crm_tui.services.ticket_tools import NOTHING, TicketTools
from crm_tui.tui.labels import span
from crm_tui.tui.screens.ticket_writing import TicketWriting
from crm_tui.tui.widgets.dialogs import Option, Prompt
from crm_tui.tui.widgets.ticks import Ticks

NEW = "new"


class TicketRecords(TicketWriting):
    """The part of the ticket's screen that keeps records with it."""

    def __init__(self, ticket_id: int) -> None:
        super().__init__(ticket_id)
        self.tools: TicketTools = NOTHING

    def do_time(self) -> None:
        """Write down time spent: ``15``, ``1h30m`` or ``2小时``, and what it was for."""
        services, actor, key = self.gateway.services, self.gateway.actor, self.ticket_id

        def check(line: str) -> str | None:
            try:
                _spent(line)
            except DomainError as error:
                return render(error.message)
            return None

        def given(line: str | None) -> None:
            if line is None:
                return
            minutes, note = _spent(line)

            def then(_: int) -> None:
                said = tr("{time} written down").format(time=span(minutes * 60))
                self.crm.say(f"{said}   {tr('u undo')}")
                self.changed([])

            self.gateway.run(lambda: services.tools.add_time(key, minutes, note, actor=actor), then)

        self.app.push_screen(
            Prompt(tr("Time spent and for what, like 15 call or 1h30m tests"), check=check), given
        )

    def do_todo(self) -> None:
        """Tick an item of the checklist, or add one."""
        services, actor, key = self.gateway.services, self.gateway.actor, self.ticket_id

        def chosen(value: Any) -> None:
            if value == NEW:
                self.ask(tr("What is to be done?"), add)
            else:
                self.gateway.run(lambda: services.tools.tick(value, actor=actor), self._performed)

        def add(text: str) -> None:
            self.gateway.run(
                lambda: services.tools.add_item(key, text, actor=actor),
                lambda _: self.changed([]),
            )

        if not self.tools.items:
            self.ask(tr("What is to be done?"), add)
            return
        signs = {True: "[x]", False: "[ ]"}
        options = [
            Option(item, f"{signs[item.done]} {item.text}", key=str(at) if at < 10 else "")
            for at, item in enumerate(self.tools.items, 1)
        ]
        self.menu(tr("To do"), [*options, Option(NEW, tr("another"), "n")], chosen)

    def do_split(self) -> None:
        """Move messages into a new ticket with a subject of its own; undo brings them back."""
        services, actor, key = self.gateway.services, self.gateway.actor, self.ticket_id

        def show(entries: Any) -> None:
            options = [
                Option(e.id, " ".join(e.text.split()), detail=e.author)
                for e in entries
                if e.state == "sent" and e.id
            ]
            if not options:
                self.crm.say(tr("There is no message to split off"), "warning")
                return
            self.app.push_screen(
                Ticks(tr("Messages of the new ticket"), options, self.crm.terminal.theme), ticked
            )

        def ticked(ids: list[int] | None) -> None:
            if ids:
                self.ask(tr("Subject of the new ticket"), lambda text: split(ids, text))

        def split(ids: list[int], subject: str) -> None:
            self.gateway.run(
                lambda: services.splits.split(key, ids, subject, actor=actor)[1], self._performed
            )

        self.gateway.run(
            lambda: services.views.timeline(key, actor=actor, messages_only=True), show
        )


def _spent(line: str) -> tuple[int, str]:
    """Minutes and note; a bare number is minutes."""
    word, _, note = line.strip().partition(" ")
    length = duration(f"{word}m" if word.isdigit() else word)
    return max(round(length.total_seconds() / 60), 1), note.strip()
