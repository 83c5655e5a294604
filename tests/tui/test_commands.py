"""The command line with its arguments, and the registry behind it (ux.md 3.5, 7.2)."""

from pathlib import Path

import pytest

from crm_tui import i18n
from crm_tui.bootstrap import Opened
from crm_tui.domain.errors import DomainError, ValidationError
from crm_tui.domain.text import cell_width
from crm_tui.tui import arguments, commands, keymap, palette
from crm_tui.tui.actions import ACTIONS, by_command, for_scope
from crm_tui.tui.app import CrmApp
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.screens.profile import ProfileScreen
from crm_tui.tui.screens.queue import QueueScreen
from crm_tui.tui.screens.ticket import TicketScreen
from crm_tui.tui.widgets.dialogs import Prompt
from tests.tui.driving import burst, press, running, settle, shown


@pytest.mark.req("R-317")
def test_each_action_is_reached_by_key_command_and_palette_and_said_in_both_languages() -> None:
    for action in ACTIONS:
        assert action.title
        assert action.help
        for words in (action.title, action.help):
            assert i18n.tr(words, "zh") != words, action.id
        assert action.danger in ("harmless", "undoable", "recallable", "confirmed"), action.id
        for scope in action.scopes or keymap.SCOPES:
            # A word that a screen has of its own hides the general one; the key and its id serve.
            assert action in (by_command(scope, action.command), by_command(scope, action.id))
            assert action in palette.found_actions(scope, action.command), (scope, action.id)
        assert not action.argument or action.argument in arguments.COMPLETERS


def test_words_of_a_screen_are_different() -> None:
    for scope in keymap.SCOPES:
        words = [a.command for a in for_scope(scope)]
        assert sorted(words) == sorted(set(words)), scope


def test_every_argument_can_be_read_and_every_reader_is_asked_for() -> None:
    assert {a.id for a in ACTIONS if a.argument} == set(commands.READERS)


async def _after(opened: Opened, line: str, ticket: int = 1) -> object:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, f":go T-{ticket}\r")
        await burst(app, pilot, f":{line}\r")
        assert isinstance(app.screen, BaseScreen), shown(app)
    return opened.services.views.view(ticket, actor=opened.actor)


async def test_a_verb_with_its_argument_runs_without_a_picker(opened: Opened) -> None:
    services, ana = opened.services, opened.actor
    view = await _after(opened, "assign @ana")
    assert view.row.owner == "Ana"  # type: ignore[attr-defined]
    view = await _after(opened, "status accepted seen on site")
    assert view.row.state == "accepted"  # type: ignore[attr-defined]
    assert view.fields["verified_note"] == "seen on site"  # type: ignore[attr-defined]
    view = await _after(opened, "status waiting_customer photo of the plate")
    assert view.row.state == "waiting_customer"  # type: ignore[attr-defined]
    view = await _after(opened, "tags vip +late")
    assert set(view.tags) == {"vip", "late"}  # type: ignore[attr-defined]
    view = await _after(opened, "tags -late")
    assert set(view.tags) == {"vip"}  # type: ignore[attr-defined]
    await _after(opened, "note two words")
    notes = services.views.timeline(1, actor=ana, messages_only=True)
    assert [e.text for e in notes] == ["two words"]


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("assign @nobodyatall", "nobodyatall"),
        ("status flying", "flying"),
        ("status resolved", ""),
        ("urgency highest", "highest"),
        ("transfer moon", "moon"),
        ("set theme pink", "pink"),
        ("go T-999", "T-999"),
        ("sort colour", "colour"),
        ("columns id,flavour", "flavour"),
        ("view unheard of", "unheard of"),
        ("take T-2", "take"),
        ("fly", "fly"),
        ("mark agent:", "agent"),
    ],
)
async def test_a_wrong_argument_is_refused_in_words_and_the_line_stays(
    opened: Opened, line: str, part: str
) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, f":{line}\r")
        assert isinstance(app.screen, Prompt)
        assert part in str(app.screen.query_one("#wrong").render())
        await press(app, pilot, "escape")
        assert isinstance(app.screen, QueueScreen)
        assert not app.lines("commands")


async def test_places_by_command(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":customer 东湖\r")
        assert isinstance(app.screen, ProfileScreen)
        await burst(app, pilot, ":go t-2\r")
        assert isinstance(app.screen, TicketScreen)
        await burst(app, pilot, ":queue agent:none status:new\r")
        assert isinstance(app.screen, QueueScreen)
        assert app.screen.filter == "agent:none status:new"
        await press(app, pilot, "minus")
        assert isinstance(app.screen, TicketScreen)
        await press(app, pilot, "minus")
        assert isinstance(app.screen, QueueScreen)
        assert app.screen.filter == "agent:none status:new"


async def test_history_and_completion_of_the_command_line(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":sort tier desc\r")
        await burst(app, pilot, ":")
        await press(app, pilot, "up")
        assert isinstance(app.screen, Prompt)
        line = app.screen.query_one("#line")
        assert line.value == "sort tier desc"  # type: ignore[attr-defined]
        await press(app, pilot, "down")
        await burst(app, pilot, "ass\t")
        assert line.value == "assign"  # type: ignore[attr-defined]
        await burst(app, pilot, " @an\t")
        assert line.value == "assign @ana"  # type: ignore[attr-defined]


