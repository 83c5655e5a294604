"""Contribution tier and service tier of a customer (R-036, R-037, R-039, D-03, D-04)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from crm_tui.domain.terms import ContributionTier, KeyAccountLevel, PotentialClass, ServiceTier

FEN_PER_YUAN: Final = 100
HIGH_FROM_FEN: Final = 1_000_000 * FEN_PER_YUAN
MEDIUM_FROM_FEN: Final = 500_000 * FEN_PER_YUAN
UNKNOWN_CUSTOMER: Final = ServiceTier.C
"""D-09: who is not known yet is served as tier C."""


@dataclass(frozen=True, slots=True)
class Tiering:
    """The tiers and the rule that fired."""

    contribution: ContributionTier
    tier: ServiceTier
    rule: str


def contribution(annual_amount_fen: int) -> ContributionTier:
    """The contribution tier of a year's purchases in fen; the bands are half-open (D-03)."""
    if annual_amount_fen >= HIGH_FROM_FEN:
        return ContributionTier.HIGH
    if annual_amount_fen >= MEDIUM_FROM_FEN:
        return ContributionTier.MEDIUM
    return ContributionTier.LOW


def service_tier(
    *, annual_amount_fen: int, potential_class: str, key_account_level: str
) -> Tiering:
    """The strictest of contribution, potential and strategic level (D-04)."""
    given = contribution(annual_amount_fen)
    if KeyAccountLevel(key_account_level) is KeyAccountLevel.STRATEGIC:
        return Tiering(given, ServiceTier.A, "strategic_account")
    if PotentialClass(potential_class) is PotentialClass.KEY:
        return Tiering(given, ServiceTier.A, "key_potential")
    tier = {
        ContributionTier.HIGH: ServiceTier.A,
        ContributionTier.MEDIUM: ServiceTier.B,
        ContributionTier.LOW: ServiceTier.C,
    }[given]
    return Tiering(given, tier, f"contribution_{given}")


def year_window(as_of: date, *, calendar_year: bool = False) -> tuple[date, date]:
    """The half-open span ``[start, end)`` whose purchases count: 12 months to and with ``as_of`` (D-03)."""
    end = as_of + timedelta(days=1)
    if calendar_year:
        return date(as_of.year, 1, 1), end
    try:
        start = end.replace(year=end.year - 1)
    except ValueError:
        # 29 February has no namesake a year before.
        start = date(end.year - 1, 3, 1)
    return start, end


def tier_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Contribution tier and service tier of a customer with these values, and the rule that fired."""
    outcome = service_tier(
        annual_amount_fen=values["annual_amount_fen"],
        potential_class=values["potential_class"],
        key_account_level=values["key_account_level"],
    )
    return {
        "contribution_tier": str(outcome.contribution),
        "service_tier": str(outcome.tier),
        "tier_reason": {"rule": outcome.rule},
    }
