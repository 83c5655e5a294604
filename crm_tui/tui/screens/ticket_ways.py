"""Ways that all verbs on tickets share: whom they are for, what they did, what helps (ux.md 3.6)."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from crm_tui.domain.errors import RuleViolation
from crm_tui.domain.msg import msg
from crm_tui.i18n import render, tr
from crm_tui.tui.action import TICKETS
from crm_tui.tui.actions import BY_ID
from crm_tui.tui.keymap import shown
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.widgets.dialogs import Finder, Menu, Option, Question

if TYPE_CHECKING:
    from crm_tui.services.result import Result

BULK_ASKS = 10
REMEDIES = {
    "progress_note_needed": "progress",
    "owner_needed": "take",
    "verified_note_needed": "status",
    "solution_needed": "propose",
    "approval_needed": "approve",
    "customer_confirmation_needed": "confirm",
    "handling_basis_needed": "feedback",
    "satisfaction_needed": "satisfy",
    "attempts_needed": "attempt",
    "cause_category_needed": "end",
    "cancelled": "reopen",
}
"""The action that gives what a rule misses, by the rule's code."""


class TicketWays(BaseScreen):
    """Screens that show tickets say which ones are meant."""

    def targets(self) -> Sequence[int]:
        """The tickets that a verb is for."""
        return ()

    def version_of(self, ticket_id: int) -> int | None:
        """The version on the screen, so that a colleague's change is not overwritten unseen."""
        return None

    def number_of(self, ticket_id: int) -> str:
        """How a ticket is named to its reader; empty where the screen shows no other."""
        return ""

    def delete(self, number: str) -> Callable[[], object]:
        """A ticket stays (R-151)."""
        if not self.targets():
            return super().delete(number)
        raise RuleViolation(
            msg("A ticket is never deleted: M merges a double one, s x cancels a mistaken one"),
            code="kept",
        )

    # Ways

    def tell(self, result: "Result") -> None:
        """Say what a verb did; of what it refused each reason once, with the key that helps."""
        reasons: dict[str, list[str]] = {}
        for outcome in result.refused:
            if outcome.error is not None:
                sentence = render(outcome.error.message)
                action = REMEDIES.get(outcome.error.code)
                if action and (keys := self._keys_to(action)):
                    sentence += f"  ({keys} {tr(BY_ID[action].title)})"
                reasons.setdefault(sentence, []).append(self.number_of(outcome.id))
        if not reasons:
            super().tell(result)
            return
        lines = []
        if len(result.outcomes) > 1:
            done = len(result.done)
            count = tr("{done} done, {refused} refused").format(
                done=done, refused=len(result.refused)
            )
            lines.append(count + ("   " + tr("u undo") if result.undo_id is not None else ""))
        for sentence, numbers in reasons.items():
            named = " ".join([*numbers[:6], "…"] if len(numbers) > 6 else numbers).strip()
            lines.append(f"{named}: {sentence}" if named else sentence)
        self.crm.say("\n".join(lines), "warning")

    def _keys_to(self, name: str) -> str:
        """The keys of an action from here, by way of opening the ticket where only its screen has it."""
        scopes = BY_ID[name].scopes
        if self.SCOPE in scopes:
            way = [name]
        elif self.SCOPE in TICKETS and "ticket" in scopes:
            way = ["open", name]
        else:
            return ""
        keys = [self.crm.keys[step] for step in way]
        return " ".join(shown(k[0]) for k in keys) if all(keys) else ""

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