def _completed(screen: BaseScreen, line: str) -> list[str]:
    return list(commands.complete(screen, line))


async def test_each_kind_of_argument_is_completed(opened: Opened) -> None:
    opened.services.tickets.tag([1], actor=opened.actor, add=["vip"]).one()
    async with running(opened) as (app, _):
        screen = app.screen
        assert isinstance(screen, QueueScreen)
        for line, wanted in (
            ("status wait", ["status waiting_customer", "status waiting_third_party"]),
            ("urgency u", ["urgency urgent"]),
            ("transfer after", ["transfer after_sales"]),
            ("wait th", ["wait third_party"]),
            ("follow of", ["follow off"]),
            ("set th", ["set theme"]),
            ("set theme m", ["set theme mono"]),
            ("sort ti", ["sort tier"]),
            ("sort due d", ["sort due desc"]),
            ("columns number,su", ["columns number,subject"]),
            ("tags new -v", ["tags new -vip"]),
            ("mark dept:after", ["mark dept:after_sales"]),
            ("view la", ["view late"]),
            ("go T-2", ["go T-2"]),
        ):
            assert _completed(screen, line) == wanted, line
        assert _completed(screen, "take any") == []
        assert _completed(screen, "note any") == []


async def test_a_setting_is_kept_for_the_next_start(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        assert app.advance == "stay"
        await burst(app, pilot, ":set theme mono\r")
        await burst(app, pilot, ":set advance next\r")
        assert app.terminal.theme == "mono"
        app.places.save()
    async with running(opened) as (app, pilot):
        assert (app.terminal.theme, app.advance) == ("mono", "next")
        screen = app.screen
        assert isinstance(screen, QueueScreen)
        assert screen.listing.theme_name == "mono"


async def test_a_broken_keymap_is_told_and_the_default_serves(
    opened: Opened, tmp_path: Path
) -> None:
    from crm_tui.tui.platform import Terminal

    path = tmp_path / "keys.toml"
    path.write_text("[keys]\nfly = 'x'\n")
    app = CrmApp(lambda: opened, Terminal(), keys_file=path, ticking=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(app, pilot)
        assert any("keys.toml" in text and "fly" in text for text in app.said)
        await press(app, pilot, "m")
        assert opened.services.views.count("agent:@me", actor=opened.actor) == 1


async def test_keys_shows_the_map(opened: Opened, language: str) -> None:
    async with running(opened) as (app, pilot):
        await burst(app, pilot, ":keys\r")
        assert "go.queue" in shown(app)
        assert {cell_width(line) for line in shown(app).splitlines()} == {80}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("preset = 'arrows'", []),
        ("preset = 'emacs'", ["keys_preset"]),
        ("[keys]\ntake = 'j'", ["keys_moves"]),
        ("[keys]\ntake = 'ctrl+h'", ["keys_same"]),
        ("keys = 'x'", ["keys_value"]),
        ("[keys]\nfly = 'x'\ntake = 7\nnote = 'a'", ["keys_unknown", "keys_value", "keys_clash"]),
    ],
)
def test_faults_of_a_keymap_are_all_told(tmp_path: Path, text: str, codes: list[str]) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(text)
    _, faults = keymap.look(path)
    assert [f.code for f in faults] == codes


def test_presets_do_not_clash_and_a_users_line_stands_over_them(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    for preset in keymap.PRESETS:
        path.write_text(f"preset = '{preset}'")
        assert keymap.look(path)[1] == []
    path.write_text("preset = 'arrows'\n[keys]\nrefresh = 'f6'")
    keys = keymap.load(path)
    assert keys["refresh"] == ("f6",)
    assert keys["filter"] == ("f7", "slash")


def test_pick_wants_one() -> None:
    names: dict[str, tuple[str, ...]] = {"due": ("sla",), "department": (), "owner": ()}
    assert arguments.pick("sla", names, "x") == "due"
    assert arguments.pick("ow", names, "x") == "owner"
    for text in ("d", "", "zzz"):
        with pytest.raises(ValidationError):
            arguments.pick(text, names, "x")


async def test_lines_of_another_screen_are_refused(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        await press(app, pilot, "2")
        screen = app.screen
        assert isinstance(screen, BaseScreen)
        for line in ("assign @ana", "sort due", "columns number", "mark x"):
            with pytest.raises(DomainError):
                commands.read(screen, line)


def test_config_check_tells_every_fault_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from crm_tui.cli.main import main
    from crm_tui.settings import Places

    monkeypatch.setenv("CRM_TUI_DB", str(tmp_path / "crm.db"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = Places.of_user().keys_file
    assert tmp_path in path.parents
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("preset = 'arrows'\n[keys]\nfly = 'x'\ntake = 'a'\n")
    assert main(["config", "check"]) != 0
    told = capsys.readouterr().err
    assert "keys.toml, line 3: no action is called fly" in told
    assert "keys.toml, line 4: a means both take and assign" in told
    path.write_text("preset = 'arrows'\n")
    assert main(["config", "check"]) == 0
