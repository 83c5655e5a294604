"""Who else is at a ticket, and who changed it while one writes (ux.md 3.7, 4)."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from crm_tui.domain.errors import DomainError
from crm_tui.i18n import tr
from crm_tui.services.presence import BEAT
from crm_tui.tui.labels import span
from crm_tui.tui.screens.ticket_verbs import TicketVerbs
from crm_tui.tui.widgets.bars import Bar
from crm_tui.tui.widgets.composer import Composer
from crm_tui.tui.widgets.form import Form
from crm_tui.tui.widgets.lines import Line
from crm_tui.tui.widgets.timeline import Timeline

LEAVE_S = 1.0
"""A store that does not answer must not hold up the end; the session is forgotten anyway."""


class TicketPresence(TicketVerbs):
    """The part of the ticket's screen that knows of others."""

    def __init__(self, ticket_id: int) -> None:
        super().__init__()
        self.ticket_id = ticket_id
        self.session = uuid4().hex
        self.others: Sequence[Any] = ()
        self._told: tuple[int, str] | None = None
        self._told_at: datetime | None = None
        self._foreign: tuple[str, datetime] | None = None

    @property
    def composer(self) -> Composer:
        """Where texts are written."""
        return self.query_one(Composer)

    def on_mount(self) -> None:
        """Look for others as often as for changes."""
        self.query_one("#changed", Bar).display = False
        self.set_interval(self.crm.terminal.poll_s, self.beat)

    async def on_unmount(self) -> None:
        """Say that this session has left."""
        if self._told is not None:
            services = self.gateway.services
            with suppress(DomainError, TimeoutError):
                await asyncio.wait_for(
                    asyncio.to_thread(services.presence.gone, self.session), LEAVE_S
                )

    @property
    def unknown_here(self) -> bool:
        """Whether others do not know yet that this session is here, or what it does."""
        return self._told != (self.ticket_id, self._mode_here())

    def _mode_here(self) -> str:
        return "replying" if self.composer.display and self.composer.public else "viewing"

    def beat(self) -> None:
        """Tell where this session is, as seldom as that will do, and look who else is there."""
        if not self.gateway.ready or self.crm.trouble:
            return
        services, actor, key = self.gateway.services, self.gateway.actor, self.ticket_id
        place = (key, self._mode_here())
        now = self.now
        due = place != self._told or self._told_at is None or now - self._told_at >= BEAT
        seen = self.gateway.seq
        edits = isinstance(self.app.screen, Form)
        entries = self.query_one(Timeline).entries

        def work() -> tuple[Sequence[Any], tuple[str, datetime] | None]:
            if due:
                services.presence.here(self.session, "ticket", key, actor=actor, mode=place[1])
            found = services.presence.others("ticket", [key], session=self.session)
            foreign = None
            # While a form lies over the screen nobody else looks for changes.
            if edits and any(
                c.kind == "ticket" and c.id == key for c in services.audit.changes(seen)
            ):
                after = services.views.timeline(key, actor=actor)
                foreign = last_foreign(entries, after, actor.name)
            return found.get(key, ()), foreign

        def then(answer: tuple[Sequence[Any], tuple[str, datetime] | None]) -> None:
            if not self.is_attached or key != self.ticket_id:
                return
            if due:
                self._told, self._told_at = place, now
            others, foreign = answer
            if list(others) != list(self.others):
                self.others = others
                self.draw_head()
            top = self.app.screen
            if foreign is not None and isinstance(top, Form):
                top.notice(self._changed_by(*foreign))
            self.draw_foreign()

        self.gateway.run(
            work, then, group="presence", exclusive=True, refused=self.crm.offline, apart=True
        )

    def draw_head(self) -> None:
        """Draw the lines above the timeline again."""

    # Changed elsewhere

    def noticed(self, before: Sequence[Any], after: Sequence[Any]) -> None:
        """The ticket was read again; of what is new in it the bar names who wrote it."""
        foreign = last_foreign(before, after, self.gateway.actor.name)
        if foreign is not None and self.composer.display:
            self._foreign = foreign
        self.draw_foreign()

    def forget_foreign(self) -> None:
        """What others changed has been seen."""
        self._foreign = None
        self.draw_foreign()

    def draw_foreign(self) -> None:
        """The bar above the composer; it counts seconds for the first minute only."""
        bar = self.query_one("#changed", Bar)
        shown = self._foreign is not None and self.composer.display
        if shown and self._foreign is not None:
            bar.show([(f" {self._changed_by(*self._foreign)} ", "alarm")])
        bar.display = shown

    def _changed_by(self, name: str, at: datetime) -> str:
        ago = max(self.now - at, timedelta())
        seconds = int(ago.total_seconds())
        time = f"{seconds} s" if seconds < 60 else span(seconds)
        return tr("changed by {name} {time} ago").format(name=name, time=time)


def last_foreign(
    before: Sequence[Any], after: Sequence[Any], own: str
) -> tuple[str, datetime] | None:
    """Who else wrote last in a timeline since it was read before, and when."""
    known = {(e.kind == "event", e.id) for e in before}
    for entry in reversed(after):
        fresh = (entry.kind == "event", entry.id) not in known
        if fresh and entry.author and entry.author != own:
            return entry.author, entry.at
    return None


def marks(others: Sequence[Any], *, ascii_only: bool) -> Line:
    """Who else is here: a dot and initials, a pen for those who write an answer."""
    writing, looking = ("w", "o") if ascii_only else ("✎", "●")
    pieces: list[tuple[str, str]] = []
    for person in others[:4]:
        writes = person.mode == "replying"
        sign = writing if writes else looking
        pieces.append((f" {sign} {person.initials}", "warn" if writes else "ok"))
    if len(others) > 4:
        pieces.append((f" +{len(others) - 4}", "dim"))
    return pieces
