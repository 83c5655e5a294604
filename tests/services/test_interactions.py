"""Interactions: what is asked, who took part, when the last contact was, the task that follows."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from crm_tui.domain.errors import DomainError
from tests.services.conftest import Desk


def contact(desk: Desk, customer: int | str, *, login: str = "ana", **data: Any) -> int:
    fields = {
        "customer_id": customer,
        "occurred_on": "2024-06-03",
        "channel": "phone",
        "topic": "Q2业务回顾",
        **data,
    }
    return desk.services.registers.create("interaction", fields, actor=desk.actor(login))


def stored(desk: Desk, interaction: int) -> Any:
    return desk.services.registers.get("interaction", interaction, actor=desk.actor("ana"))


def last(desk: Desk, customer: int) -> datetime | None:
    found = desk.services.customers.view(customer, actor=desk.actor("ana")).fields
    moment: datetime | None = found["last_interaction_at"]
    return moment


def listed(desk: Desk, filter_text: str) -> list[int]:
    page = desk.services.registers.page(
        "interaction", actor=desk.actor("ana"), filter_text=filter_text
    )
    return [row.id for row in page.rows]


@pytest.mark.req("R-087")
def test_a_contact_of_tomorrow_is_refused_and_an_old_one_keeps_when_it_was_written(
    desk: Desk,
) -> None:
    made = desk.customer()
    with pytest.raises(DomainError) as found:
        contact(desk, made, occurred_on="2024-06-04")
    assert found.value.code == "in_future"
    old = stored(desk, contact(desk, made, occurred_on="2023-01-31"))
    assert old.values["occurred_on"] == date(2023, 1, 31)
    assert old.created_at == desk.now


@pytest.mark.req("R-096")
def test_a_contact_needs_a_customer_a_day_a_channel_and_a_topic_and_no_more(desk: Desk) -> None:
    made = desk.customer()
    asked = {"customer_id": made, "occurred_on": "2024-06-03", "channel": "phone", "topic": "Price"}
    registers, ana = desk.services.registers, desk.actor("ana")
    logged = stored(desk, registers.create("interaction", asked, actor=ana))
    # Whoever writes it down led it; it is done, reached the customer and is its last contact.
    told = ("owner_id", "completion_state", "answered", "automated", "topic")
    assert [logged.values[name] for name in told] == [ana.staff_id, "done", True, False, "Price"]
    assert last(desk, made) == desk.now
    for name in asked:
        with pytest.raises(DomainError) as found:
            registers.create(
                "interaction", {k: v for k, v in asked.items() if k != name}, actor=ana
            )
        assert found.value.field == name
    desk.services.undo.undo(actor=ana)
    assert last(desk, made) is None


@pytest.mark.req("R-088")
def test_the_customer_is_found_by_number_or_name(desk: Desk) -> None:
    made = desk.customer(name="A公司")
    number = desk.services.customers.view(made, actor=desk.actor("ana")).row.customer_no
    for typed in (number, number.lower(), "A公司"):
        assert stored(desk, contact(desk, typed)).values["customer_id"] == made


@pytest.mark.req("R-089")
@pytest.mark.parametrize(
    ("word", "channel"), [("线下拜访", "visit"), ("电话沟通", "phone"), ("短信", "sms")]
)
def test_channels_in_the_words_of_the_template(desk: Desk, word: str, channel: str) -> None:
    made = desk.customer()
    assert stored(desk, contact(desk, made, channel=word)).values["channel"] == channel


@pytest.mark.req("R-090")
def test_a_topic_is_required(desk: Desk) -> None:
    with pytest.raises(DomainError) as found:
        contact(desk, desk.customer(), topic=" ")
    assert (found.value.code, found.value.field) == ("required", "topic")


@pytest.mark.req("R-091")
def test_participants_are_mixed_and_found(desk: Desk) -> None:
    services, root = desk.services, desk.actor("root")
    made = desk.customer()
    people = services.customers.view(made, actor=root).contacts
    other = desk.customer(name="B")
    both = contact(
        desk,
        made,
        participants="李工, 张会计",
        participant_staff_ids=["lee", "bob"],
        participant_contact_ids=[people[0].id],
    )
    lee_only = contact(desk, other, participant_staff_ids=["lee"])
    contact(desk, other)
    row = stored(desk, both)
    assert row.values["participants"] == "李工, 张会计"
    assert row.values["participant_contact_ids"] == (people[0].id,)
    assert row.names["participant_contact_ids"] == "王总"
    assert set(listed(desk, "with:lee")) == {both, lee_only}
    assert listed(desk, "with:bob") == [both]
    assert listed(desk, "with:王总") == [both]
    assert listed(desk, "with:张会计") == [both]
    assert listed(desk, "with:nobody") == []
    assert listed(desk, "with:100%") == []


@pytest.mark.req("R-091")
def test_an_id_is_no_part_of_another(desk: Desk) -> None:
    org, root = desk.services.org, desk.actor("root")
    made = desk.customer()
    logins = [f"p{n}" for n in range(12)]
    ids = {
        login: org.add_staff(
            login, f"Name-{login}-", role="agent", department="service", actor=root
        )
        for login in logins
    }
    whole = {login: contact(desk, made, participant_staff_ids=[i]) for login, i in ids.items()}
    for login in logins:
        assert listed(desk, f"with:Name-{login}-") == [whole[login]]


@pytest.mark.req("R-092", "R-024")
def test_what_the_customer_said_is_in_the_timeline(desk: Desk) -> None:
    made = desk.customer()
    contact(desk, made, customer_feedback="交付太慢")
    entries = desk.services.profiles.timeline(made, actor=desk.actor("ana"))
    told = [e for e in entries if e.subject == "interaction"]
    assert [e.changes["customer_feedback"] for e in told] == [(None, "交付太慢")]


@pytest.mark.req("R-093", "D-39")
def test_the_follow_up_becomes_a_task_seen_from_both_sides(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = desk.customer()
    said = contact(desk, made, follow_up_action="技术48小时内排查", completion_state="done")
    result = services.tasks.from_interaction(said, {"due_on": "2024-06-05"}, actor=ana)
    assert result.refused == ()
    task = services.registers.get("task", result.outcomes[0].id, actor=ana)
    assert task.values["description"] == "技术48小时内排查"
    assert task.values["interaction_id"] == said
    row = stored(desk, said)
    assert row.values["task_id"] == task.id
    assert row.values["completion_state"] == "in_progress"
    ended = services.registers.change("interaction", said, {"completion_state": "done"}, actor=ana)
    assert [o.error.code for o in ended.refused if o.error] == ["task_open"]


@pytest.mark.req("R-094")
def test_whoever_writes_it_down_owns_it_unless_they_say_otherwise(desk: Desk) -> None:
    made = desk.customer()
    ana, bob = desk.actor("ana"), desk.actor("bob")
    assert stored(desk, contact(desk, made)).values["owner_id"] == ana.staff_id
    given = contact(desk, made, owner_id="bob")
    assert stored(desk, given).values["owner_id"] == bob.staff_id


@pytest.mark.req("R-095")
def test_pending_ones_are_listed(desk: Desk) -> None:
    made = desk.customer()
    waiting = contact(desk, made, completion_state="待处理")
    contact(desk, made, completion_state="已完成")
    assert listed(desk, "status:待处理") == listed(desk, "status:pending") == [waiting]


@pytest.mark.req("R-097", "D-07")
def test_the_last_contact_is_the_last_by_a_person_that_reached_somebody(desk: Desk) -> None:
    registers, undo, ana = desk.services.registers, desk.services.undo, desk.actor("ana")
    made, other = desk.customer(), desk.customer(name="B")
    assert last(desk, made) is None
    old = contact(desk, made, occurred_on="2024-05-10")
    noon = datetime(2024, 5, 10, 4, tzinfo=UTC)
    assert last(desk, made) == noon
    contact(desk, made, channel="sms", automated=True)
    contact(desk, made, answered=False)
    assert last(desk, made) == noon
    call = contact(desk, made)
    assert last(desk, made) == desk.now
    undo.undo(actor=ana)
    assert last(desk, made) == noon
    undo.redo(actor=ana)
    assert last(desk, made) == desk.now
    registers.archive("interaction", [call], actor=ana).one()
    assert last(desk, made) == noon
    registers.change("interaction", old, {"customer_id": other}, actor=ana).one()
    assert (last(desk, made), last(desk, other)) == (None, noon)


@pytest.mark.req("R-097")
def test_the_list_narrows_by_the_last_contact(desk: Desk) -> None:
    made = desk.customer()
    desk.customer(name="B")
    contact(desk, made, occurred_on="2024-05-10")
    page = desk.services.customers.page("contacted:2024-05-10", actor=desk.actor("ana"))
    assert [r.id for r in page.rows] == [made]
