"""Registering feedback: triage, limits at once, nothing lost (R-102 to R-121, R-145)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, select

from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.tickets import ticket, ticket_department, ticket_link
from crm_tui.domain import routing
from crm_tui.domain.errors import RuleViolation, ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.records.base import validate
from crm_tui.domain.records.registry import kind as record_kind
from crm_tui.services import ticket_base as base
from crm_tui.services.actor import Actor
from crm_tui.services.clocks import FAR, preview_cycles
from crm_tui.services.core import Core
from crm_tui.services.dto import ClockView
from crm_tui.services.kinds import need_kind
from crm_tui.services.lifecycle import add_special_team, tell_head_urgent
from crm_tui.services.org import department_id
from crm_tui.services.permissions import need_role
from crm_tui.services.policies import current_version
from crm_tui.services.unit import Unit

BESIDE = ("department", "departments", "first_responsible_id", "reason", "contact_info")
"""What registering takes beside the fields of the form."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What registering now would mean: urgency, department and each limit (R-145)."""

    urgency: str
    urgency_forced: bool
    department: str
    alternatives: tuple[str, ...]
    tier: str
    special_team: bool
    reasons: tuple[Msg, ...]
    clocks: tuple[ClockView, ...]


class IntakeService:
    """New tickets."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def preview(self, data: Mapping[str, Any], *, actor: Actor) -> Preview:
        """Triage and due times for the form as it stands; the same computation as saving."""
        with self._core.read(actor) as unit:
            values = _values(unit, data)
            proposal = _triage(values)
            urgency = _urgency(values, proposal)
            dep = data.get("department") or str(proposal.department)
            tier = base.tier_of(unit, values.get("customer_id"))
            facts = {
                "kind": values["kind"],
                "tier": tier,
                "urgency": urgency,
                "channel": values["channel"],
                "department_id": department_id(unit, dep),
            }
            return Preview(
                urgency=urgency,
                urgency_forced=proposal.urgency_forced,
                department=dep,
                alternatives=tuple(str(a) for a in proposal.alternatives),
                tier=tier,
                special_team=proposal.special_team,
                reasons=tuple(proposal.reasons),
                clocks=preview_cycles(unit, facts, values["received_at"], unit.now),
            )

    def create(self, data: Mapping[str, Any], *, actor: Actor) -> int:
        """Register a ticket; its number, clocks and notices come in the same transaction.

        Fields are those of the ticket record: customer_id, kind, channel, subject, description and
        the rest; a ``department`` that triage does not name needs a ``reason``.
        """
        with self._core.write(actor) as unit:
            need_role(actor, "agent")
            return register(unit, data)

    def number(self, ticket_id: int, *, actor: Actor) -> int:
        """The number of a ticket id."""
        with self._core.read(actor) as unit:
            return int(base.load(unit, ticket_id)["number"])


def _values(unit: Unit, data: Mapping[str, Any]) -> dict[str, Any]:
    given = {k: v for k, v in data.items() if v is not None and k not in BESIDE}
    given.setdefault("received_at", unit.now)
    clean = validate(record_kind("ticket"), given).model_dump()
    values: dict[str, Any] = {
        k: (str(v) if k in ("kind", "channel", "urgency") and v else v) for k, v in clean.items()
    }
    if values["received_at"] > unit.now:
        raise ValidationError(
            msg("The feedback cannot have come after it is registered; check the time"),
            field="received_at",
            code="received_after_registered",
        )
    return values


def _triage(values: Mapping[str, Any]) -> routing.Proposal:
    return routing.triage(
        kind=values["kind"],
        safety_risk=bool(values.get("safety_risk")),
        batch_problem=bool(values.get("batch_problem")),
        public_opinion=bool(values.get("public_opinion")),
        channel=values["channel"],
        complex=bool(values.get("complex")),
    )


def _urgency(values: Mapping[str, Any], proposal: routing.Proposal) -> str:
    if proposal.urgency_forced:
        if values.get("urgency") not in (None, "", "urgent"):
            raise RuleViolation(
                msg(
                    "With a safety risk, a batch problem or a risk of public opinion a ticket is"
                    " urgent; the head approves a lower urgency afterwards"
                ),
                code="urgency_forced",
                field="urgency",
            )
        return "urgent"
    return str(values.get("urgency") or proposal.urgency)


def register(unit: Unit, data: Mapping[str, Any], *, any_kind: bool = False) -> int:
    """Write a ticket with its first events inside a transaction.

    ``any_kind`` is for one that goes on from another: its kind may be in use no more.
    """
    values = _values(unit, data)
    if not any_kind:
        need_kind(unit, values["kind"])
    proposal = _triage(values)
    urgency = _urgency(values, proposal)
    proposed = str(proposal.department)
    wanted = data.get("department") or proposed
    reason = str(data.get("reason") or "")
    if wanted not in (proposed, *(str(a) for a in proposal.alternatives)) and not reason.strip():
        raise ValidationError(
            msg("Say why the ticket goes to {department}", department=wanted),
            field="reason",
            code="routing_reason_needed",
        )
    dep = department_id(unit, wanted)
    others = {department_id(unit, str(d)) for d in data.get("departments") or ()} - {dep}
    manager = _manager(unit, values.get("customer_id"))
    responsible = data.get("first_responsible_id")
    if isinstance(responsible, list | tuple):
        raise RuleViolation(
            msg("Exactly one person is first responsible"),
            code="one_first_responsible",
            field="first_responsible_id",
        )
    if responsible is not None:
        base.need_staff(unit, responsible, "first_responsible_id")
    else:
        # Sales owns the contact with the customer (D-37).
        responsible = manager
    if others and responsible is None:
        raise RuleViolation(
            msg("With several departments one person must be first responsible"),
            code="first_responsible_needed",
            field="first_responsible_id",
        )
    contact_info = str(data.get("contact_info") or _contact_info(unit, values.get("contact_id")))
    row: dict[str, Any] = {
        "number": unit.next_number("ticket"),
        "customer_id": values.get("customer_id"),
        "contact_id": values.get("contact_id"),
        "contact_info_sealed": unit.core.keyring.seal("ticket.contact_info", contact_info)
        if contact_info
        else None,
        "kind": values["kind"],
        "urgency": urgency,
        "urgency_forced": proposal.urgency_forced,
        **{c: bool(values.get(c)) for c in base.CRITERIA},
        "complex": bool(values.get("complex")),
        "channel": values["channel"],
        "preferred_reply_channel": str(values.get("preferred_reply_channel") or ""),
        "subject": values["subject"],
        "description": values["description"],
        "appeal": values.get("appeal") or "",
        "product": values.get("product") or "",
        "received_at": values["received_at"],
        "registered_at": unit.now,
        "state": "registered",
        "category": "new",
        "department_id": dep,
        "first_responsible_id": responsible,
        "tier": base.tier_of(unit, values.get("customer_id")),
        "policy_version": current_version(unit),
        "due_sort": FAR,
        "source": unit.source,
        "created_by": unit.actor.staff_id or None,
    }
    new = unit.add(ticket, row)
    for other in sorted(others):
        unit.conn.execute(ticket_department.insert().values(ticket_id=new, department_id=other))
    base.set_ticket_tags(unit, new, [str(t) for t in data.get("tags") or () if str(t).strip()])
    saved = base.load(unit, new)
    created = {
        "event": "created",
        "by": "customer",
        "facts": base.policy_facts(saved),
        "policy_version": saved["policy_version"],
    }
    unit.log(
        "ticket",
        new,
        "created",
        data=created,
        at=saved["received_at"],
        customer_id=saved["customer_id"],
    )
    unit.log(
        "ticket",
        new,
        "registered",
        data={"event": "registered"},
        reason=reason or None,
        customer_id=saved["customer_id"],
    )
    unit.notify(
        [manager],
        "registered",
        msg("T-{number} of your customer was registered", number=saved["number"]),
        subject=("ticket", new),
        key=f"registered:{new}",
    )
    if urgency == "urgent":
        tell_head_urgent(unit, saved)
    if proposal.special_team:
        add_special_team(unit, saved)
    base.index_ticket(unit, saved)
    return new


def follow_up_ticket(unit: Unit, old: RowMapping, body: str, *, channel: str = "") -> int:
    """A linked new ticket for a customer who writes after the reopen limit (sla.md 2.7)."""
    new = register(
        unit,
        {
            "customer_id": old["customer_id"],
            "contact_id": old["contact_id"],
            "kind": old["kind"],
            "channel": channel or old["channel"],
            "subject": old["subject"],
            "description": body,
            "received_at": unit.now,
        },
        any_kind=True,
    )
    unit.conn.execute(
        ticket_link.insert().values(ticket_id=new, other_id=old["id"], kind="follows", at=unit.now)
    )
    unit.log("ticket", new, "linked", data={"kind": "follows", "other": old["id"]})
    return new


def _manager(unit: Unit, customer_id: int | None) -> int | None:
    if customer_id is None:
        return None
    query = select(customer.c.manager_id).where(customer.c.id == customer_id)
    return unit.conn.execute(query).scalar_one_or_none()


def _contact_info(unit: Unit, contact_id: int | None) -> str:
    """Phone, else e-mail of the contact, to start the form with (R-103)."""
    if contact_id is None:
        return ""
    from crm_tui.db.schema.customers import contact
    from crm_tui.services.contacts import opened

    row = unit.row(contact, contact_id, msg("contact"))
    return opened(unit, row, "phone") or opened(unit, row, "email")
