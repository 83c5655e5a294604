"""Answers to surveys: whose they are and where they can be checked, never edited (R-267, D-35).

An answer that was written down wrongly is corrected by a new version with a reason; the old one stays,
marked as replaced, and counts no more.
"""

from collections.abc import Mapping
from typing import Any, Final

from crm_tui.domain.errors import RuleViolation, ValidationError
from crm_tui.domain.msg import msg
from crm_tui.domain.records.base import editable
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.register_rules import described, insert_record, need_record
from crm_tui.services.result import Outcome, Result
from crm_tui.services.unit import Unit

MANUAL: Final = "manual"
"""The source of answers that a person wrote down, beside those of files."""


class SurveyService:
    """Corrections of answers."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def correct(
        self,
        answer_id: int,
        data: Mapping[str, Any],
        reason: str,
        *,
        actor: Actor,
        expected: int | None = None,
    ) -> Result:
        """Put a new version in an answer's place; the outcome has its id (R-267, D-35).

        ``data`` are the fields that differ. Refused without a reason, and for an answer that has been
        replaced already. Undoing takes the new version off the lists and puts the old one in force.
        """
        if not reason.strip():
            raise ValidationError(
                msg("Say why the answer is corrected"), field="reason", code="blank"
            )
        kind, table = described("survey_answer")
        label = msg("Answer corrected")
        with self._core.write(actor) as unit:
            row = unit.row(table, answer_id, msg("Survey answer"))
            need_record(unit, kind, row)
            if row["replaced"] or row["archived"]:
                raise RuleViolation(
                    msg("This answer has been replaced; correct the newest version"),
                    code="replaced",
                )
            stored = {name: row[name] for name in editable(kind)}
            given = {**stored, **data, "correction_reason": reason.strip()}
            new = insert_record(unit, kind.name, given, source=MANUAL)
            version = (row["version"] or 1) + 1
            unit.conn.execute(
                table.update()
                .where(table.c.id == new)
                .values(version=version, replaces_id=answer_id)
            )
            diff = unit.change(table, row, {"replaced": True}, expected=expected)
            unit.log(
                kind.name,
                answer_id,
                "replaced",
                changes=diff,
                reason=reason.strip(),
                data={"by": new},
                customer_id=row["customer_id"],
            )
            unit.label = label
        return Result(label, (Outcome(new),), unit.undo_id)


def on_create(unit: Unit, given: Mapping[str, Any], source: str) -> tuple[dict[str, Any], str]:
    """Who collected an answer unless it is said, and whether a person wrote it down (R-267)."""
    data = dict(given)
    if not data.get("collector_id"):
        data["collector_id"] = unit.actor.staff_id or None
    return data, MANUAL if source == "live" else source


def check(unit: Unit, values: Mapping[str, Any]) -> None:
    """Refuse every edit of what is stored, and answers of tomorrow."""
    if "id" in values:
        raise refused()
    if values["answered_at"] > unit.now:
        raise ValidationError(
            msg("{date} has not come yet", date=values["answered_at"].date()),
            code="in_future",
            field="answered_at",
        )


def saved(unit: Unit, answer_id: int) -> None:
    """A new answer is its first version and in force."""
    _, table = described("survey_answer")
    # Part of its making: its row version is still the first.
    unit.conn.execute(
        table.update().where(table.c.id == answer_id).values(version=1, replaced=False)
    )


def need_archivable() -> None:
    """An answer is not taken off the lists by hand (D-35)."""
    raise refused()


def refused() -> RuleViolation:
    """An answer stays as it was given."""
    return RuleViolation(
        msg("An answer is never changed; correct it by a new version with a reason"),
        code="answer_fixed",
    )
