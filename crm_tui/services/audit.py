"""The audit trail as shown, and proof that nobody touched it (R-306)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from crm_tui.db.schema.log import activity, chain_head
from crm_tui.db.schema.org import staff
from crm_tui.domain.text import display
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.dto import Change
from crm_tui.services.permissions import need_role
from crm_tui.services.unit import GENESIS, Unit, link_hash

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry of the trail; personal values stand in it masked for good."""

    seq: int
    at: datetime
    recorded_at: datetime
    actor: str
    behind: str
    kind: str
    subject_id: int
    verb: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    source: str = "live"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found; ``broken_at`` is the first entry that does not fit."""

    entries: int
    ok: bool
    broken_at: int | None = None


class AuditService:
    """Reading and verifying the log."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def entries(
        self,
        *,
        actor: Actor,
        kind: str | None = None,
        subject_id: int | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[AuditRow]:
        """Entries newest first; all subjects need the role manager, one's own work does not."""
        need_role(actor, "manager" if subject_id is None else "viewer")
        behind = staff.alias("behind")
        query = (
            select(activity, staff.c.login.label("actor"), behind.c.login.label("behind"))
            .select_from(
                activity.outerjoin(staff, staff.c.id == activity.c.actor_id).outerjoin(
                    behind, behind.c.id == activity.c.behind_id
                )
            )
            .order_by(activity.c.seq.desc())
            .limit(limit)
        )
        if kind is not None:
            query = query.where(activity.c.kind == kind)
        if subject_id is not None:
            query = query.where(activity.c.subject_id == subject_id)
        if before is not None:
            query = query.where(activity.c.seq < before)
        with self._core.read(actor) as unit:
            return [
                AuditRow(
                    r["seq"],
                    r["at"],
                    r["recorded_at"],
                    r["actor"] or "system",
                    r["behind"] or "",
                    r["kind"],
                    r["subject_id"],
                    r["verb"],
                    safe_changes(r["changes"]),
                    display(r["reason"] or ""),
                    r["source"],
                )
                for r in unit.conn.execute(query).mappings()
            ]

    def verify(self, *, actor: Actor) -> Verdict:
        """Recompute the whole chain; any change, gap or cut of the log is found (R-306)."""
        need_role(actor, "manager")
        with self._core.read(actor) as unit:
            return verify_chain(unit)

    def changes(self, after: int, *, limit: int = 500) -> list[Change]:
        """The change feed: what changed after ``after``, oldest first (decision 11)."""
        query = (
            select(activity.c.seq, activity.c.kind, activity.c.subject_id)
            .where(activity.c.seq > after)
            .order_by(activity.c.seq)
            .limit(limit)
        )
        with self._core.read() as unit:
            return [Change(int(r[0]), str(r[1]), int(r[2])) for r in unit.conn.execute(query)]

    def last_seq(self) -> int:
        """The newest place in the change feed."""
        with self._core.read() as unit:
            return int(unit.conn.execute(select(func.max(activity.c.seq))).scalar_one() or 0)


def safe_changes(changes: Mapping[str, Any] | None) -> dict[str, Any]:
    """Old and new values, display-safe."""
    return {
        name: tuple(display(v) if isinstance(v, str) else v for v in pair)
        for name, pair in (changes or {}).items()
    }


def verify_chain(unit: Unit) -> Verdict:
    """Walk the log in batches and compare each hash with what its row says."""
    previous, expected, count = GENESIS, 1, 0
    while True:
        rows = (
            unit.conn.execute(
                select(activity)
                .where(activity.c.seq >= expected)
                .order_by(activity.c.seq)
                .limit(BATCH)
            )
            .mappings()
            .all()
        )
        if not rows:
            break
        for row in rows:
            if row["seq"] != expected or link_hash(previous, row) != row["hash"]:
                return Verdict(count, False, expected)
            previous = row["hash"]
            expected += 1
            count += 1
    # The head tells of rows cut off at the end; without it nothing does.
    head = unit.conn.execute(select(chain_head)).mappings().first()
    known = (0, GENESIS) if head is None else (int(head["seq"]), str(head["hash"]))
    if known != (count, previous):
        return Verdict(count, False, count + 1)
    return Verdict(count, True)
