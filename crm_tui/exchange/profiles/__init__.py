"""Import profiles by name; each is loaded when it is asked for."""

from importlib import import_module
from typing import Final, cast

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import msg
from crm_tui.exchange.profiles.base import Profile

_MODULES: Final = {
    "customers": "customers",
    "helpdesk-events": "helpdesk",
    "servicenow-events": "servicenow",
    "zh-messages": "zh_messages",
}

NAMES: Final = tuple(_MODULES)
"""Every profile a user can name."""


def get(name: str) -> Profile:
    """The profile called ``name``; raises `ValidationError` (``unknown_profile``)."""
    if name not in _MODULES:
        raise ValidationError(
            msg(
                "There is no profile {name}; use one of {names}", name=name, names=", ".join(NAMES)
            ),
            code="unknown_profile",
            field="profile",
        )
    module = import_module(f"{__name__}.{_MODULES[name]}")
    return cast("Profile", module.PROFILE)
