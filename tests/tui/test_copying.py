"""Copying over OSC 52, and by hand where that is refused (ux.md 6)."""

from base64 import b64decode

import pytest
from sqlalchemy import select

from crm_tui.bootstrap import Opened
from crm_tui.db.schema.log import activity
from crm_tui.i18n import tr
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.screens.copying import LONGEST, fits
from crm_tui.tui.widgets.dialogs import Page
from tests.tui.driving import burst, press, running, shown
from tests.tui.wired import wired


def test_the_longest_text_that_is_sent() -> None:
    whole = "x" * (LONGEST // 4 * 3)
    assert fits(whole)
    assert not fits(whole + "xxx")


async def test_y_copies_the_numbers_of_what_is_chosen_and_says_so(
    opened: Opened, language: str
) -> None:
    said = tr("Copied: {what}; the terminal may refuse")
    async with running(opened) as (app, pilot):
        await press(app, pilot, "y")
        assert app.clipboard == "T-1"
        assert said.format(what="T-1") in app.said
        await press(app, pilot, "space", "space", "y")
        assert app.clipboard == "T-1\nT-2"


@pytest.mark.parametrize(
    ("keys", "copied"),
    [
        (("ampersand", "n"), "T-1"),
        (("ampersand", "s"), "打印机冒烟"),
        (("ampersand", "c"), "东湖软件有限公司"),
        (("ampersand", "l"), "crm-tui ticket show T-1"),
        (("enter", "ampersand", "s"), "打印机冒烟"),
        (("2", "ampersand", "m"), "东湖软件有限公司"),
        (("2", "enter", "ampersand", "m"), "东湖软件有限公司"),
    ],
)
async def test_the_menu_copies_a_piece(opened: Opened, keys: tuple[str, ...], copied: str) -> None:
    async with running(opened) as (app, pilot):
        await press(app, pilot, *keys)
        assert app.clipboard == copied


async def test_a_row_is_copied_with_tabs_and_a_register_has_the_menu(opened: Opened) -> None:
    opened.services.registers.create(
        "product", {"name": "Pump"}, actor=opened.services.org.login("root")
    )
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":clip\rr")
        assert app.clipboard.split("\t")[:3] == ["T-1", tr("Normal"), "打印机冒烟"]
        await press(app, pilot, "9", "p", "ampersand", "t")
        assert app.clipboard == "Pump"


async def test_a_contact_of_the_ticket_is_copied_and_logged(opened: Opened) -> None:
    services, ana = opened.services, opened.actor
    customer = services.views.rows([1], actor=ana)[0].customer_id
    assert customer is not None
    services.contacts.add(customer, {"name": "李", "email": "li@example.com"}, actor=ana)
    async with running(opened) as (app, pilot):
        await press(app, pilot, "ampersand", "e", "enter")
        assert app.clipboard == "li@example.com"
        # What is kept of messages names the person, not the address.
        assert not [text for text in app.said if "example" in text]
    with services.core.engine.connect() as conn:
        verbs = conn.execute(select(activity.c.verb).order_by(activity.c.seq.desc())).scalars()
        assert verbs.first() == "copied"


async def test_what_is_selected_by_hand_stands_alone_on_the_screen(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await press(app, pilot, "ampersand", "h")
        lines = [line.rstrip() for line in shown(app).splitlines()]
        assert lines[:2] == ["T-1", "打印机冒烟"]
        await press(app, pilot, "escape")
        assert isinstance(app.screen, BaseScreen)


async def test_what_is_too_long_is_shown_and_not_sent(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, BaseScreen)
        screen.copy("长" * LONGEST)
        await pilot.pause()
        assert app.clipboard == ""
        assert isinstance(app.screen, Page)


async def test_the_terminal_gets_the_text_as_osc_52(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(opened, monkeypatch) as (app, pilot, driver):
        written: list[str] = []
        monkeypatch.setattr(driver, "write", written.append)
        await press(app, pilot, "ampersand", "s")
        order = next(w for w in written if w.startswith("\x1b]52;c;"))
        assert b64decode(order[7:-1]).decode() == "打印机冒烟"
