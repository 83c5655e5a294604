"""What an installation sets: one TOML file, overruled by CRM_TUI_* in the environment.

Places follow the platform. A wrong key or value is refused with file and line, so that a typing
error never passes as "set".
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic import ValidationError as ShapeError

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import Msg, msg

APP = "crm-tui"


class Places(BaseModel):
    """Folders and files of one user, by platformdirs unless the environment says otherwise."""

    model_config = ConfigDict(frozen=True)

    data: Path
    config: Path
    state: Path

    @classmethod
    def of_user(cls) -> "Places":
        """The platform's places for this user; nothing is made."""
        # Imported here: `--version` needs no folders.
        from platformdirs import PlatformDirs

        dirs = PlatformDirs(APP, appauthor=False)
        return cls(
            data=dirs.user_data_path, config=dirs.user_config_path, state=dirs.user_state_path
        )

    @classmethod
    def within(cls, folder: Path) -> "Places":
        """Everything below one folder, as the demo and tests have it."""
        return cls(data=folder, config=folder, state=folder / "state")

    @property
    def config_file(self) -> Path:
        """The settings."""
        return self.config / "config.toml"

    @property
    def keys_file(self) -> Path:
        """Changed keys of the keyboard."""
        return self.config / "keys.toml"

    @property
    def themes(self) -> Path:
        """Colour themes of the user's own."""
        return self.config / "themes"

    @property
    def key_file(self) -> Path:
        """The keys of protected fields."""
        return self.config / "field.key"

    @property
    def database(self) -> Path:
        """The database file."""
        return self.data / "crm.db"

    @property
    def files(self) -> Path:
        """Attachments, by content."""
        return self.data / "files"

    @property
    def logs(self) -> Path:
        """Logs of each process."""
        return self.state / "logs"

    @property
    def drafts(self) -> Path:
        """Drafts of last resort, for when the store is away."""
        return self.state / "drafts"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class UiSettings(_Section):
    """How the screens behave."""

    theme: str = "dark"
    mouse: bool = False
    ascii: bool = False
    animations: bool = False
    cursor: Literal["hidden", "real"] = "hidden"
    """Whether the terminal's own cursor is shown, on the active row."""
    advance: Literal["stay", "next", "list"] = "stay"
    """Where a ticket's screen goes when its step is taken."""


class RuleSettings(_Section):
    """Switches of the decisions in the requirements; seconds, days and counts."""

    zone: str = "Asia/Shanghai"
    calendar: str = "default"
    reply_delay_s: int = Field(default=20, ge=0, le=3600)
    reopen_days: int = Field(default=7, ge=0, le=365)
    unreachable_attempts: int = Field(default=3, ge=1, le=20)
    approval_for_all: bool = False
    max_attachment_bytes: int = Field(default=20_000_000, ge=0)
    calendar_year_tier: bool = False
    parent_waits_for_children: bool = True
    follow_up_on_working_day: bool = False
    margin_percent: int = Field(default=30, ge=0, le=100)
    """What an order of unknown cost is taken to earn, in percent of its amount (D-21)."""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (OSError, ValueError, KeyError):
            raise ValueError(value) from None
        return value


class Settings(_Section):
    """Everything that can be set; the defaults are good for one desk."""

    db: str = ""
    """A file or ``postgresql://…``; empty for the user's own file."""
    key_file: str = ""
    lang: Literal["", "zh", "en"] = ""
    """Empty: by the environment."""
    ui: UiSettings = UiSettings()
    rules: RuleSettings = RuleSettings()
    views: dict[str, str] = {}
    """Saved filters by name."""

    def database(self, places: Places) -> str:
        """The database to open."""
        return self.db or str(places.database)

    def key_path(self, places: Places) -> Path:
        """The key file to use."""
        return Path(self.key_file).expanduser() if self.key_file else places.key_file


ENVIRONMENT = {
    "CRM_TUI_DB": "db",
    "CRM_TUI_KEY_FILE": "key_file",
    "CRM_TUI_LANG": "lang",
}
"""Variables that overrule the file; CRM_TUI_CONFIG names the file itself."""
_OTHER_VARIABLES = {
    "CRM_TUI_CONFIG",
    "CRM_TUI_SHARED",
    "CRM_TUI_TEST_PG",
    "CRM_TUI_REQUIRE_PG",
    "CRM_TUI_COVERAGE_MAP",
}


