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
from crm_tui.db.schema.tickets import satisfaction_answer, ticket
from crm_tui.domain.kpi.spec import HUNDRED, POINT_UNITS
from crm_tui.domain.policy import ClockKind
from crm_tui.domain.terms import TicketState

answer: Final = TABLES["survey_answer"]
LOOP: Final = timedelta(hours=72)
"""Within which after-sales problems are to be closed (D-11)."""
ONE: Final = literal(1, Integer)
TOP2_POINTS: Final = 4
"""Points that a scale must have for its two highest to mean anything: below, they are most of it."""
FULL: Final = int(HUNDRED) * POINT_UNITS
"""A hundred points as measures keep them."""
MERGED: Final = str(TicketState.MERGED)
GONE: Final = (str(TicketState.CANCELLED), MERGED)

RESPONSES: Final = ("first_response", "next_response")


Inside = Callable[[Expr], Expr]
"""Makes of a moment the condition that it lies in the window."""


def ended_at(ctx: Context) -> Expr:
    """When a ticket came to its end: resolved, or closed without ever being so."""
    return func.coalesce(ctx.ticket.c.resolved_at, ctx.ticket.c.closed_at)


def _ended_in(ctx: Context) -> Callable[[Inside], Expr]:
    t = ctx.ticket.c
    return lambda inside: or_(
        inside(t.resolved_at), and_(t.resolved_at.is_(None), inside(t.closed_at))
    )


def _gone_in(ctx: Context) -> Callable[[Inside], Expr]:
    """As `_gone_at`: logs of two clocks let some tickets end before they were received."""
    t = ctx.ticket.c
    return lambda inside: or_(
        and_(inside(t.resolved_at), t.resolved_at >= t.received_at),
        and_(t.resolved_at.is_(None), inside(t.closed_at), t.closed_at >= t.received_at),
        and_(inside(t.received_at), ended_at(ctx) < t.received_at),
    )


def _gone_at(ctx: Context) -> Expr:
    early = ended_at(ctx) < ctx.ticket.c.received_at
    return case((early, ctx.ticket.c.received_at), else_=ended_at(ctx))


def _tickets(
    ctx: Context,
    at: Expr,
    num: Expr,
    den: Expr,
    *where: Expr,
    narrow: Callable[[Inside], Expr] | None = None,
) -> Rows:
    t = ctx.ticket.c
    whose = (customer, customer.c.id == t.customer_id)
    return Rows(
        id=t.id,
        num=num,
        den=den,
        source=ctx.ticket,
        at=at,
        narrow=narrow,
        where=where,
        dims={
            "tier": Dim(t.tier),
            "kind": Dim(t.kind),
            "channel": Dim(t.channel),
            "department": Dim(t.department_id),
            "person": Dim(t.owner_id),
            "segment": Dim(customer.c.segment, whose),
        },
        customer=t.customer_id,
    )


def _taken(ctx: Context, end: Expr) -> Expr:
    """Seconds since receipt; none where the log says that the end came first."""
    received = ctx.ticket.c.received_at
    return case((end < received, 0), else_=ctx.seconds(received, end))


def _unmerged(ctx: Context) -> Expr:
    """Tickets that stand for themselves; what was merged counts once, with its target."""
    return ctx.ticket.c.state != MERGED


def _arrivals(ctx: Context, window: Window) -> Rows:
    return _tickets(ctx, ctx.ticket.c.received_at, ONE, ONE, _unmerged(ctx))


def _ended(ctx: Context, window: Window) -> Rows:
    return _tickets(ctx, _gone_at(ctx), ONE, ONE, _unmerged(ctx), narrow=_gone_in(ctx))


def _backlog(ctx: Context, window: Window) -> Rows:
    """Tickets open at the end of the window; sums of days are arrivals less ends."""
    end = ctx.midnight(window.end + timedelta(days=1))
    if ctx.as_of is not None:
        end = min(end, ctx.as_of + timedelta(microseconds=1))
    still = or_(ended_at(ctx).is_(None), ended_at(ctx) >= end)
    return _tickets(ctx, ctx.ticket.c.received_at, ONE, ONE, _unmerged(ctx), still)


def _resolution(ctx: Context, window: Window) -> Rows:
    done = case((ctx.by_now(ended_at(ctx)), 1), else_=0)
    kept = ctx.ticket.c.state.not_in(GONE)
    return _tickets(ctx, ctx.ticket.c.received_at, done, ONE, kept)


def _first_response(ctx: Context, window: Window) -> Rows:
    at = ctx.ticket.c.first_response_at
    return _tickets(ctx, at, _taken(ctx, at), ONE, _unmerged(ctx))


def _first_time(ctx: Context, window: Window) -> Rows:
    t = ctx.ticket.c
    clean = and_(t.reopened_within_days.is_(False), t.escalation_level <= 1, t.transfer_count <= 1)
    kept = t.state.not_in(GONE)
    return _tickets(ctx, t.first_resolved_at, case((clean, 1), else_=0), ONE, kept)


def _handling(ctx: Context, window: Window) -> Rows:
    kept = ctx.ticket.c.state.not_in(GONE)
    end = ended_at(ctx)
    return _tickets(ctx, end, _taken(ctx, end), ONE, kept, narrow=_ended_in(ctx))


