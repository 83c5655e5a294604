"""Ways that all verbs on tickets share: whom they are for, what they did, what helps (ux.md 3.6)."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from crm_tui.domain.errors import RuleViolation
from crm_tui.domain.msg import msg
from crm_tui.i18n import tr
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.widgets.dialogs import Finder, Menu, Option, Question

if TYPE_CHECKING:
    from crm_tui.services.result import Result

BULK_ASKS = 10


class TicketWays(BaseScreen):
    """Screens that show tickets say which ones are meant."""

    def targets(self) -> Sequence[int]:
        """The tickets that a verb is for."""
        return ()

    def version_of(self, ticket_id: int) -> int | None:
        """The version on the screen, so that a colleague's change is not overwritten unseen."""
        return None

    def delete(self, number: str) -> Callable[[], object]:
        """A ticket stays (R-151)."""
        if not self.targets():
            return super().delete(number)
        raise RuleViolation(
            msg("A ticket is never deleted: M merges a double one, s x cancels a mistaken one"),
            code="kept",
        )

    # Ways

    def versions(self, ids: Sequence[int]) -> dict[int, int]:
        """The versions on the screen that is seen; a repeated change may come from another one."""
        seen = [s for s in self.app.screen_stack if isinstance(s, TicketWays)]
        found = {i: (seen[-1] if seen else self).version_of(i) for i in ids}
        return {i: v for i, v in found.items() if v is not None}

    def perform(
        self,
        work: "Callable[[Sequence[int]], Result]",
        ids: Sequence[int] | None = None,
        then: "Callable[[Result], None] | None" = None,
    ) -> None:
        """Run a verb on the targets, asking first where they are many; then go on with ``then``."""
        chosen = list(ids if ids is not None else self.targets())
        if not chosen:
            self.crm.say(tr("No ticket here"))
            return

        def done(result: "Result") -> None:
            self._performed(result)
            if then is not None:
                then(result)

        def go() -> None:
            if ids is None:
                self.crm.repeatable = work
            self.gateway.run(lambda: work(chosen), done)

        if len(chosen) <= BULK_ASKS:
            go()
            return

        def answered(yes: bool | None) -> None:
            if yes:
                go()

        self.app.push_screen(
            Question(tr("Change {count} tickets?").format(count=len(chosen))), answered
        )

    def _performed(self, result: "Result") -> None:
        self.tell(result)
        self.performed(result)

    def performed(self, result: "Result") -> None:
        """What the screen does after a verb."""
        self.changed([])

    def menu(self, title: str, options: Sequence[Option], then: Callable[[Any], None]) -> None:
        """Choose from a few and go on."""

        def chosen(value: Any) -> None:
            if value is not None:
                then(value)

        self.app.push_screen(Menu(title, options, self.crm.terminal.theme), chosen)

    def find_staff(self, title: str, then: Callable[[int | None], None]) -> None:
        """Choose a colleague, or nobody; their load is shown."""
        services = self.gateway.services

        def search(text: str) -> list[Option]:
            wanted = text.casefold()
            found = [
                Option(
                    s.id,
                    s.name,
                    detail=tr("{department} {count} open").format(
                        department=s.department, count=s.open_tickets
                    ),
                )
                for s in services.org.staff_list()
                if wanted in f"{s.name} {s.login} {s.department}".casefold() and s.role != "viewer"
            ]
            return [*found[:11], Option(-1, tr("nobody"))]

        def chosen(value: int | None) -> None:
            if value is not None:
                then(None if value == -1 else value)

        self.app.push_screen(
            Finder(title, self.crm.terminal.theme, search, self.gateway.run), chosen
        )
