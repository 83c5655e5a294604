"""The two languages, zh_CN and en, chosen per process (design decision 13)."""

import gettext as _gettext
import os
from collections.abc import Mapping
from pathlib import Path

from crm_tui.domain.msg import Msg

LANGUAGES = ("en", "zh")
_LOCALE_DIR = Path(__file__).resolve().parent / "locale"
_catalogues: dict[str, _gettext.NullTranslations] = {"en": _gettext.NullTranslations()}
_current = "en"


def language_from_environment(environ: Mapping[str, str] | None = None) -> str:
    """``zh`` or ``en`` by CRM_TUI_LANG, else LC_ALL, LC_MESSAGES, LANG; English if they say neither."""
    env = os.environ if environ is None else environ
    for name in ("CRM_TUI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = env.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def use(language: str) -> None:
    """Make ``language`` (``zh`` or ``en``) the one `render` and `tr` speak from now on."""
    global _current
    if language not in LANGUAGES:
        raise ValueError(language)
    _catalogue(language)
    _current = language


def current() -> str:
    """The language in use, ``zh`` or ``en``."""
    return _current


def _catalogue(language: str) -> _gettext.NullTranslations:
    if language not in _catalogues:
        with (_LOCALE_DIR / "zh_CN" / "LC_MESSAGES" / "crm_tui.mo").open("rb") as file:
            _catalogues[language] = _gettext.GNUTranslations(file)
    return _catalogues[language]


def tr(msgid: str, language: str | None = None) -> str:
    """Translate a plain msgid; the empty string stays empty."""
    return _catalogue(language or _current).gettext(msgid) if msgid else ""


def render(message: Msg | str, language: str | None = None) -> str:
    """The sentence in ``language`` (default: the current one), nested sentences included."""
    if isinstance(message, str):
        return message
    params = {
        name: render(value, language) if isinstance(value, Msg) else value
        for name, value in message.params.items()
    }
    text = tr(message.msgid, language)
    return text.format(**params) if params else text
