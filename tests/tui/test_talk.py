"""Contacts written down from any screen, their tasks, corrected answers: by keys alone."""

from typing import Any

import pytest
from textual.widgets import Input

from crm_tui.bootstrap import Opened
from crm_tui.services.facade import Services
from crm_tui.tui.app import CrmApp
from crm_tui.tui.widgets.dialogs import Finder
from crm_tui.tui.widgets.form import Form
from tests.tui.driving import press, running, shown

WAYS = {
    "queue": (),
    "ticket": ("enter",),
    "customers": ("2",),
    "profile": ("2", "enter"),
    "board": ("3",),
    "inbox": ("6",),
    "register": ("9", "o"),
}
TOPIC = "Quarter reviewed"


def newest(services: Services, kind: str) -> Any:
    root = services.org.login("root")
    page = services.registers.page(kind, actor=root, limit=5_000)
    return max(page.rows, key=lambda row: row.id)


def count(services: Services, kind: str) -> int:
    return services.registers.count(kind, actor=services.org.login("root"))


def focused(app: CrmApp) -> Input:
    assert isinstance(app.focused, Input), app.focused
    return app.focused


@pytest.mark.req("R-096")
@pytest.mark.parametrize("scope", WAYS)
async def test_a_contact_is_logged_from_anywhere_in_five_keys_and_text(
    opened: Opened, scope: str
) -> None:
    services = opened.services
    before = count(services, "interaction")
    async with running(opened) as (app, pilot):
        await press(app, pilot, *WAYS[scope])
        pressed = ["ctrl+n"]
        await press(app, pilot, "ctrl+n")
        if isinstance(app.screen, Finder):
            focused(app).value = "东湖"
            await press(app, pilot, "enter")
            pressed.append("enter")
        assert isinstance(app.screen, Form), shown(app)
        focused(app).value = TOPIC
        await press(app, pilot, "ctrl+s")
        pressed.append("ctrl+s")
        assert len(pressed) <= 5
        assert not isinstance(app.screen, Form), shown(app)
        assert count(services, "interaction") == before + 1
    made = newest(services, "interaction")
    assert (made.values["topic"], made.values["channel"]) == (TOPIC, "phone")
    if scope in ("ticket", "queue"):
        assert made.values["ticket_id"] is not None


@pytest.mark.req("R-093", "D-39")
@pytest.mark.parametrize("place", ["profile", "register"])
async def test_one_key_makes_the_task_of_a_follow_up(opened: Opened, place: str) -> None:
    services, root = opened.services, opened.services.org.login("root")
    customer = services.customers.find_by_no("C2024001")
    assert customer is not None
    data = {
        "customer_id": customer,
        "occurred_on": "2024-06-01",
        "channel": "phone",
        "topic": "Newest",
        "follow_up_action": "Send the offer",
    }
    said = services.registers.create("interaction", data, actor=opened.actor)
    before = count(services, "task")
    async with running(opened) as (app, pilot):
        if place == "profile":
            app.open_customer(customer)
            await press(app, pilot, *["right_square_bracket"] * 4)
        else:
            await press(app, pilot, "9", "i")
        await press(app, pilot, "b")
        assert count(services, "task") == before + 1
        row = services.registers.get("interaction", said, actor=root)
        task = newest(services, "task")
        assert row.values["task_id"] == task.id
        assert task.values["description"] == "Send the offer"
        await press(app, pilot, "b")
        assert count(services, "task") == before + 1


@pytest.mark.req("R-267", "D-35")
async def test_editing_an_answer_asks_for_the_reason_and_makes_a_version(opened: Opened) -> None:
    services, root = opened.services, opened.services.org.login("root")
    data = {
        "survey": "csat",
        "respondent": "Somebody",
        "channel": "phone",
        "answered_at": "2024-06-01T10:00+08:00",
        "answer": 4,
        "evidence": "recording 17",
    }
    first = services.registers.create("survey_answer", data, actor=opened.actor)
    async with running(opened, (120, 40)) as (app, pilot):
        await press(app, pilot, "9", "s", "e")
        assert isinstance(app.screen, Form)
        focused(app).value = "misheard"
        app.screen.query_one("#f-answer", Input).value = "5"
        await press(app, pilot, "ctrl+s")
        assert not isinstance(app.screen, Form), shown(app)
    old = services.registers.get("survey_answer", first, actor=root)
    new = newest(services, "survey_answer")
    assert (old.values["answer"], old.values["replaced"]) == (4, True)
    assert (new.values["answer"], new.values["correction_reason"]) == (5, "misheard")
    assert new.values["respondent"] == "Somebody"


async def test_other_records_have_no_follow_up(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await press(app, pilot, "9", "r", "b")
        assert app.said[-1] == "Only an interaction has a follow-up"
