"""The generic register screen (design.md 3)."""

import pytest
from textual.widgets import Input, TextArea

from crm_tui.bootstrap import Opened
from crm_tui.i18n import tr
from crm_tui.tui.screens.queue import QueueScreen
from crm_tui.tui.screens.register import REGISTERS, RegisterScreen
from crm_tui.tui.widgets.form import Form
from tests.tui.driving import press, running, shown


def record(opened: Opened, number: int = 0) -> dict[str, object]:
    rows = opened.services.registers.page("order", actor=opened.actor).rows
    return dict(rows[number].values)


async def test_a_record_is_made_filtered_changed_and_archived_by_keys(
    opened: Opened, language: str
) -> None:
    async with running(opened) as (app, pilot):
        await press(app, pilot, "9", "o")
        assert isinstance(app.screen, RegisterScreen)
        await press(app, pilot, "n")
        form = app.screen
        assert isinstance(form, Form)
        form.query_one("#f-customer_id", Input).value = "东湖软件有限公司"
        form.query_one("#f-ordered_on", Input).value = "2024-06-02"
        form.query_one("#f-amount_fen", Input).value = "12.5万"
        await press(app, pilot, "ctrl+s")
        assert isinstance(app.screen, RegisterScreen), shown(app)
        made = record(opened)
        assert (made["amount_fen"], str(made["ordered_on"])) == (12_500_000, "2024-06-02")
        assert "东湖软件" in shown(app)
        await press(app, pilot, "slash", *"amount:>200000", "enter")
        assert "东湖软件" not in shown(app)
        await press(app, pilot, "escape")
        assert "东湖软件" in shown(app)
        await press(app, pilot, "enter")
        app.screen.query_one("#f-remark", TextArea).text = "paid"
        await press(app, pilot, "ctrl+s")
        assert record(opened)["remark"] == "paid"
        assert record(opened)["customer_id"] == made["customer_id"]
        await press(app, pilot, "Z")
        assert "东湖软件" not in shown(app)
        await press(app, pilot, "z")
        assert "东湖软件" in shown(app)
        await press(app, pilot, "Z", "z")
        assert "东湖软件" in shown(app)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, QueueScreen)


async def test_what_is_wrong_stands_under_its_field_and_nothing_is_lost(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await press(app, pilot, "9", "o", "n")
        form = app.screen
        form.query_one("#f-customer_id", Input).value = "nobody"
        form.query_one("#f-amount_fen", Input).value = "7"
        await press(app, pilot, "ctrl+s")
        assert app.screen is form
        assert "nobody" in shown(app)
        assert form.query_one("#f-amount_fen", Input).value == "7"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_each_register_opens_its_list_and_form(
    opened: Opened, language: str, size: tuple[int, int]
) -> None:
    # An administrator may make records of every kind.
    root = Opened(opened.services, opened.services.org.login("root"), demo=True)
    async with running(root, size) as (app, pilot):
        await press(app, pilot, "9", "o")
        for name, _ in REGISTERS:
            assert isinstance(app.screen, RegisterScreen)
            assert app.screen.kind.name == name
            assert tr(app.screen.kind.plural) in shown(app)
            await press(app, pilot, "n")
            assert isinstance(app.screen, Form)
            await press(app, pilot, "escape", "right_square_bracket")
        assert isinstance(app.screen, RegisterScreen) and app.screen.kind.name == "order"
        await press(app, pilot, "left_square_bracket")
        assert app.screen.kind.name == REGISTERS[-1][0]
        await press(app, pilot, "o", "1", "O")
        assert isinstance(app.screen, RegisterScreen)
