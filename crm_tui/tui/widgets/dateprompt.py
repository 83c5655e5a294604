"""A line in which a date is typed; what it means is echoed above it (ux.md 3.9)."""

from collections.abc import Callable

from textual import on
from textual.widgets import Input, Static

from crm_tui.tui.widgets.dialogs import Prompt


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
