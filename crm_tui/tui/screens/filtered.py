"""What all lists with a filter line share: typing it, its history, its faults (ux.md 3.5)."""

from collections.abc import Sequence

from crm_tui.domain.errors import DomainError
from crm_tui.i18n import tr
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.widgets.dialogs import Fault, Prompt, fault


class Filtered(BaseScreen):
    """A list that a filter narrows and an order sorts."""

    filter = ""

    def check_filter(self, text: str) -> object:
        """Raise `DomainError` where a filter means nothing; runs off the loop."""
        return None

    def complete_filter(self, text: str) -> Sequence[str]:
        """Whole filters that a text could become; runs off the loop."""
        return ()

    def typed_before(self) -> str:
        """What stands on the line when it opens."""
        return self.filter

    def put_filter(self, text: str) -> None:
        """Narrow by a filter."""

    def sort_names(self) -> list[str]:
        """Orders that `:sort` knows."""
        return []

    def put_order(self, sort: str, *, down: bool = False) -> None:
        """Another order."""

    def do_filter(self) -> None:
        """Type a filter; a wrong one says where, and the list stays."""

        def check(text: str) -> Fault | str | None:
            try:
                self.check_filter(text)
            except DomainError as error:
                return fault(error)
            return None

        def given(text: str | None) -> None:
            if text is not None:
                self.crm.typed("filters", text)
                self.put_filter(text)

        prompt = Prompt(
            tr("Filter"),
            self.typed_before(),
            check=check,
            complete=self.complete_filter,
            history=self.crm.lines("filters"),
            run=self.gateway.run,
        )
        self.app.push_screen(prompt, given)
