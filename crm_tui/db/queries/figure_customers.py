"""Measures of customers and their orders (R-012, R-234 to R-240, R-249, D-20, D-21)."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Date,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)

from crm_tui.db.figure_marks import BUCKET_BITS
from crm_tui.db.queries.figures import Context, Dim, Expr, Measure, Rows, Window
from crm_tui.db.queries.orders import for_earlier_orders
from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.log import activity
from crm_tui.db.schema.registers import TABLES
from crm_tui.domain.kpi.value import REFERRED
from crm_tui.domain.periods import DAY, Period, add_months, shifted
from crm_tui.domain.terms import LifecycleStage

order: Final = TABLES["order"]
contract: Final = TABLES["contract"]
interaction: Final = TABLES["interaction"]
churn_record: Final = TABLES["churn_record"]
ONE: Final = literal(1, Integer)
ACTIVE_MONTHS: Final = 12
"""For how long an order makes a customer active (D-20)."""
RAN: Final = ("active", "renewed", "closed")
"""Contracts that run between their dates; closing one does not unmake the time that it ran."""
PROSPECT: Final = str(LifecycleStage.PROSPECT)
BEGINNING: Final = date(1, 1, 1)

BOUGHT: Final = and_(order.c.archived.is_(False), order.c.credit_note.is_(False))
"""Orders that are purchases; a credit note gives money back and is none."""


def _of_customer(column: Expr) -> dict[str, Dim]:
    whose = (customer, customer.c.id == column)
    return {
        "tier": Dim(customer.c.service_tier, whose),
        "segment": Dim(customer.c.segment, whose),
        "person": Dim(customer.c.manager_id, whose),
        "channel": Dim(customer.c.source_channel, whose),
        "campaign": Dim(customer.c.source_campaign, whose),
    }


def _ran(ctx: Context) -> tuple[Expr, ...]:
    """Conditions of a contract that is or was in force."""
    return ctx.contract.c.archived.is_(False), ctx.contract.c.status.in_(RAN)


def _runs_on(ctx: Context, day: date) -> Expr:
    agreed = ctx.contract.c
    return and_(*_ran(ctx), agreed.start_on <= day, agreed.end_on >= day)


def _customers_of(source: Select[tuple[int, int, int]]) -> Rows:
    found = source.subquery("found")
    return Rows(
        id=found.c.customer_id,
        num=found.c.num,
        den=found.c.den,
        source=found,
        dims=_of_customer(found.c.customer_id),
        customer=found.c.customer_id,
    )


def in_bucket(column: Expr, ctx: Context) -> tuple[Expr, ...]:
    """Conditions that narrow a query of customers to a range of ids, where one is asked for."""
    if ctx.customers is None:
        return ()
    low, high = ctx.customers
    return (column.between(low, high),)


def bucket_of(customer_id: Expr) -> Expr:
    """The range of ids that a customer is in."""
    return customer_id.bitwise_rshift(literal_column(str(BUCKET_BITS)))


def bucket_bounds(bucket: int) -> tuple[int, int]:
    """The first and last id of a range."""
    return bucket << BUCKET_BITS, ((bucket + 1) << BUCKET_BITS) - 1


def _ordered(ctx: Context, start: date, end: date) -> tuple[Expr, ...]:
    return (
        BOUGHT,
        order.c.customer_id.is_not(None),
        order.c.ordered_on.between(start, end),
        *in_bucket(order.c.customer_id, ctx),
    )


def _bounds(window: Window) -> tuple[date, date]:
    return window.start or BEGINNING, window.end


def _retention(ctx: Context, window: Window) -> Rows:
    start, end = _bounds(window)
    since = add_months(start, -ACTIVE_MONTHS)
    before = case((order.c.ordered_on < start, 1), else_=0)
    during = case((order.c.ordered_on >= start, 1), else_=0)
    bought = (
        select(
            order.c.customer_id,
            func.max(before).label("before"),
            func.max(during).label("after"),
        )
        .where(*_ordered(ctx, since, end))
        .group_by(order.c.customer_id)
    )
    agreed = select(
        ctx.contract.c.customer_id,
        case((_runs_on(ctx, start), 1), else_=0),
        case((_runs_on(ctx, end), 1), else_=0),
    ).where(
        or_(_runs_on(ctx, start), _runs_on(ctx, end)), *in_bucket(ctx.contract.c.customer_id, ctx)
    )
    active = union_all(bought, agreed).subquery("active")
    cohort = (
        select(active.c.customer_id, func.max(active.c.after).label("after"))
        .group_by(active.c.customer_id)
        .having(func.max(active.c.before) == 1)
        .subquery("cohort")
    )
    left = (
        select(churn_record.c.id)
        .where(
            churn_record.c.customer_id == cohort.c.customer_id,
            churn_record.c.archived.is_(False),
            churn_record.c.churned_on.between(start, end),
            or_(churn_record.c.won_back_on.is_(None), churn_record.c.won_back_on > end),
        )
        .exists()
    )
    kept = case((and_(cohort.c.after == 1, ~left), 1), else_=0)
    return _customers_of(select(cohort.c.customer_id, kept.label("num"), ONE.label("den")))


def _active(ctx: Context, window: Window) -> Rows:
    since = add_months(window.end + DAY, -ACTIVE_MONTHS)
    bought = select(order.c.customer_id).where(*_ordered(ctx, since, window.end))
    agreed = select(ctx.contract.c.customer_id).where(
        _runs_on(ctx, window.end), *in_bucket(ctx.contract.c.customer_id, ctx)
    )
    either = bought.union(agreed).subquery("either")
    return _customers_of(select(either.c.customer_id, ONE.label("num"), ONE.label("den")))


def _counted(ctx: Context, window: Window, num: Expr) -> Rows:
    return _customers_of(
        select(order.c.customer_id, num.label("num"), ONE.label("den"))
        .where(*_ordered(ctx, *_bounds(window)))
        .group_by(order.c.customer_id)
    )


def _repeat(ctx: Context, window: Window) -> Rows:
    return _counted(ctx, window, case((func.count() >= 2, 1), else_=0))


def _buyers(ctx: Context, window: Window) -> Rows:
    return _counted(ctx, window, func.count())


def earned(ctx: Context) -> Expr:
    """What an order earned in hundredths of a fen; by the margin where its cost is unknown (D-21)."""
    return case(
        (order.c.cost_fen.is_(None), order.c.amount_fen * literal(ctx.margin, BigInteger)),
        else_=(order.c.amount_fen - order.c.cost_fen) * literal(100, BigInteger),
    )


def _earnings(ctx: Context, start: date, end: date) -> Rows:
    """Per customer that ordered; a credit note takes off what it gives back for these orders."""
    bought = func.sum(case((order.c.credit_note.is_(False), 1), else_=0))
    return _customers_of(
        select(
            order.c.customer_id,
            func.sum(earned(ctx)).label("num"),
            ONE.label("den"),
        )
        .where(
            order.c.archived.is_(False),
            order.c.customer_id.is_not(None),
            order.c.ordered_on.between(start, end),
            *([] if start == BEGINNING else [order.c.id.not_in(for_earlier_orders(start))]),
            *in_bucket(order.c.customer_id, ctx),
        )
        .group_by(order.c.customer_id)
        .having(bought > 0)
    )


def _clv(ctx: Context, window: Window) -> Rows:
    return _earnings(ctx, BEGINNING, window.end)


def _margin(ctx: Context, window: Window) -> Rows:
    return _earnings(ctx, add_months(window.end + DAY, -ACTIVE_MONTHS), window.end)


def _conversion(ctx: Context, window: Window) -> Rows:
    return _converted(ctx, window)


def _referrals(ctx: Context, window: Window) -> Rows:
    return _converted(ctx, window, func.lower(customer.c.source_channel).in_(REFERRED))


def _converted(ctx: Context, window: Window, *where: Expr) -> Rows:
    """Who was added as a prospect, and whether an order or contract came of it (R-236).

    Those that left without buying, or were taken off the list, stay in the denominator: otherwise the
    fewer leads are kept the better the rate. Who bought before being added was no prospect.
    """
    start, end = _bounds(window)
    lead = (
        select(
            customer.c.id.label("customer_id"),
            customer.c.lifecycle_stage.label("stage"),
            ctx.local_date(customer.c.created_at).label("added"),
            _first_day(order.c.ordered_on, order.c.customer_id, ctx, BOUGHT).label("ordered"),
            _first_day(ctx.contract.c.start_on, ctx.contract.c.customer_id, ctx, *_ran(ctx)).label(
                "agreed"
            ),
        )
        .where(
            customer.c.created_at >= ctx.midnight(start),
            customer.c.created_at < ctx.midnight(end + DAY),
            *([] if ctx.as_of is None else [customer.c.created_at <= ctx.as_of]),
            *where,
            *in_bucket(customer.c.id, ctx),
        )
        .subquery("lead")
    )
    before = or_(lead.c.ordered < lead.c.added, lead.c.agreed < lead.c.added)
    bought = or_(lead.c.ordered.is_not(None), lead.c.agreed.is_not(None))
    return _customers_of(
        select(lead.c.customer_id, case((bought, 1), else_=0).label("num"), ONE.label("den")).where(
            func.coalesce(before, false()).is_(False),
            or_(bought, lead.c.stage == PROSPECT, _was_prospect(lead.c.customer_id)),
        )
    )


def _first_day(day: Expr, whose: Expr, ctx: Context, *where: Expr) -> Expr:
    """The first of a customer's days up to now."""
    query = select(func.min(day)).where(*where, whose == customer.c.id, day <= ctx.today)
    return query.correlate(customer).scalar_subquery()


