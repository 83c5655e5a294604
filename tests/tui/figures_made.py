"""Figures made by hand: what a panel shows without a store."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from crm_tui.domain.msg import msg
from crm_tui.services.figures_dto import Breakdown, Figure, Grid, Panel, Part, Period

AT: Final = datetime(2024, 6, 3, 1, tzinfo=UTC)
MAY: Final = Period("month", date(2024, 5, 1), date(2024, 5, 31))


def dec(value: object) -> Decimal | None:
    """A number, or none."""
    return None if value is None else Decimal(str(value))


def figure(**changes: Any) -> Figure:
    """A rate of 70 %, ten rows behind it."""
    return replace(
        Figure(
            id="first_time_resolution",
            name="Resolved",
            group="service",
            unit="percent",
            direction="higher",
            value=Decimal(70),
            numerator=Decimal(7),
            denominator=Decimal(10),
            rows=10,
            period=MAY,
            as_of=AT,
            computed_at=AT,
            target=Decimal(80),
            previous=Decimal("66.8"),
            baseline=None,
            baseline_name="",
            small=False,
            estimated=False,
            beside=((msg("Value"), Decimal(3), "hours"),),
            spark=tuple(dec(v) for v in (10, 20, None, 40, 35, 70)),
        ),
        **changes,
    )


def panel() -> Panel:
    """Figures of every group and unit, and a table."""
    figures = (
        figure(),
        figure(id="response", name="Registration", unit="hours", direction="lower", target=None),
        figure(id="empty", value=None, previous=None, denominator=Decimal(0), spark=(), rows=0),
        figure(id="life", group="value", unit="yuan", value=dec("1234567.89"), estimated=True),
        figure(id="csat", group="satisfaction", unit="points", small=True, baseline=dec(60)),
        figure(id="calls", group="team", unit="count", direction="none", value=dec(12345)),
    )
    return Panel(MAY, AT, figures, (grid(),))


def split() -> Breakdown:
    """The rate by channel."""
    parts = (
        Part("phone", msg("Value"), Decimal(80), Decimal(4), Decimal(5), 5),
        Part("mail", "电子邮件与网站表单", Decimal(60), Decimal(3), Decimal(5), 5),
        Part("none", "-", None, Decimal(0), Decimal(0), 0),
    )
    return Breakdown(figure(), "channel", parts)


def grid(columns: int = 24, most: int = 9) -> Grid:
    """Arrivals of a week by hour; Sunday is empty."""
    cells = {
        (str(d), str(h)): Part("", "", Decimal(n), Decimal(n), None, n)
        for d in range(6)
        for h in range(columns)
        if (n := (d * 7 + h * 3) % (most + 1))
    }
    days = tuple((str(d), f"周{d}") for d in range(7))
    hours = tuple((str(h), str(h)) for h in range(columns))
    return Grid("arrivals", msg("Tables"), "count", days, hours, cells)
