"""Which kinds of ticket the desk takes: a setting of the database, with templates (R-122, D-30)."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, insert, select

from crm_tui.db.schema.system import meta
from crm_tui.domain.errors import RuleViolation, ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.terms import TicketKind
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.permissions import need_role
from crm_tui.services.unit import Unit

KEY: Final = "ticket_kinds"
DEFAULT: Final = ("consultation", "complaint", "suggestion", "praise", "after_sales")
TEMPLATES: Final = {"b2b": DEFAULT, "automotive": (*DEFAULT, "rescue")}
"""Kinds of ticket by trade."""


class KindService:
    """Read and set the kinds."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def enabled(self, *, actor: Actor) -> tuple[str, ...]:
        """The kinds that new tickets may have, in their order."""
        with self._core.read(actor) as unit:
            return enabled(unit)

    def set(self, names: Sequence[str], *, actor: Actor) -> tuple[str, ...]:
        """Choose the kinds; tickets that exist keep theirs. Administrators only."""
        known = [str(k) for k in TicketKind]
        for name in names:
            if name not in known:
                raise ValidationError(
                    msg("A kind is one of {kinds}", kinds=", ".join(known)), field="kind"
                )
        if not names:
            raise ValidationError(msg("At least one kind is needed"), field="kind")
        chosen = tuple(k for k in known if k in names)
        with self._core.write(actor) as unit:
            need_role(actor, "admin")
            before = enabled(unit)
            unit.conn.execute(delete(meta).where(meta.c.key == KEY))
            unit.conn.execute(insert(meta).values(key=KEY, value=",".join(chosen)))
            unit.log("setting", 0, "changed", changes={KEY: [list(before), list(chosen)]})
        return chosen


def preload(unit: Unit, template: str) -> None:
    """The kinds of a trade, in a fresh database."""
    if template not in TEMPLATES:
        raise ValidationError(
            msg("A template is one of {names}", names=", ".join(TEMPLATES)), field="template"
        )
    unit.conn.execute(insert(meta).values(key=KEY, value=",".join(TEMPLATES[template])))


def enabled(unit: Unit) -> tuple[str, ...]:
    """The kinds that new tickets may have."""
    query = select(meta.c.value).where(meta.c.key == KEY)
    value = unit.conn.execute(query).scalar_one_or_none()
    return tuple(value.split(",")) if value else DEFAULT


def need_kind(unit: Unit, kind: str) -> None:
    """Refuse a kind that this desk does not take."""
    there = enabled(unit)
    if kind not in there:
        raise RuleViolation(
            msg(
                "This desk takes no tickets of the kind “{kind}”; it has {kinds}",
                kind=Msg(TicketKind(kind).label()),
                kinds=", ".join(there),
            ),
            code="kind_not_enabled",
            field="kind",
        )