def _was_prospect(customer_id: Expr) -> Expr:
    """Whether the trail shows that a customer has left the stage of a prospect."""
    left = cast(activity.c.changes, Text).contains(f'"lifecycle_stage":["{PROSPECT}",')
    return (
        select(activity.c.seq)
        .where(activity.c.kind == "customer", activity.c.subject_id == customer_id, left)
        .exists()
    )


def _customers(ctx: Context, window: Window) -> Rows:
    return Rows(
        id=customer.c.id,
        num=ONE,
        den=ONE,
        source=customer,
        where=(customer.c.archived.is_(False), *in_bucket(customer.c.id, ctx)),
        dims={
            "tier": Dim(customer.c.service_tier),
            "segment": Dim(customer.c.segment),
            "person": Dim(customer.c.manager_id),
        },
        customer=customer.c.id,
    )


# Cohorts


def _firsts(ctx: Context, start: date, end: date) -> Subquery:
    """Customers whose first order ever lies between two days."""
    first = func.min(order.c.ordered_on)
    return (
        select(order.c.customer_id, first.label("first"))
        .where(*_ordered(ctx, BEGINNING, ctx.today))
        .group_by(order.c.customer_id)
        .having(first >= start, first <= end)
        .subquery("firsts")
    )


def cohort_counts(ctx: Context, start: date, end: date) -> Select[Any]:
    """Customers by range, by the month of their first order and each month that they ordered in."""
    firsts = _firsts(ctx, start, end)
    first, later = ctx.month(firsts.c.first), ctx.month(order.c.ordered_on)
    pairs = (
        select(first.label("first"), later.label("later"), order.c.customer_id)
        .select_from(firsts.join(order, order.c.customer_id == firsts.c.customer_id))
        .where(BOUGHT, order.c.ordered_on.between(start, end))
        .distinct()
        .subquery("pairs")
    )
    key = (bucket_of(pairs.c.customer_id), pairs.c.first, pairs.c.later)
    return select(*key, func.count()).group_by(*key)


