"""Who else looks at a record, or writes an answer (ux.md 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert, select, update

from crm_tui.db import feed
from crm_tui.db.errors import translated
from crm_tui.db.schema.desk import presence
from crm_tui.db.schema.org import staff
from crm_tui.domain.text import display
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core

FRESH: Final = timedelta(seconds=60)
"""A session that has not been heard of for so long is gone."""
BEAT: Final = timedelta(seconds=20)
"""How often a session says that it is still there; nothing is written in between."""
MODES: Final = ("viewing", "replying")


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody else at a record."""

    staff_id: int
    name: str
    mode: str
    since: datetime

    @property
    def initials(self) -> str:
        """Up to two letters; a Chinese name's last two characters."""
        words = self.name.split()
        if len(words) > 1:
            return (words[0][0] + words[-1][0]).upper()
        return self.name[-2:] if not self.name.isascii() else self.name[:2].upper()


class PresenceService:
    """Beats of sessions: outside the log and its chain, so that they hold up no writer."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def here(
        self, session: str, kind: str, subject_id: int, *, actor: Actor, mode: str = "viewing"
    ) -> None:
        """Say that a session is at a record; repeated within `BEAT` it writes nothing."""
        now = self._core.clock()
        mine = presence.c.session == session
        place = {"subject_kind": kind, "subject_id": subject_id, "mode": mode}
        with translated(self._core.engine), self._core.engine.connect() as raw:
            conn = raw.execution_options(sqlite_begin="IMMEDIATE")
            with conn.begin():
                old = conn.execute(select(presence).where(mine)).mappings().first()
                same = old is not None and all(old[k] == v for k, v in place.items())
                if old is not None and same and now - old["seen_at"] < BEAT:
                    return
                if old is None:
                    conn.execute(delete(presence).where(presence.c.seen_at < now - FRESH))
                    conn.execute(
                        insert(presence).values(
                            session=session,
                            staff_id=actor.staff_id,
                            since=now,
                            seen_at=now,
                            **place,
                        )
                    )
                else:
                    since = old["since"] if same else now
                    conn.execute(
                        update(presence).where(mine).values(since=since, seen_at=now, **place)
                    )
                if not same:
                    feed.announce(conn)

    def gone(self, session: str) -> None:
        """Say that a session has left; one that says nothing is gone after `FRESH`."""
        with translated(self._core.engine), self._core.engine.connect() as raw:
            conn = raw.execution_options(sqlite_begin="IMMEDIATE")
            with conn.begin():
                found = conn.execute(delete(presence).where(presence.c.session == session))
                if found.rowcount:
                    feed.announce(conn)

    def others(
        self, kind: str, ids: Sequence[int], *, session: str
    ) -> dict[int, tuple[Present, ...]]:
        """Who else is at these records, those who write an answer first; one statement."""
        if not ids:
            return {}
        query = (
            select(presence, staff.c.name)
            .join(staff, staff.c.id == presence.c.staff_id)
            .where(
                presence.c.subject_kind == kind,
                presence.c.subject_id.in_(ids),
                presence.c.session != session,
                presence.c.seen_at >= self._core.clock() - FRESH,
            )
            .order_by(presence.c.mode, presence.c.since)
        )
        found: dict[int, list[Present]] = {}
        with self._core.read() as unit:
            for row in unit.conn.execute(query).mappings():
                found.setdefault(row["subject_id"], []).append(
                    Present(row["staff_id"], display(row["name"]), row["mode"], row["since"])
                )
        return {key: tuple(people) for key, people in found.items()}
