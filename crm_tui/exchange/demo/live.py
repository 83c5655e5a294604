"""Tickets of the last days that went through the services step by step.

They show what a year of imported history cannot: approvals that wait, every limit broken, each level
of escalation, hand-overs, a merge, answers of customers.
"""

from collections.abc import Sequence
from typing import Any, Final

from crm_tui.exchange.demo.desk import Desk
from crm_tui.exchange.demo.people import STAFF
from crm_tui.exchange.demo.templates import CUSTOMERS as TEMPLATE_CUSTOMERS
from crm_tui.exchange.demo.words import CHANNELS, REPLIES, RESULTS, SUBJECTS
from crm_tui.services.actor import Actor
from crm_tui.services.result import Result

OLD: Final = 12
RECENT: Final = 24
LIVE: Final = OLD + RECENT
"""Tickets that `make_live` makes."""
KINDS: Final = ("complaint", "after_sales", "consultation", "complaint", "suggestion")
OLD_KINDS: Final = (
    *("after_sales", "after_sales", "complaint", "complaint", "complaint", "consultation"),
    *("consultation", "after_sales", "complaint", "complaint", "suggestion", "consultation"),
)
APPEALS: Final = {"zh": "尽快解决", "en": "Please fix it soon"}
VERIFIED: Final = {"verified_note": "已与客户核实"}
RISKS: Final = (3, 14)
"""Places among the recent tickets of those with a safety risk, and so urgent."""


def make_live(desk: Desk) -> None:
    """The tickets of the last four days; the clock of the services stands where each step happened."""
    people = {login: desk.services.org.login(login) for login, *_ in STAFF}
    _Old(desk, people).make()
    _recent(desk, people)


def done(result: Result) -> None:
    """Let nothing pass that a rule refused: the demo would lack it."""
    for outcome in result.refused:
        assert outcome.error is not None
        raise outcome.error


def _customers(desk: Desk) -> list[tuple[int, str]]:
    """Id and language of a generated customer for each ticket; those of the templates stay as printed."""
    printed = {row["customer_no"] for row in TEMPLATE_CUSTOMERS}
    rows = desk.services.customers.page("", actor=desk.admin, limit=LIVE + len(printed)).rows
    found = [
        (row.id, "en" if row.name.isascii() else "zh")
        for row in rows
        if row.customer_no not in printed
    ]
    return [found[place % len(found)] for place in range(LIVE)]


def _register(
    desk: Desk, actor: Actor, place: int, kind: str, customer: tuple[int, str], **fields: Any
) -> int:
    """A ticket as the call centre takes it."""
    key, language = customer
    subjects = SUBJECTS[language][kind]
    subject = subjects[place % len(subjects)]
    data = {
        "customer_id": key,
        "kind": kind,
        "channel": CHANNELS[place % len(CHANNELS)],
        "subject": subject,
        "description": subject,
        "appeal": APPEALS[language],
        "preferred_reply_channel": "email" if place % 4 == 0 else "",
        **fields,
    }
    return desk.services.intake.create(data, actor=actor)