def cohort(month: Period, away: int) -> Measure:
    """Customers that first ordered in a month and ordered again so many months later."""
    later = shifted(month, away)

    def build(ctx: Context, window: Window) -> Rows:
        firsts = _firsts(ctx, month.start, month.end)
        again = (
            select(order.c.id)
            .where(
                BOUGHT,
                order.c.customer_id == firsts.c.customer_id,
                order.c.ordered_on.between(later.start, min(later.end, window.end)),
            )
            .exists()
        )
        return _customers_of(
            select(firsts.c.customer_id, ONE.label("num"), ONE.label("den")).where(again)
        )

    return _of("cohort", build)


# Rows of a day


def _sales(ctx: Context, window: Window) -> Rows:
    return Rows(
        id=order.c.id,
        num=order.c.amount_fen,
        den=case((order.c.credit_note.is_(False), 1), else_=0),
        source=order,
        at=order.c.ordered_on,
        where=(order.c.archived.is_(False),),
        dims=_of_customer(order.c.customer_id),
        customer=order.c.customer_id,
    )


def _unpriced(ctx: Context, window: Window) -> Rows:
    """Orders of unknown cost, which make a figure of margins an estimate."""
    return Rows(
        id=order.c.id,
        num=ONE,
        den=ONE,
        source=order,
        at=order.c.ordered_on,
        where=(order.c.archived.is_(False), order.c.cost_fen.is_(None)),
    )


