"""Which language to speak before the settings are read; loads nothing heavy."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from crm_tui import i18n


def choose(asked: str | None, environ: Mapping[str, str] | None = None) -> str:
    """``zh`` or ``en``: by ``--lang``, CRM_TUI_LANG, the settings file, then the locale."""
    env = os.environ if environ is None else environ
    if asked in i18n.LANGUAGES:
        return str(asked)
    if not env.get("CRM_TUI_LANG"):
        found = _from_file(env)
        if found in i18n.LANGUAGES:
            return found
    return i18n.language_from_environment(env)


def _from_file(env: Mapping[str, str]) -> str:
    """The setting ``lang``; a file that cannot be read is reported where settings are needed."""
    try:
        text = _config_file(env).read_text("utf-8-sig")
        return str(tomllib.loads(text).get("lang", ""))
    except (OSError, ValueError, RecursionError):
        return ""


def _config_file(env: Mapping[str, str]) -> Path:
    named = env.get("CRM_TUI_CONFIG", "")
    if named:
        return Path(named).expanduser()
    from platformdirs import user_config_path

    return user_config_path("crm-tui", appauthor=False) / "config.toml"
