"""Replies and notes of one line, written from a list to one ticket or to many (ux.md 3.4, 3.7)."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from crm_tui.i18n import tr
from crm_tui.tui.drafts import Drafts
from crm_tui.tui.screens.ticket_tools import TicketTools
from crm_tui.tui.widgets.draft_line import DraftLine

if TYPE_CHECKING:
    from crm_tui.services.result import Result

TO_MANY: Final = 0
"""The number under which the draft of a line to many tickets is kept."""


class TicketLines(TicketTools):
    """Mixed into screens that show tickets."""

    def do_reply(self) -> None:
        """A reply of one line, to one or to many."""
        services, actor = self.gateway.services, self.gateway.actor
        self._line(
            "public",
            tr("Reply to the customer"),
            lambda ids, text: services.messages.reply(ids, text, actor=actor),
        )

    def do_note(self) -> None:
        """An internal note."""
        services, actor = self.gateway.services, self.gateway.actor
        self._line(
            "note",
            tr("Internal note"),
            lambda ids, text: services.messages.note(ids, text, actor=actor),
        )

    def _line(self, kind: str, label: str, send: "Callable[[Sequence[int], str], Result]") -> None:
        """Ask for a text and send it; what is not sent yet is the draft that the composer has, too."""
        ids = self.targets()
        if not ids:
            self.crm.say(tr("No ticket here"))
            return
        drafts = Drafts(self.gateway)
        key = ids[0] if len(ids) == 1 else TO_MANY

        def keep(text: str) -> None:
            drafts.keep(key, kind, text, lambda _: None)

        def found(text: str) -> None:
            if "\n" in text.strip():
                self.crm.say(tr("A longer draft is kept: open the ticket to go on with it"))
                return
            line = DraftLine(
                label, text.strip(), keep, lambda text: drafts.keep_now(key, kind, text)
            )
            self.app.push_screen(line, answered)

        def answered(text: str | None) -> None:
            if text is None:
                return
            # Refused or not answered with yes, it is still there to be sent.
            keep(text)
            self.perform(
                lambda ids: send(ids, text.strip()),
                then=lambda result: keep("") if result.done else None,
            )

        self.gateway.run(lambda: drafts.find(key, kind), found)