def _contacts(ctx: Context, window: Window) -> Rows:
    return _reached()


def _listed_contacts(ctx: Context, window: Window) -> Rows:
    """Of customers that are on the list, as those that they are counted over (R-240)."""
    off = select(customer.c.id).where(customer.c.archived.is_(True))
    return _reached(or_(interaction.c.customer_id.is_(None), interaction.c.customer_id.not_in(off)))


def _reached(*where: Expr) -> Rows:
    return Rows(
        id=interaction.c.id,
        num=ONE,
        den=ONE,
        source=interaction,
        at=interaction.c.occurred_on,
        where=(
            interaction.c.archived.is_(False),
            interaction.c.automated.is_(False),
            interaction.c.answered.is_(True),
            *where,
        ),
        dims={
            **_of_customer(interaction.c.customer_id),
            "channel": Dim(interaction.c.channel),
            "person": Dim(interaction.c.owner_id),
        },
        customer=interaction.c.customer_id,
    )


def _churned(ctx: Context, window: Window) -> Rows:
    back = churn_record.c.won_back_on
    lost: Expr = back.is_(None)
    if ctx.as_of is not None:
        lost = or_(lost, back > literal(ctx.today, Date))
    return Rows(
        id=churn_record.c.id,
        num=ONE,
        den=ONE,
        source=churn_record,
        at=churn_record.c.churned_on,
        where=(churn_record.c.archived.is_(False), lost),
        dims={
            **_of_customer(churn_record.c.customer_id),
            "cause": Dim(churn_record.c.cause),
        },
        customer=churn_record.c.customer_id,
    )


def _of(name: str, build: Callable[[Context, Window], Rows]) -> Measure:
    return Measure(name, ("customer",), build, source="customer", by_customer=True)


MEASURES: Final = (
    _of("retention", _retention),
    _of("active", _active),
    _of("repeat", _repeat),
    _of("buyers", _buyers),
    _of("clv", _clv),
    _of("margin", _margin),
    _of("conversion", _conversion),
    _of("referrals", _referrals),
    _of("customers", _customers),
    Measure("sales", ("order",), _sales, source="order"),
    Measure("unpriced", ("order",), _unpriced, source="order"),
    Measure("contacts", ("interaction",), _contacts, source="interaction"),
    Measure("listed_contacts", ("interaction",), _listed_contacts, source="interaction"),
    Measure("churned", ("churn_record",), _churned, source="churn"),
)
