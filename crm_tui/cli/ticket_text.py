"""How tickets look in JSON and in plain text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crm_tui.cli.output import Column, Output, sentence, when
from crm_tui.cli.words import (
    DECISIONS,
    LINKS,
    PURPOSES,
    act,
    changes,
    departments,
    kind_title,
    label,
    limit_label,
    word,
)
from crm_tui.domain.acts import reason_words
from crm_tui.domain.msg import N_
from crm_tui.domain.numbers import format_ticket_no
from crm_tui.domain.terms import Category, Channel, TicketKind, TicketState, Urgency
from crm_tui.exchange.lists import ticket_object
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.services.dto import ClockView, EntryView, TicketRow, TicketView
    from crm_tui.services.intake import Preview

LIST = (
    Column(N_("Number")),
    Column(N_("U")),
    Column(N_("Tier")),
    Column(N_("State")),
    Column(N_("Next due")),
    Column(N_("Limit")),
    Column(N_("Subject")),
    Column(N_("Customer")),
    Column(N_("Department")),
    Column(N_("Owner")),
)

CLOCKS = (
    Column(N_("Limit")),
    Column(N_("State")),
    Column(N_("Due")),
    Column(N_("Warning")),
    Column(N_("Used min"), right=True),
    Column(N_("Late min"), right=True),
)

CLOCK_STATES = {
    "running": N_("running"),
    "paused": N_("paused"),
    "met": N_("met"),
    "missed": N_("missed"),
    "not_applicable": N_("not applicable"),
    "cancelled": N_("cancelled"),
    "sending": N_("sending"),
}


def row_cells(row: "TicketRow") -> list[str]:
    """A list row as plain cells; a letter and words say what colour says on screen."""
    due = when(row.next_due_at)
    if row.paused and not due:
        due = tr(N_("paused"))
    if row.breached:
        due = f"{due} {tr(N_('LATE'))}".strip()
    return [
        format_ticket_no(row.number),
        Urgency(row.urgency).letter + ("!" if row.urgency == "urgent" else ""),
        row.tier,
        word(TicketState, row.state),
        due,
        limit_label(row.next_due_kind),
        row.subject,
        row.customer,
        departments(row.department),
        row.owner,
    ]


def minutes(seconds: int | None) -> float | int | None:
    """Seconds as minutes, whole where they are."""
    if seconds is None:
        return None
    return seconds // 60 if seconds % 60 == 0 else round(seconds / 60, 4)


def clock_object(clock: "ClockView", *, segments: bool) -> dict[str, Any]:
    """A clock by the names of sla.md 3.2."""
    found: dict[str, Any] = {
        "kind": clock.kind,
        "cycle": clock.cycle,
        "state": clock.state,
        "due": clock.due_at,
        "stored_due": clock.stored_due_at,
        "warn_at": clock.warn_at,
        "started_at": clock.started_at,
        "stopped_at": clock.stopped_at,
        "target_minutes": minutes(clock.target_s),
        "used_minutes": minutes(clock.used_s),
        "paused_minutes": minutes(clock.paused_s),
        "late_minutes": minutes(clock.late_s),
        "remaining_minutes": minutes(clock.remaining_s),
        "pinned": clock.pinned,
        "breached": clock.breached,
        "cause": clock.cause,
        "policy_line": clock.line_id,
        "policy_version": clock.policy_version,
    }
    if segments:
        found["explanation"] = list(clock.explanation)
        found["segments"] = [
            {"from": s.start, "to": s.end, "kind": s.kind, "minutes": s.minutes}
            for s in clock.segments
        ]
    return found


def clock_cells(clock: "ClockView") -> list[Any]:
    """A clock as plain cells."""
    name = limit_label(clock.kind)
    return [
        name if clock.cycle <= 1 else f"{name} {clock.cycle}",
        tr(CLOCK_STATES.get(clock.state, clock.state)),
        when(clock.due_at or clock.stored_due_at),
        when(clock.warn_at),
        clock.used_s // 60,
        clock.late_s // 60,
    ]


def entry_object(entry: "EntryView") -> dict[str, Any]:
    """A line of the history for programs."""
    return {
        # Of a message, which may be split off; an event has its place in the audit.
        "id": entry.id if entry.kind != "event" else None,
        "at": entry.at,
        "kind": entry.kind,
        "verb": entry.verb,
        "about": entry.subject or None,
        "author": entry.author,
        "direction": entry.direction,
        "channel": entry.channel,
        "text": entry.text,
        "changes": {k: {"old": v[0], "new": v[1]} for k, v in entry.changes.items()},
        "reason": entry.reason,
        "source": entry.source,
        "state": entry.state,
        "ticket": None if entry.ticket_number is None else format_ticket_no(entry.ticket_number),
    }


ENTRY_KINDS = {
    "public": N_("with the customer"),
    "note": N_("note"),
    "system": N_("system"),
    "event": "",
}


def entry_head(entry: "EntryView", kind: str, own: int | None = None) -> str:
    """When, what and who, on one line; the ticket ``own``, whose history it is, is not named."""
    nobody = tr(N_("customer")) if entry.direction == "in" else tr(N_("system"))
    about = kind_title(entry.subject) if entry.subject else ""
    head = [
        when(entry.at),
        tr(ENTRY_KINDS[entry.kind]),
        about,
        act(entry.subject or kind, entry.verb)
        if entry.kind == "event"
        else word(Channel, entry.channel),
        entry.author or nobody,
        tr(N_("rests in the outbox")) if entry.state == "queued" else "",
        tr(N_("imported")) if entry.source == "import" else "",
    ]
    if entry.ticket_number is not None and entry.ticket_number != own:
        head.append(format_ticket_no(entry.ticket_number))
    return "  ".join(h for h in head if h)


def print_entries(
    out: Output,
    entries: Sequence["EntryView"],
    *,
    kinds: Sequence[str] = ("ticket",),
    own: int | None = None,
) -> None:
    """The history of records of ``kinds``, a head line and the indented text each."""
    for entry in entries:
        out.line(entry_head(entry, kinds[0], own))
        about = (entry.subject, *kinds) if entry.subject else kinds
        for name, old, new in changes(about, entry.changes):
            out.line(f"    {name}: {old} → {new}")
        reason = sentence(reason_words(entry.verb, entry.reason))
        for line in [*entry.text.splitlines(), *reason.splitlines()]:
            out.line(f"    {line}")


def view_object(view: "TicketView") -> dict[str, Any]:
    """A whole ticket with stable keys."""
    return {
        **ticket_object(view.row),
        "fields": dict(view.fields),
        "tags": view.tags,
        "collaborators": view.collaborators,
        "clocks": [clock_object(c, segments=False) for c in view.clocks],
        "approvals": view.approvals,
        "attachments": view.attachments,
        "links": [
            {
                "number": format_ticket_no(link.number),
                "kind": link.kind,
                "subject": link.subject,
                "state": link.state,
            }
            for link in view.links
        ],
        "next_states": [
            {"to": c.to, "allowed": c.refusal is None, "code": c.code, "refusal": c.refusal}
            for c in view.choices
        ],
        "verbs": [
            {"verb": a.verb, "allowed": a.refusal is None, "code": a.code, "refusal": a.refusal}
            for a in view.actions
        ],
        "checklist": [
            {"step": str(s.activity), "state": s.state, "at": s.at} for s in view.checklist
        ],
        "next_step": view.next_step.to if view.next_step is not None else None,
        "missing": view.missing,
    }


def print_view(out: Output, view: "TicketView") -> None:
    """A whole ticket as plain text."""
    row = view.row
    out.line(f"{format_ticket_no(row.number)}  {row.subject}")
    out.line()
    fields = view.fields
    out.pairs(
        (
            (N_("Customer"), row.customer),
            (N_("Contact details"), fields.get("contact_info")),
            (N_("Kind"), word(TicketKind, row.kind)),
            (N_("Urgency"), word(Urgency, row.urgency)),
            (N_("Tier"), row.tier),
            (N_("State"), f"{word(TicketState, row.state)} ({word(Category, row.category)})"),
            (N_("Department"), departments(row.department)),
            (N_("Owner"), row.owner),
            (N_("First responsible"), fields.get("first_responsible")),
            (N_("Escalation level"), row.escalation_level),
            (N_("Received"), row.received_at),
            (N_("Registered at"), fields.get("registered_at")),
            (N_("Tags"), view.tags),
            (N_("Collaborators"), view.collaborators),
            (
                N_("Links"),
                [f"{label(LINKS, k.kind)} {format_ticket_no(k.number)}" for k in view.links],
            ),
            (N_("Attachments"), [f"{a.id}: {a.file_name}" for a in view.attachments]),
            (
                N_("Approvals"),
                [
                    f"{label(PURPOSES, a.purpose)}: {label(DECISIONS, a.state)} "
                    f"({a.decided_by or a.proposer})"
                    for a in view.approvals
                ],
            ),
            (
                N_("Next step"),
                word(TicketState, view.next_step.to) if view.next_step is not None else None,
            ),
            (N_("Missing"), "; ".join(sentence(m) for m in view.missing)),
        )
    )
    for name, key in (
        (N_("Description"), "description"),
        (N_("Appeal"), "appeal"),
        (N_("Verified details"), "verified_note"),
        (N_("Solution"), "solution"),
        (N_("Handling basis"), "handling_basis"),
    ):
        text = str(fields.get(key) or "")
        if text:
            out.line()
            out.line(f"{tr(name)}:")
            for line in text.splitlines():
                out.line(f"    {line}")
    if view.clocks:
        out.line()
        out.table(CLOCKS, [clock_cells(c) for c in view.clocks])


def preview_object(preview: "Preview") -> dict[str, Any]:
    """What registering now would mean."""
    return {
        "urgency": preview.urgency,
        "urgency_forced": preview.urgency_forced,
        "department": preview.department,
        "alternatives": preview.alternatives,
        "tier": preview.tier,
        "special_team": preview.special_team,
        "reasons": preview.reasons,
        "clocks": [clock_object(c, segments=True) for c in preview.clocks],
    }


def print_preview(out: Output, preview: "Preview") -> None:
    """The same for people."""
    out.pairs(
        (
            (N_("Urgency"), word(Urgency, preview.urgency)),
            (N_("Department"), departments(preview.department)),
            (N_("Also possible"), preview.alternatives),
            (N_("Tier"), preview.tier),
            (N_("Why"), "; ".join(sentence(r) for r in preview.reasons)),
        )
    )
    if preview.clocks:
        out.line()
        out.table(CLOCKS, [clock_cells(c) for c in preview.clocks])
