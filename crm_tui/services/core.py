"""What every service stands on: engine, clock, keys, and transactions that carry their own log."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from crm_tui.db.crypto import KeyRing
from crm_tui.db.errors import translated
from crm_tui.db.schema.log import chain_head
from crm_tui.domain.errors import DomainError
from crm_tui.domain.msg import Msg
from crm_tui.services.actor import Actor
from crm_tui.services.register_hooks import Hooks
from crm_tui.services.result import Outcome, Result
from crm_tui.services.unit import Unit

_together: ContextVar[Unit | None] = ContextVar("together", default=None)
"""The transaction that calls of services join, within `Core.together`."""

Clock = Callable[[], datetime]
"""Gives the present as an aware UTC datetime."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Switches that an installation may set; the defaults are the decisions of requirements.md C."""

    zone: str = "Asia/Shanghai"
    calendar: str = "default"
    reply_delay_s: int = 20
    reopen_days: int = 7
    unreachable_attempts: int = 3
    approval_for_all: bool = False
    max_attachment_bytes: int = 20_000_000
    calendar_year_tier: bool = False
    parent_waits_for_children: bool = True
    follow_up_on_working_day: bool = False
    """Whether a return visit due on a day off moves to the next working day (D-12)."""
    margin_percent: int = 30
    """What an order of unknown cost is taken to earn, in percent of its amount (D-21)."""


@dataclass(slots=True)
class Core:
    """Shared by all services of one process; holds no state of any request."""

    engine: Engine
    clock: Clock
    keyring: KeyRing
    files: Path
    rules: Rules = field(default_factory=Rules)
    before_commit: list[Callable[[Unit], None]] = field(default_factory=list)
    inverses: dict[str, Callable[[Unit, Mapping[str, Any]], None]] = field(default_factory=dict)
    hooks: dict[str, Hooks] = field(default_factory=dict)
    """The rules of each kind of record, by name."""
    cache: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def read(self, actor: Actor | None = None) -> Iterator[Unit]:
        """A consistent view for reading; errors of the store come out as `Unavailable`."""
        joined = self._joined()
        if joined is not None:
            yield joined
            return
        with translated(self.engine), self.engine.connect() as conn:
            yield Unit(self, conn, actor, self.clock())

    @contextmanager
    def write(self, actor: Actor) -> Iterator[Unit]:
        """One transaction with its log, clocks and notifications; all of it or nothing.

        Writers take turns, on SQLite by BEGIN IMMEDIATE, on PostgreSQL by the chain head's row: the log
        is one hash chain without gaps, and numbers are given in commit order.
        """
        joined = self._joined()
        if joined is not None:
            yield joined
            return
        with translated(self.engine), self.engine.connect() as raw:
            conn = raw.execution_options(sqlite_begin="IMMEDIATE")
            with conn.begin():
                if conn.dialect.name == "postgresql":
                    conn.execute(
                        select(chain_head.c.seq).where(chain_head.c.id == 1).with_for_update()
                    )
                unit = Unit(self, conn, actor, self.clock())
                yield unit
                unit.finish()

    @contextmanager
    def together(self, actor: Actor) -> Iterator[Unit]:
        """One transaction for several calls of services: they join it instead of opening their own."""
        with self.write(actor) as unit:
            mark = _together.set(unit)
            try:
                yield unit
            finally:
                _together.reset(mark)

    def joins(self) -> bool:
        """Whether calls join a transaction that is open already."""
        return self._joined() is not None

    def _joined(self) -> Unit | None:
        unit = _together.get()
        return unit if unit is not None and unit.core is self else None

    def each(
        self,
        actor: Actor,
        ids: Sequence[int],
        label: Msg,
        change: Callable[[Unit, int], Msg | None],
        *,
        undoable: bool = True,
    ) -> Result:
        """Apply ``change`` to each id in one transaction; a refused one leaves the others standing."""
        outcomes: list[Outcome] = []
        with self.write(actor) as unit:
            for item in ids:
                try:
                    with unit.attempt():
                        outcomes.append(Outcome(item, notice=change(unit, item)))
                except DomainError as error:
                    outcomes.append(Outcome(item, error=error))
            if undoable and any(o.ok for o in outcomes):
                unit.label = label
        return Result(label, tuple(outcomes), unit.undo_id)
