"""Running macros: their changes on each ticket together or not at all, undone as one act (ux.md 3.9)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from crm_tui.domain.macros import MacroStep, parse_steps
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.text import display
from crm_tui.services import ticket_base as base
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.org import staff_id
from crm_tui.services.result import Result
from crm_tui.services.texts import filled, named, reachable
from crm_tui.services.unit import Unit

if TYPE_CHECKING:
    from crm_tui.services.messages import MessageService
    from crm_tui.services.tickets import TicketService


@dataclass(frozen=True, slots=True)
class MacroRow:
    """A macro as offered."""

    id: int
    name: str
    title: str
    steps: tuple[MacroStep, ...]
    after: str


class MacroService:
    """Macros of the actor's reach."""

    def __init__(self, core: Core, tickets: "TicketService", messages: "MessageService") -> None:
        self._core = core
        self._tickets = tickets
        self._messages = messages

    def macros(self, *, actor: Actor) -> list[MacroRow]:
        """The macros that the actor may run, by name."""
        with self._core.read(actor) as unit:
            return [
                MacroRow(
                    r["id"],
                    display(r["name"]),
                    display(r["title"]),
                    parse_steps(r["steps"]),
                    r["after"],
                )
                for r in unit.conn.execute(reachable(unit, "macro")).mappings()
            ]

    def run(
        self, ids: Sequence[int], name: str, *, actor: Actor, language: str = "zh"
    ) -> tuple[Result, str]:
        """Run a macro on tickets; answers the outcomes and where it leaves the agent.

        A ticket on which one step is refused keeps none of them. One undo takes back the whole.
        """
        with self._core.together(actor) as unit:
            macro = named(unit, "macro", name)
            steps = parse_steps(macro["steps"])

            def work(unit: Unit, item: int) -> Msg | None:
                notices = [self._do(unit, item, step, actor, language) for step in steps]
                return next((n for n in notices if n is not None), None)

            label = msg("Macro {name}", name=name)
            result = self._core.each(actor, ids, label, work)
        return replace(result, undo_id=unit.undo_id), str(macro["after"])

    def step(
        self, ids: Sequence[int], step: MacroStep, *, actor: Actor, language: str = "zh"
    ) -> Result:
        """One step by itself, as a macro would do it: a canned text filled for each ticket."""
        with self._core.together(actor) as unit:

            def work(unit: Unit, item: int) -> Msg | None:
                return self._do(unit, item, step, actor, language)

            result = self._core.each(actor, ids, msg("Text {name}", name=step.value), work)
        return replace(result, undo_id=unit.undo_id)

    def _do(
        self, unit: Unit, item: int, step: MacroStep, actor: Actor, language: str
    ) -> Msg | None:
        empty: tuple[str, ...] = ()
        if step.canned is not None:
            row = base.load(unit, item)
            public = step.verb == "reply"
            text = filled(unit, row, step.canned, public=public, language=language)
            step, empty = MacroStep(step.verb, text.text), text.empty
        result = _VERBS[step.verb](self, unit, item, step, actor)
        result.one()
        if empty:
            return msg("Nothing to fill in for {fields}", fields=", ".join(empty))
        return result.outcomes[0].notice

    # The verbs, each by the service that owns it.

    def _take(self, unit: Unit, item: int, step: MacroStep, actor: Actor) -> Result:
        return self._tickets.take([item], actor=actor)

    def _assign(self, unit: Unit, item: int, step: MacroStep, actor: Actor) -> Result:
        nobody = step.value in ("none", "无")
        login = actor.login if step.value == "@me" else step.value.removeprefix("@")
        return self._tickets.assign([item], None if nobody else staff_id(unit, login), actor=actor)

    def _status(self, unit: Unit, item: int, step: MacroStep, actor: Actor) -> Result:
        asked = _ASKED_BY.get(step.value, "")
        values = {asked: step.text} if asked and step.text else {}
        return self._tickets.status(
            [item], step.value, actor=actor, values=values, reason=step.text or None
        )

    def _wait(self, unit: Unit, item: int, step: MacroStep, actor: Actor) -> Result:
        return self._tickets.wait([item], actor=actor, on=step.value, reason=step.text)

    def _urgency(self, unit: Unit, item: int, step: MacroStep, actor: Actor) -> Result:
        return self._tickets.urgency([item], step.value, actor=actor)

    def _department(self, unit: Unit, item: int, step: MacroStep, actor: Actor) -> Result:
        return self._tickets.transfer([item], step.value, step.text, actor=actor)

    def _tag(self, unit: Unit, item: int, step: MacroStep, actor: Actor) -> Result:
        words = step.value.split()
        add = [w.removeprefix("+") for w in words if not w.startswith("-")]
        remove = [w[1:] for w in words if w.startswith("-")]
        return self._tickets.tag([item], actor=actor, add=add, remove=remove)

    def _note(self, unit: Unit, item: int, step: MacroStep, actor: Actor) -> Result:
        return self._messages.note([item], step.value, actor=actor)

    def _reply(self, unit: Unit, item: int, step: MacroStep, actor: Actor) -> Result:
        return self._messages.reply([item], step.value, actor=actor)


_ASKED_BY: Final[Mapping[str, str]] = {
    "accepted": "verified_note",
    "waiting_customer": "wait_reason",
    "waiting_third_party": "wait_reason",
    "closed": "close_reason",
}
"""The field that a state's guard asks for."""

_VERBS: Final[Mapping[str, Callable[[MacroService, Unit, int, MacroStep, Actor], Result]]] = {
    "take": MacroService._take,
    "assign": MacroService._assign,
    "status": MacroService._status,
    "wait": MacroService._wait,
    "urgency": MacroService._urgency,
    "department": MacroService._department,
    "tag": MacroService._tag,
    "note": MacroService._note,
    "reply": MacroService._reply,
}