def _closed_72h(ctx: Context, window: Window) -> Rows:
    t = ctx.ticket.c
    closed = and_(t.state == "closed", ctx.by_now(t.closed_at))
    soon = and_(closed, ctx.seconds(t.received_at, t.closed_at) <= int(LOOP.total_seconds()))
    due = or_(closed, t.received_at <= ctx.moment - LOOP)
    return _tickets(
        ctx,
        t.received_at,
        case((soon, 1), else_=0),
        ONE,
        t.kind == "after_sales",
        t.state.not_in(GONE),
        due,
    )


def _complaints(ctx: Context, window: Window) -> Rows:
    mine = (ctx.ticket.c.kind == "complaint", _unmerged(ctx))
    return _tickets(ctx, ctx.ticket.c.received_at, ONE, ONE, *mine)


def _complaint_share(ctx: Context, window: Window) -> Rows:
    complaint = case((ctx.ticket.c.kind == "complaint", 1), else_=0)
    return _tickets(ctx, ctx.ticket.c.received_at, complaint, ONE, _unmerged(ctx))


# Clocks


def _clocks(ctx: Context, *where: Expr) -> Rows:
    """Clocks that came to an answer: stopped, or overdue and running; a paused one waits (D-23).

    What was missed follows from the due time itself: the store notes a breach only at a ticket's
    next event.
    """
    t, c = ctx.ticket.c, ctx.clock.c
    met = and_(c.state == "met", ctx.by_now(c.stopped_at))
    late = and_(c.state == "paused", c.breached_at.is_not(None))
    counted = and_(
        or_(c.state.in_(("met", "missed", "running")), late), c.stored_due_at <= ctx.moment
    )
    merged = select(t.id).where(t.state == MERGED).correlate(None)
    # Tier, kind and channel are those of now in any case, and found by the ticket's key.
    about = (ticket, ticket.c.id == c.ticket_id)
    whose = (customer, customer.c.id == ticket.c.customer_id)
    return Rows(
        id=c.id,
        num=case((met, 1), else_=0),
        den=ONE,
        source=ctx.clock,
        at=c.stored_due_at,
        where=(counted, c.ticket_id.not_in(merged), *where),
        dims={
            "clock": Dim(c.kind),
            "tier": Dim(ticket.c.tier, about),
            "kind": Dim(ticket.c.kind, about),
            "channel": Dim(ticket.c.channel, about),
            "department": Dim(c.department_id),
            "person": Dim(c.owner_id),
            "segment": Dim(customer.c.segment, whose, (about,)),
        },
        subject=c.ticket_id,
    )


def _timeliness(ctx: Context, window: Window) -> Rows:
    return _clocks(ctx, ctx.clock.c.kind.in_(RESPONSES))


def _compliance(ctx: Context, window: Window) -> Rows:
    return _clocks(ctx, ctx.clock.c.kind.in_([str(k) for k in ClockKind]))


# Answers


def _in_force(ctx: Context) -> Expr:
    """Answers that no newer version had taken the place of."""
    if ctx.as_of is None:
        return answer.c.replaced.is_not(True)
    newer = answer.alias("newer")
    known = newer.c.archived.is_(False) & (newer.c.created_at <= ctx.as_of)
    return and_(
        or_(answer.c.replaces_id.is_(None), answer.c.created_at <= ctx.as_of),
        ~select(newer.c.id).where(newer.c.replaces_id == answer.c.id, known).exists(),
    )


def _survey(ctx: Context, *surveys: str) -> tuple[Expr, ...]:
    """Newest versions of answers that stand on their scale."""
    return (
        answer.c.survey.in_(surveys),
        answer.c.archived.is_(False),
        _in_force(ctx),
        answer.c.scale_high > answer.c.scale_low,
        answer.c.answer.between(answer.c.scale_low, answer.c.scale_high),
    )


def _asked_after(ctx: Context) -> tuple[Expr, ...]:
    """Answers after tickets of which no survey has asked as well: a ticket's answer counts once."""
    surveyed = (
        select(answer.c.id)
        .where(*_survey(ctx, "csat"), answer.c.ticket_id == satisfaction_answer.c.ticket_id)
        .correlate(satisfaction_answer)
    )
    if ctx.as_of is not None:
        surveyed = surveyed.where(answer.c.answered_at <= ctx.as_of)
    return *_ticket_answers(ctx), ~surveyed.exists()


def _ticket_answers(ctx: Context) -> tuple[Expr, ...]:
    """Newest versions of answers after tickets."""
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
    return case((satisfaction_answer.c.score.between(4, 5), 1), else_=0)


def _both(
    ctx: Context,
    of_answer: Expr,
    of_ticket: Expr,
    on: tuple[Expr, ...] = (),
    after: tuple[Expr, ...] = (),
) -> Rows:
    """Answers to surveys and after tickets as one; even ids are of surveys, odd ones of tickets.

    ``on`` and ``after`` are further conditions of those to surveys and those after tickets.
    """
    surveyed = select(
        (answer.c.id * 2).label("id"),
        answer.c.answered_at.label("at"),
        of_answer.label("num"),
        answer.c.customer_id,
        answer.c.ticket_id,
        answer.c.channel.label("channel"),
        answer.c.survey.label("kind"),
    ).where(*_survey(ctx, "csat"), *on)
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
        .where(*_asked_after(ctx), *after)
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
    """Of scales on which the two highest points are not nearly all there are (D-19)."""
    points = answer.c.scale_high - answer.c.scale_low + 1
    scored = satisfaction_answer.c.score.between(1, 5)
    return _both(
        ctx, _top_of_answer(), _top_of_ticket(), on=(points >= TOP2_POINTS,), after=(scored,)
    )


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
