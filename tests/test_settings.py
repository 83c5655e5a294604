"""Settings come from one file and the environment, and mistakes are named with their line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui import i18n
from crm_tui.domain.errors import ValidationError
from crm_tui.settings import Places, Settings, line_of, load


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Everything below one folder."""
    return Places.within(tmp_path)


def write(places: Places, text: str) -> None:
    """Make the settings file."""
    places.config_file.write_text(text, "utf-8")


def refused(places: Places, environ: dict[str, str] | None = None) -> ValidationError:
    """The refusal of these settings."""
    with pytest.raises(ValidationError) as error:
        load(places, environ or {})
    return error.value


def test_without_a_file_the_defaults_hold(places: Places) -> None:
    settings = load(places, {})
    assert settings == Settings()
    assert settings.database(places) == str(places.database)
    assert settings.key_path(places) == places.key_file


def test_the_places_follow_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Places.of_user()
    assert found.data.name == found.config.name == found.state.name == "crm-tui"
    assert found.files.parent == found.database.parent
    assert {p.name for p in (found.keys_file, found.themes, found.logs, found.drafts)} == {
        "keys.toml",
        "themes",
        "logs",
        "drafts",
    }


def test_the_file_sets_and_the_environment_overrules(places: Places) -> None:
    write(places, 'db = "a.db"\nlang = "en"\n[ui]\nascii = true\n[rules]\nreopen_days = 14\n')
    settings = load(places, {"CRM_TUI_DB": "b.db", "CRM_TUI_LANG": "zh_CN.UTF-8", "HOME": "x"})
    assert (settings.db, settings.lang) == ("b.db", "zh")
    assert settings.ui.ascii
    assert settings.rules.reopen_days == 14


def test_the_environment_names_file_and_key(places: Places, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('\ufeffdb = "c.db"\n', "utf-8")
    settings = load(places, {"CRM_TUI_CONFIG": str(other), "CRM_TUI_KEY_FILE": "~/k"})
    assert settings.db == "c.db"
    assert settings.key_path(places) == Path("~/k").expanduser()


@pytest.mark.parametrize(
    ("text", "code", "line", "words"),
    [
        ("[ui]\nascii = true\nthem = 'x'\n", "config_unknown", 3, "ui.them"),
        ("dbb = 'x'\n", "config_unknown", 1, "dbb"),
        ("\n[rule]\nzone = 'x'\n", "config_unknown", 2, "rule"),
        ("db = 'x'\nlang = 'fr'\n", "config_value", 2, '"zh"'),
        ("[rules]\nreopen_days = -1\n", "config_value", 2, "from 0"),
        ("[rules]\nreopen_days = 999\n", "config_value", 2, "up to 365"),
        ("[rules]\nreopen_days = 'a'\n", "config_value", 2, "whole number"),
        ("[rules]\nzone = 'Mars/Base'\n", "config_value", 2, "Asia/Shanghai"),
        ("rules.zone = '../etc'\n", "config_value", 1, "Asia/Shanghai"),
        ("[ui]\ncursor = 'big'\n", "config_value", 2, '"real"'),
        ("[ui]\nmouse = 'perhaps'\n", "config_value", 2, "true or false"),
        ("db = 1\n", "config_value", 1, "quotes"),
        ("rules = 1\n", "config_value", 1, "section"),
        ("db = 'x'\nthis is wrong\n", "config_syntax", 2, "TOML"),
        ("db = 'x", "config_syntax", 1, "TOML"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    places: Places, text: str, code: str, line: int, words: str
) -> None:
    write(places, text)
    error = refused(places)
    assert error.code == code
    assert f"line {line}" in str(error)
    assert words in str(error)
    assert "{" not in i18n.render(error.message, "zh")
    assert "第" in i18n.render(error.message, "zh")


def test_a_mistake_in_the_environment_is_named(places: Places) -> None:
    wrong = refused(places, {"CRM_TUI_LANG": "fr"})
    assert "CRM_TUI_LANG" in str(wrong)
    unknown = refused(places, {"CRM_TUI_DBB": "x"})
    assert (unknown.code, unknown.field) == ("config_unknown", "CRM_TUI_DBB")


def test_a_named_file_must_be_there_and_readable(places: Places, tmp_path: Path) -> None:
    missing = refused(places, {"CRM_TUI_CONFIG": str(tmp_path / "none.toml")})
    assert missing.code == "config_missing"
    places.config_file.write_bytes(b"db = '\xff'")
    assert refused(places).code == "config_unreadable"


@given(
    content=st.binary(max_size=60)
    | st.text(max_size=60).map(lambda t: t.encode("utf-8", "replace"))
)
def test_any_file_gives_settings_or_a_refusal(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    places = Places.within(tmp_path_factory.getbasetemp())
    places.config_file.write_bytes(content)
    try:
        settings = load(places, {})
    except ValidationError:
        return
    assert isinstance(settings, Settings)


def test_a_key_that_is_nowhere_has_no_line() -> None:
    assert line_of("a = 1\n", ["b"]) is None
    assert line_of("[x]\n# y = 2\n\n", ["x", "y"]) == 1
