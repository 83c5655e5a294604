"""A desk with something of every figure, and the panel that shows it."""

from datetime import date, timedelta

from textual.pilot import Pilot

from crm_tui.bootstrap import Opened
from crm_tui.services.figures_dto import Figure, Panel
from crm_tui.tui.app import CrmApp
from crm_tui.tui.screens.figures import FiguresScreen
from tests.tui.driving import NOW, settle

TODAY = date(2024, 6, 6)


def figured(opened: Opened) -> Opened:
    """As a manager sees a desk with orders, calls, answers and tickets that are done."""
    services, ana = opened.services, opened.actor
    root = services.org.login("root")
    lin = services.org.login("lin")
    for place in range(4):
        customer = services.customers.create({"name": f"长宁智能仓储 {place}"}, actor=lin)
        for days in (20, 200, 400)[: place + 1]:
            services.registers.create(
                "order",
                {
                    "customer_id": customer,
                    "ordered_on": TODAY - timedelta(days=days),
                    "amount_fen": 12_500_000,
                    "cost_fen": 9_000_000 if place % 2 else None,
                },
                actor=root,
            )
        services.registers.create(
            "interaction",
            {
                "customer_id": customer,
                "occurred_on": TODAY - timedelta(days=3),
                "channel": "phone",
                "topic": "价格与交期",
            },
            actor=root,
        )
        services.intake.create(
            {
                "customer_id": customer,
                "kind": "consultation",
                "channel": "email",
                "subject": f"交付日期 {place}",
                "description": "?",
            },
            actor=ana,
        )
    services.core.clock = lambda: NOW + timedelta(hours=2)
    services.messages.reply([1, 2], "您好，我们已收到。", actor=ana)
    services.tickets.take([1, 2, 3], actor=ana)
    services.core.clock = lambda: NOW + timedelta(days=3)
    return Opened(services, lin, demo=True)


def screen_of(app: CrmApp) -> FiguresScreen:
    """The panel, which is in front."""
    screen = app.screen
    assert isinstance(screen, FiguresScreen), screen
    return screen


def panel_of(app: CrmApp) -> Panel:
    """What the panel shows."""
    found = screen_of(app).panel
    assert found is not None
    return found


async def to_figure(app: CrmApp, pilot: Pilot[None], figure_id: str) -> Figure:
    """Put the cursor on a tile."""
    screen = screen_of(app)
    screen.canvas.move_to(("figure", figure_id))
    await settle(app, pilot)
    figure = screen.figure
    assert figure is not None
    assert figure.id == figure_id
    return figure
