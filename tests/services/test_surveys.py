"""Answers to surveys: provenance, scale, corrections, one answer a ticket."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from crm_tui.db.schema.log import activity
from crm_tui.db.schema.tickets import satisfaction_answer
from crm_tui.domain.errors import DomainError
from crm_tui.domain.records.surveys import normalised
from tests.services.conftest import Desk


def answer(desk: Desk, **data: Any) -> int:
    fields = {
        "survey": "csat",
        "respondent": "王总",
        "channel": "phone",
        "answered_at": "2024-06-01T10:00+08:00",
        "answer": 4,
        "evidence": "recording 17",
        **data,
    }
    return desk.services.registers.create("survey_answer", fields, actor=desk.actor("ana"))


def refused(desk: Desk, **data: Any) -> tuple[str, str | None]:
    with pytest.raises(DomainError) as found:
        answer(desk, **data)
    return found.value.code, found.value.field


def row(desk: Desk, answer_id: int) -> Any:
    return desk.services.registers.get("survey_answer", answer_id, actor=desk.actor("ana"))


@pytest.mark.req("R-267", "D-35")
def test_every_answer_says_whose_it_is_and_where_it_can_be_checked(desk: Desk) -> None:
    assert refused(desk, respondent="") == ("required", "respondent")
    assert refused(desk, channel="") == ("required", "channel")
    assert refused(desk, answered_at="") == ("required", "answered_at")
    assert refused(desk, evidence=" ") == ("required", "evidence")
    assert refused(desk, answered_at="2024-06-03T09:01+08:00") == ("in_future", "answered_at")
    kept = row(desk, answer(desk))
    assert kept.values["collector_id"] == desk.actor("ana").staff_id
    assert (kept.values["version"], kept.values["replaced"]) == (1, False)
    assert kept.source == "manual"


@pytest.mark.parametrize(
    ("scale", "code"),
    [
        ({"answer": 6}, "off_scale"),
        ({"answer": 0}, "off_scale"),
        ({"survey": "nps", "answer": 9}, "nps_scale"),
        ({"survey": "nps", "scale_low": 0, "scale_high": 10, "answer": 11}, "off_scale"),
        ({"scale_low": 5, "scale_high": 5, "answer": 5}, "empty_scale"),
    ],
)
def test_answers_off_the_scale_are_refused(desk: Desk, scale: dict[str, Any], code: str) -> None:
    assert refused(desk, **scale)[0] == code


@pytest.mark.req("R-232", "D-19")
def test_points_of_any_scale_become_a_hundred() -> None:
    assert [int(normalised(x, 1, 5)) for x in (5, 4, 3, 1)] == [100, 75, 50, 0]
    assert sum(normalised(x, 1, 5) for x in (5, 4, 3)) / 3 == Decimal(75)
    assert normalised(7, 0, 10) == Decimal(70)
    assert str(normalised(2, 1, 4))[:6] == "33.333"


@pytest.mark.req("R-267", "D-35")
def test_an_answer_is_never_edited_and_never_taken_away(desk: Desk) -> None:
    registers, ana = desk.services.registers, desk.actor("ana")
    made = answer(desk)
    for result in (
        registers.change("survey_answer", made, {"answer": 5}, actor=ana),
        registers.change("survey_answer", made, {"comment": "well"}, actor=desk.actor("root")),
        registers.archive("survey_answer", [made], actor=ana),
    ):
        assert [o.error.code for o in result.refused if o.error] == ["answer_fixed"]
    assert row(desk, made).values["answer"] == 4


@pytest.mark.req("R-267", "D-35")
def test_a_correction_is_a_new_version_with_its_reason(desk: Desk) -> None:
    surveys, undo, ana = desk.services.surveys, desk.services.undo, desk.actor("ana")
    first = answer(desk, comment="as said")
    with pytest.raises(DomainError) as found:
        surveys.correct(first, {"answer": 5}, " ", actor=ana)
    assert found.value.code == "blank"
    result = surveys.correct(first, {"answer": 5}, "misheard", actor=ana)
    second = result.outcomes[0].id
    new, old = row(desk, second).values, row(desk, first).values
    assert (new["answer"], new["version"], new["replaces_id"], new["replaced"]) == (
        5,
        2,
        first,
        False,
    )
    assert (new["correction_reason"], new["comment"]) == ("misheard", "as said")
    assert (old["answer"], old["version"], old["replaced"]) == (4, 1, True)
    with pytest.raises(DomainError) as found:
        surveys.correct(first, {"answer": 1}, "again", actor=ana)
    assert found.value.code == "replaced"
    with pytest.raises(DomainError) as found:
        surveys.correct(second, {"answer": 9}, "again", actor=ana)
    assert found.value.code == "off_scale"
    query = select(activity.c.verb, activity.c.reason).where(
        activity.c.kind == "survey_answer", activity.c.subject_id == first
    )
    with desk.core.read() as unit:
        log = [tuple(r) for r in unit.conn.execute(query.order_by(activity.c.seq))]
    assert log == [("created", None), ("replaced", "misheard")]
    undo.undo(actor=ana)
    assert row(desk, second).archived
    assert row(desk, first).values["replaced"] is False
    undo.redo(actor=ana)
    assert row(desk, first).values["replaced"] is True
    assert not row(desk, second).archived


@pytest.mark.req("R-267")
def test_others_correct_what_is_theirs(desk: Desk) -> None:
    made = answer(desk)
    with pytest.raises(DomainError) as found:
        desk.services.surveys.correct(made, {"answer": 5}, "no", actor=desk.actor("pat"))
    assert found.value.code == "other_department"


@pytest.mark.req("R-262", "R-267", "R-149")
def test_a_second_answer_of_a_ticket_needs_a_reason_and_leaves_both_on_record(desk: Desk) -> None:
    closing, ana = desk.services.closing, desk.actor("ana")
    made = desk.accepted(kind="consultation")
    desk.services.messages.reply([made], "We look", actor=ana).one()
    closing.propose([made], "Do so", actor=ana).one()
    closing.feedback([made], "Do so", "Manual 3.2", actor=ana).one()
    closing.satisfy(made, True, score=5, respondent="王总", evidence="call 3", actor=ana).one()
    again = closing.satisfy(made, True, score=4, actor=ana)
    assert [o.error.code for o in again.refused if o.error] == ["answer_exists"]
    closing.satisfy(made, True, score=4, reason="misheard", actor=ana).one()
    with desk.core.read() as unit:
        kept = [
            (r.version, r.score, r.reason)
            for r in unit.conn.execute(
                select(satisfaction_answer)
                .where(satisfaction_answer.c.ticket_id == made)
                .order_by(satisfaction_answer.c.version)
            )
        ]
        log = unit.conn.execute(
            select(activity.c.reason)
            .where(activity.c.kind == "ticket", activity.c.verb == "satisfied")
            .order_by(activity.c.seq)
        ).scalars()
        assert list(log) == [None, "misheard"]
    assert kept == [(1, 5, ""), (2, 4, "misheard")]
