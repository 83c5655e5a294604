"""All services of one database, wired; the only object that front ends hold."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import insert, select

from crm_tui.db import feed
from crm_tui.db.schema.log import activity
from crm_tui.db.schema.org import staff
from crm_tui.db.schema.system import meta
from crm_tui.services import clocks, contact_log, kinds, org, policies, task_watch, trade
from crm_tui.services.actor import SYSTEM, Actor
from crm_tui.services.audit import AuditService
from crm_tui.services.closing import ClosingService
from crm_tui.services.contacts import ContactService
from crm_tui.services.core import Core
from crm_tui.services.customers import CustomerService
from crm_tui.services.figure_ahead import FigureAhead
from crm_tui.services.figures import FigureService
from crm_tui.services.find import FindService
from crm_tui.services.goals import GoalService
from crm_tui.services.imports import ImportService
from crm_tui.services.intake import IntakeService
from crm_tui.services.kinds import KindService
from crm_tui.services.linking import LinkService
from crm_tui.services.macros import MacroService
from crm_tui.services.messages import MessageService
from crm_tui.services.notifications import NotificationService
from crm_tui.services.org import OrgService
from crm_tui.services.policies import PolicyService
from crm_tui.services.presence import PresenceService
from crm_tui.services.profiles import ProfileService
from crm_tui.services.register_table import HOOKS
from crm_tui.services.registers import RegisterService
from crm_tui.services.risks import RiskService
from crm_tui.services.saved_views import SavedViewService
from crm_tui.services.sessions import SessionService
from crm_tui.services.splitting import SplitService
from crm_tui.services.surveys import SurveyService
from crm_tui.services.tasks import TaskService
from crm_tui.services.texts import TextService
from crm_tui.services.ticker import Ticker
from crm_tui.services.ticket_tools import TicketToolService
from crm_tui.services.ticket_views import TicketViews
from crm_tui.services.tickets import TicketService
from crm_tui.services.undo import UndoService


@dataclass(frozen=True, slots=True)
class Services:
    """One attribute per noun."""

    core: Core
    org: OrgService
    customers: CustomerService
    contacts: ContactService
    intake: IntakeService
    tickets: TicketService
    closing: ClosingService
    links: LinkService
    messages: MessageService
    notifications: NotificationService
    undo: UndoService
    audit: AuditService
    policies: PolicyService
    ticker: Ticker
    views: TicketViews
    find: FindService
    registers: RegisterService
    sessions: SessionService
    imports: ImportService
    kinds: KindService
    splits: SplitService
    texts: TextService
    macros: MacroService
    saved_views: SavedViewService
    presence: PresenceService
    profiles: ProfileService
    tools: TicketToolService
    figures: FigureService
    figures_ahead: FigureAhead
    surveys: SurveyService
    goals: GoalService
    tasks: TaskService
    risks: RiskService

    def is_demo(self) -> bool:
        """Whether this is a demo database, where anybody may act as anybody."""
        return self.setting("demo") == "1"

    def setting(self, key: str) -> str | None:
        """A value of the database's own settings."""
        with self.core.read() as unit:
            query = select(meta.c.value).where(meta.c.key == key)
            return unit.conn.execute(query).scalar_one_or_none()

    def last_event_at(self) -> datetime | None:
        """When the newest entry of the log was written (design.md 4.9)."""
        with self.core.read() as unit:
            query = select(activity.c.recorded_at).order_by(activity.c.seq.desc()).limit(1)
            return unit.conn.execute(query).scalar_one_or_none()

    def watch(self) -> feed.Watch:
        """Notices commits of other processes (decision 11)."""
        return feed.watch(self.core.engine)

    def close(self) -> None:
        """Give back the connections."""
        self.core.engine.dispose()


def wire(core: Core) -> Services:
    """Build the services on a core."""
    core.before_commit += [clocks.rebuild, trade.settle, contact_log.settle]
    core.before_commit.append(task_watch.rewake)
    core.hooks |= HOOKS
    messages = MessageService(core)
    contacts = ContactService(core)
    customers = CustomerService(core)
    tickets = TicketService(core)
    registers = RegisterService(core)
    figures = FigureService(core)

    def figure_value(
        figure_id: str, *, as_of: date, segment: str | None, actor: Actor
    ) -> Decimal | None:
        return figures.value(figure_id, actor=actor, as_of=as_of, segment=segment).value

    goals = GoalService(core, figure_value)
    return Services(
        core=core,
        org=OrgService(core),
        customers=customers,
        contacts=contacts,
        intake=IntakeService(core),
        tickets=tickets,
        closing=ClosingService(core),
        links=LinkService(core),
        messages=messages,
        notifications=NotificationService(core),
        undo=UndoService(core),
        audit=AuditService(core),
        policies=PolicyService(core),
        ticker=Ticker(core, messages, goals),
        views=TicketViews(core),
        find=FindService(core, contacts),
        registers=registers,
        sessions=SessionService(core),
        imports=ImportService(core),
        kinds=KindService(core),
        splits=SplitService(core),
        texts=TextService(core),
        macros=MacroService(core, tickets, messages),
        saved_views=SavedViewService(core),
        presence=PresenceService(core),
        profiles=ProfileService(core),
        tools=TicketToolService(core, registers),
        figures=figures,
        figures_ahead=FigureAhead(core),
        surveys=SurveyService(core),
        goals=goals,
        tasks=TaskService(core),
        risks=RiskService(core),
    )


def initialise(
    services: Services,
    admin_login: str,
    admin_name: str,
    *,
    demo: bool = False,
    template: str = "b2b",
) -> None:
    """Fill a fresh database: departments, teams, its administrator, calendar and policy."""
    with services.core.write(SYSTEM) as unit:
        org.preload(unit, admin_login, admin_name)
        policies.preload(unit)
        kinds.preload(unit, template)
        trade.mark_aged(unit)
        if demo:
            unit.conn.execute(insert(meta).values(key="demo", value="1"))


def is_initialised(services: Services) -> bool:
    """Whether anybody is in the staff list yet."""
    with services.core.read() as unit:
        return unit.conn.execute(select(staff.c.id).limit(1)).first() is not None
