"""The timeline of a ticket or customer: times in a column, then who said what (ux.md 3.7)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from crm_tui.domain.acts import act_label, reason_words
from crm_tui.i18n import render, tr
from crm_tui.tui.labels import change_text
from crm_tui.tui.widgets.lines import Line, Lines, wrap

__all__ = ["Timeline", "wrap"]

WHEN: Final = 13
"""Cells of the column of times."""


class Timeline(Lines):
    """Entries oldest first, newest in view."""

    def __init__(
        self,
        theme_name: str,
        local: Callable[[datetime], datetime],
        *,
        id: str | None = None,  # noqa: A002  # Textual's own name
    ) -> None:
        super().__init__(theme_name, id=id)
        self.local = local
        self.entries: Sequence[Any] = ()
        self.number = 0
        """The ticket whose timeline it is; others are named at their messages."""
        self.year = 0
        """The present year, which is not named."""
        self._at_end = True

    def show(self, entries: Sequence[Any], *, stay: bool = False) -> None:
        """Draw these entries; ``stay`` keeps the place instead of going to the newest.

        Who stood at the end stays at the end, so that what comes in is seen.
        """
        at_end = self._at_end
        self.entries = entries
        self.put(self._all, stay=stay)
        if not stay or at_end:
            self.to(len(self.lines))

    def to(self, top: int) -> None:
        """Remember whether the newest is in view."""
        super().to(top)
        self._at_end = self.top >= len(self.lines) - self.size.height

    def on_resize(self) -> None:
        """The newest stays in view, as when the composer opens below it."""
        at_end = self._at_end
        super().on_resize()
        if at_end:
            self.to(len(self.lines))

    def _all(self, width: int) -> list[Line]:
        lines: list[Line] = []
        year = self.year
        for entry in self.entries:
            at = self.local(entry.at)
            if at.year != year:
                year = at.year
                lines.append([(f"{year}", "dim")])
            lines += self._entry(entry, at, width)
        return lines

    def _about(self, entry: Any) -> str:
        """Which record an event is about, where it is not the one whose timeline this is."""
        if entry.ticket_number is not None:
            return "" if entry.ticket_number == self.number else f"T-{entry.ticket_number}"
        if not entry.subject:
            return ""
        from crm_tui.domain.records.registry import REGISTRY

        found = REGISTRY.get(entry.subject)
        return tr(found.title) if found is not None else ""

    def _entry(self, entry: Any, at: datetime, width: int) -> list[Line]:
        when = f"{at:%m-%d %H:%M}  "
        room = max(width - WHEN, 10)
        blank = " " * WHEN
        if entry.kind == "event":
            who = f"{entry.author} " if entry.author else ""
            detail = change_text(entry.changes, self.local, entry.subject)
            about = self._about(entry)
            verb = tr(act_label(entry.subject, entry.verb))
            reason = render(reason_words(entry.verb, entry.reason))
            parts = (f"{who}{verb}", about, detail, reason, entry.text)
            whole = "  ".join(t for t in parts if t)
            if entry.source == "import":
                whole += "  " + tr("(imported)")
            return [
                [
                    (when if i == 0 else blank, "event"),
                    ("· " if i == 0 else "  ", "event"),
                    (part, "event"),
                ]
                for i, part in enumerate(wrap(whole, room - 2))
            ]
        word, role = {
            ("public", "in"): (tr("Customer"), "ok"),
            ("public", "out"): (tr("Reply"), "public"),
        }.get((entry.kind, entry.direction), (tr("Internal note"), "note"))
        if entry.verb == "progress":
            word = tr("Progress to the customer")
        if entry.state == "queued":
            word += " " + tr("(sending, u recalls)")
        other = entry.ticket_number not in (None, self.number)
        number = f"T-{entry.ticket_number} " if other else ""
        head = [(when, "dim"), (f"{word}", "head"), (f"  {number}{entry.author}", "dim")]
        # A note is set off by a bar: nobody must take it for what the customer reads.
        edge = "| " if entry.kind == "note" else ""
        lines: list[Line] = [head]
        lines += [
            [(blank, ""), (edge, role), (part, role)] for part in wrap(entry.text, room - len(edge))
        ]
        return [*lines, []]
