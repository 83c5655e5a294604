"""Where a person was: view, place and marks for the next start (ux.md 5)."""

from typing import Any

from sqlalchemy import insert, select, update

from crm_tui.db.schema.system import session_state
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core


class SessionService:
    """Session state of a staff member; nobody else's business, so not logged."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def load(self, *, actor: Actor) -> dict[str, Any]:
        """What was saved last, or nothing."""
        query = select(session_state.c.data).where(session_state.c.staff_id == actor.staff_id)
        with self._core.read(actor) as unit:
            return dict(unit.conn.execute(query).scalar_one_or_none() or {})

    def save(self, data: dict[str, Any], *, actor: Actor) -> None:
        """Keep the state for the next start."""
        with self._core.write(actor) as unit:
            changed = unit.conn.execute(
                update(session_state)
                .where(session_state.c.staff_id == actor.staff_id)
                .values(data=data, updated_at=unit.now)
            )
            if changed.rowcount == 0:
                unit.conn.execute(
                    insert(session_state).values(
                        staff_id=actor.staff_id, data=data, updated_at=unit.now
                    )
                )
