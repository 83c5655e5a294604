"""Import profiles by name; each is loaded when it is asked for."""

from importlib import import_module
from typing import Final, cast

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import msg
from crm_tui.exchange.profiles.base import Profile

_PROFILES: Final = {
    "customers": ("customers", "PROFILE"),
    "helpdesk-events": ("helpdesk", "PROFILE"),
    "servicenow-events": ("servicenow", "PROFILE"),
    "zh-messages": ("zh_messages", "PROFILE"),
    "online-retail": ("orders", "ONLINE_RETAIL"),
    "cdnow": ("orders", "CDNOW"),
    "nps": ("surveys", "NPS"),
    "template-customer": ("customers", "TEMPLATE"),
    "template-requirement": ("templates", "REQUIREMENT"),
    "template-interaction": ("templates", "INTERACTION"),
    "template-goal": ("templates", "GOAL"),
    "template-task": ("templates", "TASK"),
}
"""Module and name in it."""

NAMES: Final = tuple(_PROFILES)
"""Every profile a user can name."""


def get(name: str) -> Profile:
    """The profile called ``name``; raises `ValidationError` (``unknown_profile``)."""
    if name not in _PROFILES:
        raise ValidationError(
            msg(
                "There is no profile {name}; use one of {names}", name=name, names=", ".join(NAMES)
            ),
            code="unknown_profile",
            field="profile",
        )
    module, attribute = _PROFILES[name]
    return cast("Profile", getattr(import_module(f"{__name__}.{module}"), attribute))
