"""A line in which a date is typed; what it means is echoed above it (ux.md 3.9)."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from textual import on
from textual.widgets import Input, Static

from crm_tui.domain.errors import DomainError
from crm_tui.i18n import render, tr
from crm_tui.tui.labels import WEEKDAYS
from crm_tui.tui.widgets.dialogs import Prompt

if TYPE_CHECKING:
    from crm_tui.tui.screens.base import BaseScreen


class DatePrompt(Prompt):
    """``meant`` puts what was typed into words; it reads the calendar, so off the loop by ``run``."""

    def __init__(
        self,
        label: str,
        meant: Callable[[str], str],
        check: Callable[[str], str | None],
        run: Callable[..., None],
    ) -> None:
        super().__init__(label, check=check, required=True, run=run)
        self._meant = meant
        self._look = run

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        text = event.value
        self.query_one("#wrong", Static).update("")

        def then(words: str) -> None:
            if self.is_attached and self.query_one(Input).value == text:
                # First, so that a narrow line cuts the examples and not the answer.
                line = f"{words}   {self._label}" if words else self._label
                self.query_one("#label", Static).update(line)

        self._look(lambda: self._meant(text), then, group="preview", exclusive=True)


def ask_due(screen: "BaseScreen", label: str, then: Callable[[datetime], object]) -> None:
    """Ask for a moment, as the desk's calendar understands it, and go on with it."""
    tools = screen.gateway.services.tools

    def meant(text: str) -> str:
        try:
            due = screen.local(tools.due_meant(text))
        except DomainError:
            return ""
        return f"= {due:%Y-%m-%d %H:%M} {tr(WEEKDAYS[due.weekday()])}"

    def check(text: str) -> str | None:
        try:
            tools.due_meant(text)
        except DomainError as error:
            return render(error.message)
        return None

    def given(text: str | None) -> None:
        if text is not None:
            screen.gateway.run(lambda: tools.due_meant(text), then)

    screen.app.push_screen(DatePrompt(label, meant, check, screen.gateway.run), given)
