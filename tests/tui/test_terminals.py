"""Themes, colours and sizes: everything can be read on any terminal (ux.md 6)."""

from pathlib import Path

import pytest
from rich.color import Color
from rich.style import Style

from crm_tui.bootstrap import Opened
from crm_tui.domain.errors import ValidationError
from crm_tui.i18n import render, tr
from crm_tui.tui import own_theme, theme
from crm_tui.tui.app import CrmApp
from crm_tui.tui.keymap import SCOPES
from crm_tui.tui.platform import Terminal, prepare
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.screens.queue import QueueScreen
from crm_tui.tui.screens.ticket import TicketScreen
from tests.tui.desks import active, linked, of_a_ticket, with_product
from tests.tui.driving import burst, key_event, press, running, settle, shown
from tests.tui.walking import PLACES
from tests.tui.wired import wired


def luminance(colour: Color) -> float:
    """Relative luminance as WCAG 2 has it."""

    def linear(value: int) -> float:
        part = value / 255
        return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = map(linear, colour.get_truecolor())
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    """Contrast of two colours as WCAG 2 has it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def made(name: str) -> dict[str, Color]:
    """Colours of Textual's own widgets in a theme."""
    (found,) = [t for t in theme.textual_themes() if t.name == theme.TEXTUAL_NAMES[name]]
    pairs = {"text": found.foreground, "ground": found.background, "surface": found.surface}
    return {role: Color.parse(value) for role, value in pairs.items() if value}


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("role", sorted(set(theme.ROLES["dark"]) - {"rule"}))
def test_every_role_can_be_read_on_its_background(name: str, role: str) -> None:
    style, colours = Style.parse(theme.ROLES[name][role]), made(name)
    text = style.color or colours["text"]
    for ground in [style.bgcolor] if style.bgcolor else [colours["ground"], colours["surface"]]:
        assert contrast(text, ground) >= 4.5, ground


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("role", ["late", "warn", "dim", "mark", "head", "public", "urgent", "low"])
def test_roles_within_the_row_under_the_cursor_can_be_read(name: str, role: str) -> None:
    roles = theme.ROLES[name]
    text = Style.parse(roles[role]).color
    for row in ("row", "rest"):
        ground = Style.parse(roles[row]).bgcolor
        assert text is not None and ground is not None
        assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize("name", ["ansi", "mono"])
def test_without_colours_what_matters_differs_in_shape(name: str) -> None:
    for role in ("cursor", "row", "mark", "late", "urgent", "title", "alarm"):
        style = Style.parse(theme.ROLES[name][role])
        assert style.bold or style.reverse or style.underline, role
    assert all(Style.parse(text).color is None for text in theme.ROLES["mono"].values())


def test_every_theme_has_every_role() -> None:
    for roles in theme.ROLES.values():
        assert set(roles) == own_theme.ROLE_NAMES


def written(folder: Path, text: str) -> Path:
    path = folder / "sea.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_theme_of_ones_own_changes_roles(tmp_path: Path) -> None:
    written(tmp_path, 'base = "light"\nlate = "bold #123456"\n')
    found, faults = own_theme.chosen("sea", tmp_path)
    assert (found.base, found.roles, faults) == ("light", {"late": "bold #123456"}, [])
    before = theme.style("light", "late")
    try:
        theme.dress(found.base, found.roles)
        assert theme.style("light", "late") == Style.parse("bold #123456")
    finally:
        theme.dress("light", {"late": str(before)})
    assert theme.style("light", "late") == before


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ('late = "bold"\nbase = "sea"', "theme_value", 2),
        ('late = "bold"\n\nlater = "red"', "theme_unknown", 3),
        ('late = "bold no-colour"', "theme_value", 1),
        ('late = "red"\ndim = 7', "theme_value", 2),
        ('late = "link https://example.org/"', "theme_value", 1),
        ("late = red", "theme_syntax", 1),
    ],
)
def test_a_broken_theme_is_refused_by_line_and_the_default_serves(
    tmp_path: Path, text: str, code: str, line: int
) -> None:
    with pytest.raises(ValidationError) as refused:
        own_theme.load(written(tmp_path, text))
    assert refused.value.code == code
    said = render(refused.value.message)
    assert "sea.toml" in said and f"line {line}" in said
    found, faults = own_theme.chosen("sea", tmp_path)
    assert found == own_theme.OwnTheme()
    assert [f.code for f in faults] == [code]