def config_file(places: Places, environ: Mapping[str, str] | None = None) -> Path:
    """The settings file in force, whether it is there or not."""
    named = (os.environ if environ is None else environ).get("CRM_TUI_CONFIG", "")
    return Path(named).expanduser() if named else places.config_file


def load(places: Places, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; a missing file means defaults, unless CRM_TUI_CONFIG names it.

    `ValidationError` with codes ``config_missing``, ``config_unreadable``, ``config_syntax``,
    ``config_unknown`` and ``config_value``.
    """
    env = os.environ if environ is None else environ
    path = config_file(places, env)
    text = _text(path, must_exist=bool(env.get("CRM_TUI_CONFIG")))
    values = _parsed(path, text)
    overruled: dict[str, str] = {}
    for variable in sorted(env):
        if not variable.startswith("CRM_TUI_") or variable in _OTHER_VARIABLES:
            continue
        name = ENVIRONMENT.get(variable)
        if name is None:
            raise ValidationError(
                msg(
                    "{variable} is not a setting; {known} are",
                    variable=variable,
                    known=", ".join([*ENVIRONMENT, "CRM_TUI_CONFIG"]),
                ),
                code="config_unknown",
                field=variable,
            )
        if env[variable]:
            values[name] = _language(env[variable]) if name == "lang" else env[variable]
            overruled[name] = variable
    try:
        return Settings.model_validate(values)
    except ShapeError as error:
        raise _refused(path, text, overruled, error) from None


def _language(value: str) -> str:
    """``zh_CN.UTF-8`` says the same as ``zh``."""
    return value.lower().replace("-", "_").partition(".")[0].partition("_")[0]


def _text(path: Path, *, must_exist: bool) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        if not must_exist:
            return ""
        raise ValidationError(
            msg("There is no settings file {path}; check CRM_TUI_CONFIG", path=str(path)),
            code="config_missing",
        ) from None
    except (OSError, UnicodeDecodeError):
        raise ValidationError(
            msg("The settings file {path} cannot be read as UTF-8 text", path=str(path)),
            code="config_unreadable",
        ) from None


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"at line (\d+)", str(error))
        raise ValidationError(
            msg(
                '{path}, line {line}: this is not TOML; a setting looks like: name = "value"',
                path=str(path),
                line=int(found[1]) if found else max(1, text.count("\n")),
            ),
            code="config_syntax",
        ) from None


def _refused(
    path: Path, text: str, overruled: Mapping[str, str], error: ShapeError
) -> ValidationError:
    """The first fault, where it stands and what would be right."""
    fault = error.errors()[0]
    keys = [str(part) for part in fault["loc"]]
    name = ".".join(keys)
    place: Msg | str = overruled.get(name) or msg(
        "{path}, line {line}", path=str(path), line=line_of(text, keys) or 1
    )
    if fault["type"] == "extra_forbidden":
        return ValidationError(
            msg("{place}: there is no setting {name}; check its spelling", place=place, name=name),
            code="config_unknown",
            field=name,
        )
    return ValidationError(
        msg(
            "{place}: {name} cannot be that; {wanted}",
            place=place,
            name=name,
            wanted=_wanted(fault),
        ),
        code="config_value",
        field=name,
    )


def _wanted(fault: Any) -> Msg:
    limits = fault.get("ctx", {})
    kind = str(fault["type"])
    if kind == "literal_error":
        return msg("one of {values} is right", values=limits["expected"].replace("'", '"'))
    if kind.startswith("bool"):
        return msg("true or false is right")
    if kind == "greater_than_equal":
        return msg("a number from {least} on is right", least=limits["ge"])
    if kind == "less_than_equal":
        return msg("a number up to {most} is right", most=limits["le"])
    if kind.startswith("int"):
        return msg("a whole number is right")
    if kind.startswith("string"):
        return msg("a text in quotes is right")
    if kind == "value_error":
        return msg("a time zone such as Asia/Shanghai is right")
    return msg("a section with settings of its own is right")


def line_of(text: str, keys: list[str]) -> int | None:
    """The line (from 1) that sets the key path, else its nearest section; None if absent."""
    section: list[str] = []
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line)
        if header:
            section = _key_parts(header[1])
            here = section
        else:
            key = re.match(r"\s*([\w\-.\"' ]+?)\s*=", line)
            if key is None:
                continue
            here = [*section, *_key_parts(key[1])]
        if here == keys[: len(here)] and (best is None or len(here) > best[0]):
            best = (len(here), number)
    return None if best is None else best[1]


def _key_parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]