class _Old:
    """Twelve tickets of four days ago, each stuck or ended somewhere else."""

    def __init__(self, desk: Desk, people: dict[str, Actor]) -> None:
        self.desk, self.services, self.admin = desk, desk.services, desk.admin
        self.wu, self.shen, self.bai = people["wu"], people["shen"], people["bai"]
        self.ana = people["ana"]

    def make(self) -> None:
        """All of them, in the order in which things happened."""
        tickets = self._registered()
        (silent, promised, undecided, untold, closed, unhappy, told, bounced, copy, kept) = tickets[
            :10
        ]
        dropped, unreached = tickets[10:]
        services, ana = self.services, self.ana
        with self.desk.ago(hours=93):
            done(
                services.tickets.assign([*tickets[:10], unreached], ana.staff_id, actor=self.admin)
            )
            done(services.links.merge([copy], kept, actor=self.admin))
            done(services.closing.cancel([dropped], "客户撤回", actor=self.admin))
        with self.desk.ago(hours=90):
            at_work = [promised, undecided, untold, closed, unhappy, told, bounced, unreached]
            done(services.tickets.status(at_work, "accepted", actor=self.admin, values=VERIFIED))
            done(services.messages.reply(at_work, REPLIES["zh"][0], actor=self.admin, now=True))
            for department in ("service", "technology", "after_sales"):
                done(services.tickets.transfer([bounced], department, "需要协助", actor=self.admin))
        self._solved([untold, closed])
        self._answered(closed, unhappy, told, unreached)
        with self.desk.ago(hours=8):
            done(
                services.closing.propose(
                    [undecided], "召回同批次产品", actor=self.wu, solution_type="exchange"
                )
            )
        with self.desk.ago(hours=6):
            done(services.tickets.escalate([silent], "客户要求高管回复", actor=self.wu, level=3))

    def _registered(self) -> list[int]:
        customers = _customers(self.desk)[RECENT:]
        made: list[int] = []
        with self.desk.ago(hours=96):
            for place, kind in enumerate(OLD_KINDS):
                # The two that are merged come from one customer.
                customer = customers[8 if place == 9 else place]
                fields = {"safety_risk": True} if place == 2 else {}
                made.append(_register(self.desk, self.bai, place, kind, customer, **fields))
        return made

    def _solved(self, tickets: Sequence[int]) -> None:
        """Through proposal, approval and the customer's confirmation to execution."""
        closing = self.services.closing
        with self.desk.ago(hours=80):
            done(
                closing.propose(tickets, "更换新机", actor=self.wu, solution_type="exchange"),
            )
        with self.desk.ago(hours=76):
            done(closing.decide(tickets, True, actor=self.shen))
            done(closing.confirm_solution(tickets, actor=self.admin))
            done(self.services.tickets.status(tickets, "executing", actor=self.admin))

    def _answered(self, closed: int, unhappy: int, told: int, unreached: int) -> None:
        """What customers said when they were told the result."""
        closing, admin = self.services.closing, self.admin
        with self.desk.ago(hours=60):
            done(
                closing.feedback(
                    [closed, unhappy, unreached], RESULTS["zh"], "保修条款 4.1", actor=admin
                )
            )
        with self.desk.ago(hours=50):
            done(closing.satisfy(closed, True, actor=admin, score=5, comment="很满意"))
            done(closing.close([closed], actor=admin, cause_category="tool_lacking"))
            done(closing.satisfy(unhappy, False, actor=admin, score=2, comment="仍未解决"))
        for hours in (40, 30, 20):
            with self.desk.ago(hours=hours):
                done(closing.attempt(unreached, "phone", "无人接听", actor=admin))
        with self.desk.ago(hours=10):
            done(closing.close([unreached], actor=admin, reason="customer_unreachable"))
            done(closing.feedback([told], RESULTS["en"], "Manual 3.2", actor=admin))


def _recent(desk: Desk, people: dict[str, Actor]) -> None:
    """Tickets of the last thirty hours: new ones, and those at work in every way."""
    services, admin = desk.services, desk.admin
    ana, wu, shen = people["ana"], people["wu"], people["shen"]
    customers = _customers(desk)
    made: list[int] = []
    for place in range(RECENT):
        with desk.ago(hours=30 - place, minutes=place * 7):
            kind = KINDS[place % len(KINDS)]
            risk = {"safety_risk": True} if place in RISKS else {}
            made.append(_register(desk, people["bai"], place, kind, customers[place], **risk))
    with desk.ago(hours=2):
        done(services.tickets.assign(made[:12], ana.staff_id, actor=admin))
        done(services.tickets.status(made[:8], "accepted", actor=admin, values=VERIFIED))
        done(services.messages.reply(made[:6], REPLIES["zh"][0], actor=admin, now=True))
        done(services.messages.note(made[:2], "已联系仓库", actor=ana))
        proposed = [made[0], made[1], made[3]]
        done(
            services.closing.propose(
                proposed, "更换新机并补偿运费", actor=wu, solution_type="exchange"
            )
        )
        done(services.closing.decide([made[3]], True, actor=shen))
        done(services.tickets.wait([made[5]], actor=admin, reason="等客户提供序列号"))
        done(
            services.tickets.wait(
                [made[4]], actor=admin, on="third_party", reason="Waits for the carrier"
            )
        )
        done(services.tickets.escalate([made[6]], "客户要求高管回复", actor=wu, level=3))
        done(services.tickets.escalate([made[7]], "需要多部门配合", actor=admin, level=2))
        done(services.tickets.tag(made[8:11], actor=admin, add=["vip", "续签"]))
        done(services.links.link(made[8], made[9], "related", actor=admin))
