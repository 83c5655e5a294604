"""Measures of tickets, clocks and answers (R-232, R-233, R-241 to R-246, D-11, D-19, D-22, D-23)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from sqlalchemy import (
    BigInteger,
    Integer,
    String,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)

from crm_tui.db.queries.figures import Context, Dim, Expr, Measure, Rows, Window
from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.registers import TABLES
from crm_tui.db.schema.tickets import satisfaction_answer, ticket, ticket_clock
from crm_tui.domain.kpi.spec import HUNDRED, POINT_UNITS
from crm_tui.domain.policy import ClockKind

answer: Final = TABLES["survey_answer"]
LOOP: Final = timedelta(hours=72)
"""Within which after-sales problems are to be closed (D-11)."""
ONE: Final = literal(1, Integer)
FULL: Final = int(HUNDRED) * POINT_UNITS
"""A hundred points as measures keep them."""
GONE: Final = ("cancelled", "merged")

of_customer: Final = (customer, customer.c.id == ticket.c.customer_id)
TICKET_DIMS: Final = {
    "tier": Dim(ticket.c.tier),
    "kind": Dim(ticket.c.kind),
    "channel": Dim(ticket.c.channel),
    "department": Dim(ticket.c.department_id),
    "person": Dim(ticket.c.owner_id),
    "segment": Dim(customer.c.segment, of_customer),
}
RESPONSES: Final = ("first_response", "next_response")


def ended_at() -> Expr:
    """When a ticket came to its end: resolved, or closed without ever being so."""
    return func.coalesce(ticket.c.resolved_at, ticket.c.closed_at)


def _ended_in(inside: Callable[[Expr], Expr]) -> Expr:
    return or_(
        inside(ticket.c.resolved_at),
        and_(ticket.c.resolved_at.is_(None), inside(ticket.c.closed_at)),
    )


def _gone_in(inside: Callable[[Expr], Expr]) -> Expr:
    """As `_gone_at`: logs of two clocks let some tickets end before they were received."""
    return or_(
        and_(inside(ticket.c.resolved_at), ticket.c.resolved_at >= ticket.c.received_at),
        and_(
            ticket.c.resolved_at.is_(None),
            inside(ticket.c.closed_at),
            ticket.c.closed_at >= ticket.c.received_at,
        ),
        and_(inside(ticket.c.received_at), ended_at() < ticket.c.received_at),
    )


def _gone_at() -> Expr:
    early = ended_at() < ticket.c.received_at
    return case((early, ticket.c.received_at), else_=ended_at())


def _tickets(
    at: Expr,
    num: Expr,
    den: Expr,
    *where: Expr,
    narrow: Callable[[Callable[[Expr], Expr]], Expr] | None = None,
) -> Rows:
    return Rows(
        id=ticket.c.id,
        num=num,
        den=den,
        source=ticket,
        at=at,
        narrow=narrow,
        where=where,
        dims=TICKET_DIMS,
        customer=ticket.c.customer_id,
    )


def _taken(ctx: Context, end: Expr) -> Expr:
    """Seconds since receipt; none where the log says that the end came first."""
    return case((end < ticket.c.received_at, 0), else_=ctx.seconds(ticket.c.received_at, end))


def _arrivals(ctx: Context, window: Window) -> Rows:
    return _tickets(ticket.c.received_at, ONE, ONE, ticket.c.state != "merged")


def _ended(ctx: Context, window: Window) -> Rows:
    return _tickets(_gone_at(), ONE, ONE, ticket.c.state != "merged", narrow=_gone_in)


def _backlog(ctx: Context, window: Window) -> Rows:
    """Tickets open at the end of the window; sums of days are arrivals less ends."""
    end = ctx.midnight(window.end + timedelta(days=1))
    if ctx.as_of is not None:
        end = min(end, ctx.as_of + timedelta(microseconds=1))
    still = or_(ended_at().is_(None), ended_at() >= end)
    return _tickets(ticket.c.received_at, ONE, ONE, ticket.c.state != "merged", still)


def _resolution(ctx: Context, window: Window) -> Rows:
    done = ctx.by_now(ended_at())
    kept = ticket.c.state.not_in(GONE)
    return _tickets(ticket.c.received_at, case((done, 1), else_=0), ONE, kept)


def _first_response(ctx: Context, window: Window) -> Rows:
    taken = _taken(ctx, ticket.c.first_response_at)
    return _tickets(ticket.c.first_response_at, taken, ONE)


def _first_time(ctx: Context, window: Window) -> Rows:
    clean = and_(
        ticket.c.reopened_within_days.is_(False),
        ticket.c.escalation_level <= 1,
        ticket.c.transfer_count <= 1,
    )
    kept = ticket.c.state.not_in(GONE)
    return _tickets(ticket.c.first_resolved_at, case((clean, 1), else_=0), ONE, kept)


def _handling(ctx: Context, window: Window) -> Rows:
    kept = ticket.c.state.not_in(GONE)
    return _tickets(ended_at(), _taken(ctx, ended_at()), ONE, kept, narrow=_ended_in)


def _closed_72h(ctx: Context, window: Window) -> Rows:
    closed = and_(ticket.c.state == "closed", ctx.by_now(ticket.c.closed_at))
    soon = and_(
        closed, ctx.seconds(ticket.c.received_at, ticket.c.closed_at) <= int(LOOP.total_seconds())
    )
    due = or_(closed, ticket.c.received_at <= ctx.moment - LOOP)
    return _tickets(
        ticket.c.received_at,
        case((soon, 1), else_=0),
        ONE,
        ticket.c.kind == "after_sales",
        ticket.c.state.not_in(GONE),
        due,
    )


def _complaints(ctx: Context, window: Window) -> Rows:
    mine = (ticket.c.kind == "complaint", ticket.c.state != "merged")
    return _tickets(ticket.c.received_at, ONE, ONE, *mine)


def _complaint_share(ctx: Context, window: Window) -> Rows:
    complaint = case((ticket.c.kind == "complaint", 1), else_=0)
    return _tickets(ticket.c.received_at, complaint, ONE, ticket.c.state != "merged")


# Clocks

of_ticket: Final = (ticket, ticket.c.id == ticket_clock.c.ticket_id)
CLOCK_DIMS: Final = {
    "clock": Dim(ticket_clock.c.kind),
    "tier": Dim(ticket.c.tier, of_ticket),
    "kind": Dim(ticket.c.kind, of_ticket),
    "channel": Dim(ticket.c.channel, of_ticket),
    "department": Dim(ticket_clock.c.department_id),
    "person": Dim(ticket_clock.c.owner_id),
    "segment": Dim(customer.c.segment, of_customer, (of_ticket,)),
}


def _clocks(ctx: Context, *where: Expr) -> Rows:
    """Clocks that came to an answer: stopped, or overdue and running; a paused one waits (D-23).

    What was missed follows from the due time itself: the store notes a breach only at a ticket's
    next event.
    """
    due = ticket_clock.c.stored_due_at
    met = and_(ticket_clock.c.state == "met", ctx.by_now(ticket_clock.c.stopped_at))
    late = and_(ticket_clock.c.state == "paused", ticket_clock.c.breached_at.is_not(None))
    counted = and_(
        or_(ticket_clock.c.state.in_(("met", "missed", "running")), late),
        due <= ctx.moment,
    )
    return Rows(
        id=ticket_clock.c.id,
        num=case((met, 1), else_=0),
        den=ONE,
        source=ticket_clock,
        at=due,
        where=(counted, *where),
        dims=CLOCK_DIMS,
        subject=ticket_clock.c.ticket_id,
    )


def _timeliness(ctx: Context, window: Window) -> Rows:
    return _clocks(ctx, ticket_clock.c.kind.in_(RESPONSES))


def _compliance(ctx: Context, window: Window) -> Rows:
    return _clocks(ctx, ticket_clock.c.kind.in_([str(k) for k in ClockKind]))


# Answers


def _survey(ctx: Context, *surveys: str) -> tuple[Expr, ...]:
    """Newest versions of answers that stand on their scale."""
    return (
        answer.c.survey.in_(surveys),
        answer.c.archived.is_(False),
        answer.c.replaced.is_not(True),
        answer.c.scale_high > answer.c.scale_low,
        answer.c.answer.between(answer.c.scale_low, answer.c.scale_high),
    )


def _ticket_answers(ctx: Context) -> tuple[Expr, ...]:
    newer = satisfaction_answer.alias("newer")
    later = and_(
        newer.c.ticket_id == satisfaction_answer.c.ticket_id,
        newer.c.version > satisfaction_answer.c.version,
    )
    if ctx.as_of is not None:
        later = and_(later, newer.c.at <= ctx.as_of)
    return (
        satisfaction_answer.c.answer.in_(("satisfied", "unsatisfied")),
        ~select(newer.c.id).where(later).exists(),
    )


def _mean_of_answer() -> Expr:
    width = answer.c.scale_high - answer.c.scale_low
    above = answer.c.answer - answer.c.scale_low
    return (above * literal(FULL, BigInteger)) // width


def _mean_of_ticket() -> Expr:
    score = satisfaction_answer.c.score
    return case(
        (score.between(1, 5), (score - 1) * literal(FULL // 4, BigInteger)),
        (satisfaction_answer.c.answer == "satisfied", literal(FULL, BigInteger)),
        else_=literal(0, BigInteger),
    )


def _top_of_answer() -> Expr:
    return case((answer.c.answer >= answer.c.scale_high - 1, 1), else_=0)


def _top_of_ticket() -> Expr:
    score = satisfaction_answer.c.score
    return case(
        (score.between(4, 5), 1),
        (and_(score.is_(None), satisfaction_answer.c.answer == "satisfied"), 1),
        else_=0,
    )


def _both(ctx: Context, of_answer: Expr, of_ticket: Expr) -> Rows:
    """Answers to surveys and after tickets as one; even ids are of surveys, odd ones of tickets."""
    surveyed = select(
        (answer.c.id * 2).label("id"),
        answer.c.answered_at.label("at"),
        of_answer.label("num"),
        answer.c.customer_id,
        answer.c.ticket_id,
        answer.c.channel.label("channel"),
        answer.c.survey.label("kind"),
    ).where(*_survey(ctx, "csat"))
    asked = (
        select(
            (satisfaction_answer.c.id * 2 + 1).label("id"),
            satisfaction_answer.c.at.label("at"),
            of_ticket.label("num"),
            func.coalesce(satisfaction_answer.c.customer_id, ticket.c.customer_id).label(
                "customer_id"
            ),
            satisfaction_answer.c.ticket_id,
            satisfaction_answer.c.channel.label("channel"),
            literal("ticket", String).label("kind"),
        )
        .select_from(satisfaction_answer.join(ticket))
        .where(*_ticket_answers(ctx))
    )
    both = union_all(surveyed, asked).subquery("both")
    whose = (customer, customer.c.id == both.c.customer_id)
    about = (ticket, ticket.c.id == both.c.ticket_id)
    return Rows(
        id=both.c.id,
        num=both.c.num,
        den=ONE,
        source=both,
        at=both.c.at,
        dims={
            "channel": Dim(both.c.channel),
            "kind": Dim(both.c.kind),
            "tier": Dim(customer.c.service_tier, whose),
            "segment": Dim(customer.c.segment, whose),
            "person": Dim(customer.c.manager_id, whose),
            "department": Dim(ticket.c.department_id, about),
        },
        customer=both.c.customer_id,
    )


def _csat(ctx: Context, window: Window) -> Rows:
    return _both(ctx, _mean_of_answer(), _mean_of_ticket())


def _top2(ctx: Context, window: Window) -> Rows:
    return _both(ctx, _top_of_answer(), _top_of_ticket())


def _ticket_csat(ctx: Context, window: Window) -> Rows:
    return Rows(
        id=satisfaction_answer.c.id,
        num=_mean_of_ticket(),
        den=ONE,
        source=satisfaction_answer.join(ticket),
        at=satisfaction_answer.c.at,
        where=_ticket_answers(ctx),
        dims={
            "person": Dim(ticket.c.owner_id),
            "department": Dim(ticket.c.department_id),
        },
        subject=satisfaction_answer.c.ticket_id,
        customer=ticket.c.customer_id,
    )


def _nps(ctx: Context, window: Window) -> Rows:
    whose = (customer, customer.c.id == answer.c.customer_id)
    vote = case((answer.c.answer >= 9, 1), (answer.c.answer <= 6, -1), else_=0)
    return Rows(
        id=answer.c.id,
        num=vote,
        den=ONE,
        source=answer,
        at=answer.c.answered_at,
        where=_survey(ctx, "nps"),
        dims={
            "channel": Dim(answer.c.channel),
            "tier": Dim(customer.c.service_tier, whose),
            "segment": Dim(customer.c.segment, whose),
        },
        customer=answer.c.customer_id,
    )


ANSWERS: Final = ("survey_answer", "satisfaction")
MEASURES: Final = (
    Measure("arrivals", ("ticket",), _arrivals, source="ticket"),
    Measure("ended", ("ticket",), _ended, source="ticket"),
    Measure("backlog", ("ticket",), _backlog, source="ticket"),
    Measure("resolution", ("ticket",), _resolution, source="ticket"),
    Measure("first_response", ("ticket",), _first_response, source="ticket"),
    Measure("first_time", ("ticket",), _first_time, source="ticket"),
    Measure("handling", ("ticket",), _handling, source="ticket"),
    Measure("closed_72h", ("ticket",), _closed_72h, source="ticket", settle=4),
    Measure("complaints", ("ticket",), _complaints, source="ticket"),
    Measure("complaint_share", ("ticket",), _complaint_share, source="ticket"),
    Measure("timeliness", ("clock",), _timeliness, "ticket", source="clock"),
    Measure("clocks", ("clock",), _compliance, "ticket", source="clock"),
    Measure("csat", ANSWERS, _csat, source="answer"),
    Measure("csat_top2", ANSWERS, _top2, source="answer"),
    Measure("ticket_csat", ("satisfaction",), _ticket_csat, "ticket", source="answer"),
    Measure("nps", ("survey_answer",), _nps, source="answer"),
)
