"""What a list shows of the rows behind a figure, by their kind."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select, select

from crm_tui.db.queries.figure_customers import churn_record, interaction, order
from crm_tui.db.queries.figure_tickets import answer
from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.org import staff
from crm_tui.db.schema.tickets import satisfaction_answer, ticket, ticket_clock
from crm_tui.domain.text import display
from crm_tui.services.figure_labels import enum_label
from crm_tui.services.unit import Unit

Named = tuple[str, int]

_WHO: Final = (customer.c.name.label("customer"), staff.c.name.label("person"))


def _tickets() -> Select[Any]:
    source = ticket.outerjoin(customer, customer.c.id == ticket.c.customer_id)
    source = source.outerjoin(staff, staff.c.id == ticket.c.owner_id)
    return select(
        ticket.c.id,
        ticket.c.number.label("ticket"),
        ticket.c.subject.label("title"),
        *_WHO,
        ticket.c.state.label("step"),
        ticket.c.tier,
        ticket.c.received_at,
    ).select_from(source)


def _clocks() -> Select[Any]:
    source = ticket_clock.join(ticket, ticket.c.id == ticket_clock.c.ticket_id)
    source = source.outerjoin(customer, customer.c.id == ticket.c.customer_id)
    source = source.outerjoin(staff, staff.c.id == ticket_clock.c.owner_id)
    return select(
        ticket_clock.c.id,
        ticket_clock.c.ticket_id,
        ticket.c.number.label("ticket"),
        ticket.c.subject.label("title"),
        *_WHO,
        ticket_clock.c.kind.label("clock"),
        ticket_clock.c.stored_due_at.label("due_at"),
        ticket_clock.c.stopped_at,
    ).select_from(source)


def _customers() -> Select[Any]:
    source = customer.outerjoin(staff, staff.c.id == customer.c.manager_id)
    return select(
        customer.c.id,
        customer.c.customer_no.label("number"),
        customer.c.name.label("title"),
        staff.c.name.label("person"),
        customer.c.service_tier.label("tier"),
        customer.c.segment,
    ).select_from(source)


def _orders() -> Select[Any]:
    source = order.outerjoin(customer, customer.c.id == order.c.customer_id)
    return select(
        order.c.id,
        order.c.number,
        order.c.ordered_on,
        customer.c.name.label("customer"),
        order.c.amount_fen,
        order.c.credit_note,
    ).select_from(source)


def _interactions() -> Select[Any]:
    source = interaction.outerjoin(customer, customer.c.id == interaction.c.customer_id)
    source = source.outerjoin(staff, staff.c.id == interaction.c.owner_id)
    return select(
        interaction.c.id, interaction.c.topic.label("title"), *_WHO, interaction.c.channel
    ).select_from(source)


def _answers() -> Select[Any]:
    source = answer.outerjoin(customer, customer.c.id == answer.c.customer_id)
    return select(
        answer.c.id,
        answer.c.respondent.label("title"),
        customer.c.name.label("customer"),
        answer.c.survey.label("kind"),
        answer.c.answer,
        answer.c.scale_low,
        answer.c.scale_high,
        answer.c.channel,
    ).select_from(source)


def _asked() -> Select[Any]:
    source = satisfaction_answer.join(ticket).outerjoin(
        customer, customer.c.id == ticket.c.customer_id
    )
    source = source.outerjoin(staff, staff.c.id == ticket.c.owner_id)
    return select(
        satisfaction_answer.c.id,
        satisfaction_answer.c.ticket_id,
        ticket.c.number.label("ticket"),
        ticket.c.subject.label("title"),
        *_WHO,
        satisfaction_answer.c.answer,
        satisfaction_answer.c.score,
    ).select_from(source)


def _churned() -> Select[Any]:
    source = churn_record.join(customer, customer.c.id == churn_record.c.customer_id)
    source = source.outerjoin(staff, staff.c.id == churn_record.c.owner_id)
    return select(
        churn_record.c.id,
        customer.c.customer_no.label("number"),
        customer.c.name.label("title"),
        staff.c.name.label("person"),
        churn_record.c.cause,
    ).select_from(source)


QUERIES: Final = {
    "ticket": (_tickets, ticket.c.id),
    "clock": (_clocks, ticket_clock.c.id),
    "customer": (_customers, customer.c.id),
    "order": (_orders, order.c.id),
    "interaction": (_interactions, interaction.c.id),
    "survey_answer": (_answers, answer.c.id),
    "satisfaction": (_asked, satisfaction_answer.c.id),
    "churn_record": (_churned, churn_record.c.id),
}
OF_TICKET: Final = frozenset({"clock", "satisfaction"})
"""Kinds whose rows open the ticket that they hang on."""


def subject(kind: str, row_id: int, cells: Mapping[str, Any]) -> Named:
    """The kind and id of what enter opens."""
    return ("ticket", cells["ticket_id"]) if kind in OF_TICKET else (kind, row_id)


def of(unit: Unit, rows: Sequence[Named]) -> dict[Named, Mapping[str, Any]]:
    """What lists show of these rows: one statement a kind."""
    wanted: dict[str, list[int]] = defaultdict(list)
    for kind, row_id in rows:
        wanted[kind].append(row_id)
    found: dict[Named, Mapping[str, Any]] = {}
    for kind, ids in wanted.items():
        make, key = QUERIES[kind]
        for row in unit.conn.execute(make().where(key.in_(ids))).mappings():
            cells = {name: _shown(name, row[name]) for name in row if name != "id"}
            if "ticket" in cells:
                cells["number"] = f"T-{cells.pop('ticket')}"
            found[kind, row["id"]] = cells
    return found


def _shown(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return (
        enum_label(name, value)
        if name in ("clock", "step", "kind", "channel", "cause", "segment")
        else display(value)
    )
