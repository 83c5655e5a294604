"""The demo database: the template rows of source A and a generated service desk (R-312).

Everything is made by a seeded generator through the services: the same seed and present give the same
rows. No real person, company or number is in it.
"""

import random
from datetime import UTC, datetime
from typing import Final

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import msg
from crm_tui.exchange.demo.customers import make_customers
from crm_tui.exchange.demo.desk import SEED, Desk, Said
from crm_tui.exchange.demo.goals import make_goals
from crm_tui.exchange.demo.histories import make_histories
from crm_tui.exchange.demo.live import LIVE, make_live
from crm_tui.exchange.demo.people import make_staff
from crm_tui.exchange.demo.templates import CUSTOMERS as TEMPLATE_CUSTOMERS
from crm_tui.exchange.demo.templates import make_templates
from crm_tui.exchange.demo.trade import make_trade
from crm_tui.exchange.demo.work import make_follow_ups, make_programme
from crm_tui.services.facade import Services, initialise

CUSTOMERS: Final = 300
TICKETS: Final = 3_000
EARLIEST: Final = datetime(2024, 6, 3, 1, tzinfo=UTC)
"""The Monday after the last day that the template rows print as past."""


def build(
    services: Services,
    admin_login: str,
    *,
    now: datetime,
    say: Said = lambda _: None,
    seed: int = SEED,
    customers: int = CUSTOMERS,
    tickets: int = TICKETS,
) -> None:
    """Fill a fresh database with the demo; ``now`` is the end of the generated year.

    Raises `ValidationError` (``too_early``) for a present before `EARLIEST`.
    """
    if now < EARLIEST:
        raise ValidationError(
            msg(
                "The demo shows work of May 2024: its present begins on {day}", day=EARLIEST.date()
            ),
            code="too_early",
            field="now",
        )
    say(msg("Demo: staff and departments"))
    initialise(services, admin_login, "Demo Admin", demo=True)
    admin = services.org.login(admin_login)
    desk = Desk(services, admin, now, random.Random(seed), say)
    make_staff(desk)
    make_templates(desk)
    known = make_customers(desk, customers - len(TEMPLATE_CUSTOMERS))
    make_histories(desk, known, tickets - LIVE)
    make_trade(desk, known)
    say(msg("Demo: work across departments"))
    make_programme(desk)
    say(msg("Demo: the last days"))
    make_live(desk)
    make_follow_ups(desk)
    make_goals(desk)
    services.ticker.tick("demo")
    services.ticker.release("demo")


__all__ = ["CUSTOMERS", "EARLIEST", "SEED", "TICKETS", "build"]
