"""What a kind of record adds to the writing and finding of its register.

The registers know no kind: `crm_tui.services.register_table` names the rules of each, the facade gives
them to the core, and `register_rules` and `register_filters` ask there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table

from crm_tui.domain.task_flow import Given
from crm_tui.services.unit import Unit

Values = Mapping[str, Any]
Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """The rules of one kind, in the order in which a record meets them; None where it has none."""

    given: Callable[[Unit, Values, str], tuple[dict[str, Any], str]] | None = None
    """What was typed and where from, with what follows from who types it; before validation."""
    check: Callable[[Unit, Values], None] | None = None
    """Refuses what fits its fields and yet cannot be; values with an ``id`` are of a stored record."""
    created: Callable[[Unit, dict[str, Any], str], dict[str, Any]] | None = None
    """The values of a new record with what follows from them."""
    changed: (
        Callable[[Unit, Mapping[Any, Any], dict[str, Any], Given, str | None], dict[str, Any]]
        | None
    ) = None
    """The columns that change with what follows; called with the row as it was stored."""
    saved: Callable[[Unit, int, Mapping[str, list[Any]] | None], None] | None = None
    """What follows from a record as it now stands; the changes are those of one that was there before."""
    need_archivable: Callable[[], None] | None = None
    """Refuses to take a record of this kind off the lists by hand."""
    need_unnamed: Callable[[Unit, int], None] | None = None
    """Refuses to archive what is referred to by words instead of by its id."""
    need_room: Callable[[Unit, Values], None] | None = None
    """Refuses to bring a record back where what was done meanwhile leaves no room for it."""
    read: Callable[[Unit, Mapping[Any, Any]], dict[str, Any]] | None = None
    """What people read in place of stored values, by field."""
    conditions: Mapping[str, Callable[[Unit, Table, str], Condition]] | None = None
    """Fields that are found otherwise than stored, by name."""


NONE = Hooks()