def test_a_theme_that_is_not_there_is_named_and_never_sought_elsewhere(tmp_path: Path) -> None:
    written(tmp_path, "")
    _, faults = own_theme.chosen("../sea", tmp_path / "themes")
    assert [f.code for f in faults] == ["theme_missing"]
    assert str(tmp_path / "themes" / "sea.toml") in render(faults[0].message)


async def test_a_fault_of_the_settings_is_told_at_the_start(opened: Opened, tmp_path: Path) -> None:
    app = CrmApp(lambda: opened, Terminal(), ticking=False)
    _, app.faults = own_theme.chosen("sea", tmp_path)
    async with app.run_test(size=(120, 24)) as pilot:
        await settle(app, pilot)
        assert "sea.toml" in app.said[0]
        assert "T-1" in shown(app)


def test_where_there_are_no_colours_a_theme_of_ones_own_gives_way() -> None:
    env = {"TERM": "xterm-256color", "NO_COLOR": "1"}
    assert prepare(env, theme=own_theme.OwnTheme("light").base).theme == "mono"


async def test_in_ascii_every_sign_of_ours_is_ascii_on_every_screen(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Terminal(ascii=True)
    linked(opened)
    active(opened)
    of_a_ticket(opened)
    with_product(opened)
    seen = set()
    async with wired(opened, monkeypatch, size=(90, 30), terminal=place) as (app, pilot, memory):
        for way in PLACES:
            for key in ("escape", "escape", "escape", *way):
                app.post_message(key_event(key))
            await settle(app, pilot)
            if isinstance(app.screen, BaseScreen):
                seen.add(app.screen.SCOPE)
            found = {char for char in memory.screen.text() if not char.isascii()}
            # Chinese names are the desk's own.
            assert all("\u4e00" <= char <= "\u9fff" for char in found), (way, found)
    assert seen == set(SCOPES)


@pytest.mark.parametrize("size", [(60, 16), (40, 10), (20, 5)])
async def test_on_a_small_terminal_nothing_that_is_written_is_lost(
    opened: Opened, size: tuple[int, int]
) -> None:
    async with running(opened, (120, 40)) as (app, pilot):
        await burst(app, pilot, "jj\rrWe call you 明天")
        screen: object = app.screen
        assert isinstance(screen, TicketScreen)
        await pilot.resize_terminal(*size)
        await burst(app, pilot, "下午")
        await pilot.resize_terminal(120, 40)
        await settle(app, pilot)
        assert screen.composer.area.text == "We call you 明天下午"
        assert screen.composer.area.has_focus
        await press(app, pilot, "escape", "escape")
        queue: object = app.screen
        assert isinstance(queue, QueueScreen)
        assert queue.listing.at == 2
        await pilot.resize_terminal(*size)
        await press(app, pilot, "k")
        current = queue.listing.current
        assert current is not None
        assert (f"T-{current.number}" in shown(app)) is (size == (60, 16))
        assert ("nothing is lost" in " ".join(shown(app).split())) is (size != (60, 16))


async def test_the_sentence_lies_over_a_dialog_too(opened: Opened, language: str) -> None:
    said = tr("60 columns and 16 lines are needed; nothing is lost, make the terminal larger")
    async with running(opened) as (app, pilot):
        await press(app, pilot, "n")
        await burst(app, pilot, "abc")
        await pilot.resize_terminal(40, 10)
        await settle(app, pilot)
        assert said[:14] in " ".join(shown(app).split())
        # What nobody can see is not answered.
        await press(app, pilot, "escape", "ctrl+s")
        await pilot.resize_terminal(80, 24)
        await settle(app, pilot)
        assert said[:14] not in shown(app)
        await burst(app, pilot, "de")
        assert "abcde" in shown(app)
