"""Values of records in the reader's words: enumerations, amounts, changes of the log."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crm_tui.cli.output import plain_value, when
from crm_tui.domain.errors import NotFound
from crm_tui.domain.money import display_fen
from crm_tui.domain.msg import N_
from crm_tui.i18n import tr
from crm_tui.tui.labels import FIELDS, verb_label

if TYPE_CHECKING:
    from crm_tui.domain.records.base import FieldSpec

DASH = "-"
LINKS = {
    "related": N_("related"),
    "duplicate": N_("duplicate of"),
    "blocks": N_("blocks"),
    "blocked_by": N_("blocked by"),
    "follows": N_("follows"),
    "followed_by": N_("followed by"),
    "parent": N_("below"),
    "child": N_("above"),
    "merged_into": N_("merged into"),
    "merged_from": N_("took in"),
}
ACTS = {
    "archived": N_("taken off the list"),
    "customer_message": N_("customer wrote"),
    "ended": N_("end of work noted"),
    "first_responsible": N_("first responsible named"),
    "followed": N_("followed"),
    "head_set": N_("head named"),
    "member_added": N_("member added"),
    "message_sent": N_("message sent"),
    "note_written": N_("note written"),
    "parent_set": N_("put below another"),
    "progress": N_("progress told"),
    "public_queued": N_("reply put into the outbox"),
    "public_written": N_("reply written"),
    "reply_recalled": N_("reply recalled"),
    "restored": N_("brought back"),
    "result_told": N_("result told to the customer"),
    "revived": N_("counted again"),
    "solution_confirmed_by_customer": N_("solution confirmed by the customer"),
    "solution_issued": N_("solution given out"),
    "struck": N_("no longer counted"),
    "unfollowed": N_("no longer followed"),
}
"""Acts that the screens leave out of a history."""
BESIDE = {
    "approval": N_("Approval"),
    "archived": N_("Archived"),
    "attachment": N_("Attachments"),
    "category": N_("Category"),
    "closed_at": N_("Closed at"),
    "customer_confirmed_solution": N_("Solution confirmed by the customer"),
    "first_resolved_at": N_("First resolved at"),
    "head_id": N_("Head"),
    "member": N_("Members"),
    "parent_id": N_("Ticket above"),
    "pending_until": N_("Waits until"),
    "proposer_id": N_("Proposed by"),
    "reopen_count": N_("Times reopened"),
    "reopened_within_days": N_("Reopened soon"),
    "resolved_at": N_("Resolved at"),
}
"""Columns that no form has."""
PURPOSES = {"solution": N_("Solution"), "downgrade": N_("Lower urgency")}
DECISIONS = {
    "pending": N_("waits for a decision"),
    "approved": N_("approved"),
    "rejected": N_("rejected"),
    "withdrawn": N_("withdrawn"),
}


def word(enum: Any, value: str) -> str:
    """The label of an enumeration's value; an unknown value stands for itself."""
    try:
        return tr(enum(value).label())
    except (AttributeError, ValueError):
        return value


def field_value(spec: "FieldSpec | None", value: Any) -> str:
    """A value of a field; nothing is the empty text."""
    if value is None or value == "":
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(field_value(spec, v) for v in value)
    if spec is not None and spec.enum is not None:
        return word(spec.enum, str(value))
    if spec is not None and spec.picker == "money" and isinstance(value, int):
        return display_fen(value)
    if isinstance(value, str) and value[:4].isdecimal() and "T" in value:
        with suppress(ValueError):
            return when(datetime.fromisoformat(value))
    return plain_value(value)


def fields_of(kind: str) -> "Mapping[str, FieldSpec]":
    """The fields of a kind by name; none where the log knows it but no form does."""
    from crm_tui.domain.records.base import fields
    from crm_tui.domain.records.registry import kind as described

    try:
        return fields(described(kind))
    except NotFound:
        return {}


def label(labels: Mapping[str, str], value: str) -> str:
    """A label by value; an unknown value stands for itself."""
    return tr(labels.get(value, value))


def kind_title(kind: str) -> str:
    """What a kind of record is called; one that no form describes by its name."""
    from crm_tui.domain.records.registry import kind as described

    try:
        return tr(described(kind).title)
    except NotFound:
        return kind


def act(kind: str, verb: str) -> str:
    """What was done, in words; only tickets are received, everything else is made here."""
    if verb == "created" and kind != "ticket":
        return tr(N_("created"))
    return tr(ACTS[verb]) if verb in ACTS else verb_label(verb)


def changes(kinds: Sequence[str], pairs: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Label, old and new value of each changed field, by the first of ``kinds`` that has it."""
    described = [fields_of(kind) for kind in kinds]
    found = []
    for name, pair in pairs.items():
        spec = next((specs[name] for specs in described if name in specs), None)
        beside = BESIDE.get(name) or FIELDS.get(name, name)
        old, new = (field_value(spec, v) or DASH for v in pair)
        found.append((tr(spec.label if spec is not None else beside), old, new))
    return found
