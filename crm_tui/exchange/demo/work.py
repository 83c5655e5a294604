"""Work across departments in the demo: a programme of tasks with everything that a board can show.

Tasks that wait for each other, milestones, plan actions with their baseline, done, late, delayed, lagging
and standing ones; each step is taken on its day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from crm_tui.exchange.demo.desk import Desk
from crm_tui.exchange.demo.goals import SMART
from crm_tui.exchange.demo.live import done
from crm_tui.services.actor import Actor

ANSWERS: Final = "服务响应提速"
CARE: Final = "客户关怀常态化"
GOALS: Final = (
    (ANSWERS, "平均响应时长", "h", "48", "24", "lower", ((40, "46"), (21, "38"), (7, "33"))),
    (CARE, "按期回访率", "%", "60", "95", "higher", ((40, "62"), (21, "71"), (7, "80"))),
)
"""What the programme is for: objective, metric, unit, baseline, target, the better way, and what was
measured so many days ago."""
PLANNED_BEFORE: Final = 45
"""Days before the present on which the programme was written down."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A task of the programme; days are counted from the present."""

    key: str
    text: str
    departments: tuple[str, ...]
    owner: str
    start: int
    due: int
    helpers: tuple[str, ...] = ()
    goal: str = ""
    after: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[tuple[int, int, str], ...] = ()
    """Days ago, percent and what was noted."""
    ended: int | None = None
    """Days ago."""


def _plan(resources: str, deliverable: str, sop: str = "") -> dict[str, Any]:
    return {
        "plan_action": True,
        "resources": resources,
        "deliverable": deliverable,
        "sop": sop,
    }


HIGH: Final = {"priority": "high"}
LOW: Final = {"priority": "low"}
MILESTONE: Final = {"milestone": True}

PROGRAMME: Final = (
    # Faster answers: source A's own aim, from 48 to 24 hours.
    Planned(
        "audit",
        "梳理售后响应现状，找出超过24小时的环节",
        ("service", "after_sales"),
        "he",
        -42,
        -31,
        ("wu", "zhou"),
        ANSWERS,
        more={**HIGH, "completion_standard": "近三个月工单全部分类，超时原因有统计"},
        steps=((38, 40, "完成一半工单的分类"), (34, 80, "超时原因已统计")),
        ended=31,
    ),
    Planned(
        "sop",
        "编写《售后响应SOP手册》",
        ("service", "after_sales"),
        "wu",
        -30,
        -6,
        ("he", "ana"),
        ANSWERS,
        ("audit",),
        {
            **HIGH,
            **_plan("2人，3周", "《售后响应SOP手册》", "SOP/after-sales-response.md"),
            "completion_standard": "手册经两部门负责人审阅通过",
        },
        steps=((24, 30, "目录已定"), (15, 70, "初稿完成"), (8, 90, "按审阅意见修改")),
        ended=5,
    ),
    Planned(
        "alarm",
        "Warn the shift lead before a first response is late",
        ("technology", "after_sales"),
        "ivo",
        -20,
        4,
        ("wu",),
        ANSWERS,
        ("audit",),
        {**_plan("One developer, ten days", "Alarm in the desk's dashboard"), **HIGH},
        steps=(
            (16, 20, "alarm rules agreed with the desk"),
            (3, 60, "first alarms on the test desk"),
        ),
    ),
    Planned(
        "train_1",
        "6月产品培训（第一期）",
        ("product", "sales"),
        "mei",
        -4,
        1,
        ("tang", "sun"),
        ANSWERS,
        ("sop",),
        {"completion_standard": "参训客户满意度≥4分"},
        steps=((2, 80, "教材已印，名单已确认"),),
    ),
    Planned(
        "train_2",
        "6月产品培训（第二期）",
        ("product", "sales"),
        "mei",
        8,
        14,
        ("tang",),
        ANSWERS,
        ("train_1",),
    ),
    Planned(
        "rollout",
        "All after-sales shifts work by the new response manual",
        ("after_sales",),
        "lin",
        3,
        24,
        ("wu", "ben"),
        ANSWERS,
        ("sop", "alarm"),
        _plan("Shift leads, two hours a shift", "Attendance lists signed", "SOP/rollout.md"),
    ),
    Planned(
        "live",
        "24小时响应全面上线",
        ("after_sales", "service"),
        "lin",
        25,
        25,
        goal=ANSWERS,
        after=("rollout",),
        more={**MILESTONE, **HIGH},
    ),
    Planned(
        "survey",
        "满意度回访：上线后第一轮",
        ("call_centre", "service"),
        "fang",
        26,
        40,
        ("bai",),
        ANSWERS,
        ("live",),
    ),
    # Fewer customers lost: segments, early signs, winning back.
    Planned(
        "signals",
        "Early signs of churn from orders and tickets",
        ("technology", "sales"),
        "gao",
        -35,
        -12,
        ("ivo",),
        CARE,
        more={"completion_standard": "The signs name four of five customers lost last year"},
        steps=((28, 35, "order gaps computed"), (18, 75, "ticket trends added")),
        ended=14,
    ),
    Planned(
        "segments",
        "潜力客户识别规则评审并录入系统",
        ("sales", "marketing"),
        "sun",
        -11,
        9,
        ("nora",),
        CARE,
        ("signals",),
        HIGH,
        steps=((9, 10, "规则初稿"),),
    ),
    Planned(
        "visits",
        "流失风险客户逐户拜访",
        ("sales", "key_account"),
        "qin",
        -24,
        20,
        ("sun", "shen"),
        CARE,
        more=HIGH,
        steps=((21, 15, "完成前两户拜访"),),
    ),
    Planned(
        "offers",
        "Offers that bring silent customers back",
        ("marketing", "sales"),
        "nora",
        10,
        30,
        ("sun",),
        CARE,
        ("segments",),
        _plan("Budget of 80,000 yuan", "Catalogue of offers"),
    ),
    Planned(
        "review",
        "半年度流失率复盘会",
        ("sales", "service"),
        "qin",
        32,
        32,
        goal=CARE,
        after=("visits", "offers"),
        more=MILESTONE,
    ),
    # What else several departments have on their desks.
    Planned(
        "spares",
        "备件库存盘点与安全库存设定",
        ("delivery", "after_sales"),
        "luo",
        -18,
        -3,
        ("ben",),
        steps=((12, 45, "东区仓库盘点完毕"), (4, 70, "等供应商的交期")),
    ),
    Planned(
        "portal",
        "Customers see the state of their tickets online",
        ("technology", "service"),
        "ivo",
        -15,
        35,
        ("zhou",),
        more=_plan("Two developers, seven weeks", "Pages in the customer portal"),
        steps=((10, 15, "design agreed"), (2, 30, "read-only list works")),
    ),
    Planned(
        "portal_live",
        "Portal open to the first ten customers",
        ("technology",),
        "gao",
        36,
        36,
        after=("portal",),
        more=MILESTONE,
    ),
    Planned(
        "contracts",
        "重签到期维保合同",
        ("sales", "delivery"),
        "sun",
        -10,
        12,
        ("luo",),
        steps=((6, 35, "三份已签回"), (1, 50, "再签回两份")),
    ),
    Planned(
        "phones",
        "Move the hotline to the new telephone system",
        ("call_centre", "technology"),
        "fang",
        -8,
        -1,
        ("bai", "ivo"),
        steps=((5, 60, "numbers ported"),),
    ),
    Planned(
        "knowledge",
        "知识库：二十个常见问题的标准答复",
        ("service", "product"),
        "tang",
        -6,
        18,
        ("zhou",),
        more=LOW,
        steps=((3, 25, "前五条已审"),),
    ),
    Planned(
        "invoices",
        "Invoices reach customers on the day of delivery",
        ("delivery", "sales"),
        "luo",
        5,
        21,
        more=LOW,
    ),
    Planned(
        "quality",
        "质量问题月报：产品部与售后部共用一张表",
        ("product", "after_sales"),
        "mei",
        -28,
        -16,
        ("ana",),
        more=LOW,
        steps=((22, 60, "字段已统一"),),
        ended=15,
    ),
    Planned(
        "holiday",
        "节假日值班表（含调休日）",
        ("after_sales", "call_centre"),
        "wu",
        -3,
        2,
        steps=((1, 70, "等呼叫中心确认"),),
    ),
    Planned(
        "translate",
        "English versions of the ten manuals asked for most",
        ("product", "marketing"),
        "nora",
        6,
        48,
        ("tang",),
        more=LOW,
    ),
    Planned(
        "partner",
        "Two more partners for repairs in the west",
        ("key_account", "delivery"),
        "shen",
        12,
        60,
        ("luo",),
    ),
)
DELAYED: Final = ("spares", 6, "供应商交期推迟一周")
"""The task that was put off yesterday: to how many days from now, and why."""
LIMITS: Final = (("in_progress", None, 12), ("in_progress", "technology", 3))
"""Status, department (None: all) and how many cards the column may hold."""


def make_programme(desk: Desk) -> None:
    """The tasks as they went until today, step by step in the order of their days."""
    maker = _Maker(desk)
    with desk.ago(days=PLANNED_BEFORE):
        maker.write_down()
    for days in range(PLANNED_BEFORE, 0, -1):
        with desk.ago(days=days):
            maker.day(days)
    maker.limit()


def make_follow_ups(desk: Desk) -> None:
    """A task from a follow-up that source A prints, and one that a ticket of the last days sets off."""
    services, today = desk.services, _today(desk)
    qin, ana = (services.org.login(login) for login in ("qin", "ana"))
    for row in services.registers.page("interaction", actor=desk.admin, limit=10).rows:
        if row.values["completion_state"] == "in_progress":
            fields = {
                "department_ids": ["sales", "product"],
                "owner_id": "sun",
                "due_on": today + timedelta(days=10),
            }
            done(services.tasks.from_interaction(row.id, fields, actor=desk.admin))
    mine = services.views.page("agent:ana status:open", actor=ana, limit=1).rows
    for ticket in mine:
        fields = {
            "department_ids": ["after_sales", "product"],
            "helper_ids": ["tang"],
            "due_on": today + timedelta(days=5),
        }
        done(services.tasks.from_ticket(ticket.id, fields, actor=ana))
    done(services.tasks.helpers([_first(desk)], [qin.staff_id], actor=desk.admin))


def _first(desk: Desk) -> int:
    """The task of source A that is still open."""
    found = desk.services.registers.find_number("task", "XZ2024001")
    assert found is not None
    return found


def _today(desk: Desk) -> date:
    zone = ZoneInfo(desk.services.core.rules.zone)
    return desk.services.core.clock().astimezone(zone).date()


class _Maker:
    """Writes the programme and lives through its days."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.tasks = desk, desk.services.tasks
        self.today = _today(desk)
        self.people: dict[str, Actor] = {
            login: desk.services.org.login(login) for login in {p.owner for p in PROGRAMME}
        }
        self.ids: dict[str, int] = {}
        self.points: dict[int, tuple[tuple[int, str], ...]] = {}
        """What is measured of the goals, by days ago."""

    def write_down(self) -> None:
        """The goals, all tasks with their dates, what waits for what, and the baseline."""
        for goal in GOALS:
            self._aim(*goal)
        for planned in PROGRAMME:
            self.ids[planned.key] = self.tasks.new(
                {
                    "description": planned.text,
                    "department_ids": list(planned.departments),
                    "owner_id": planned.owner,
                    "helper_ids": list(planned.helpers),
                    "start_on": self.today + timedelta(days=planned.start),
                    "due_on": self.today + timedelta(days=planned.due),
                    "goal_id": planned.goal or None,
                    **planned.more,
                },
                actor=self.desk.admin,
            ).one()
        for planned in PROGRAMME:
            for before in planned.after:
                link = self.tasks.link(
                    self.ids[before], self.ids[planned.key], actor=self.desk.admin
                )
                done(link)
        planned_ids = [self.ids[p.key] for p in PROGRAMME if p.more.get("plan_action")]
        done(self.tasks.set_baseline(planned_ids, actor=self.desk.admin))

    def _aim(
        self,
        objective: str,
        metric: str,
        unit: str,
        baseline: str,
        target: str,
        direction: str,
        points: tuple[tuple[int, str], ...],
    ) -> None:
        goals, admin = self.desk.services.goals, self.desk.admin
        data = {
            **SMART,
            "objective": objective,
            "metric": metric,
            "metric_source": "工单与回访台账",
            "direction": direction,
            "baseline": baseline,
            "target": target,
            "unit": unit,
            "owner_id": "luo",
            "start_on": self.today - timedelta(days=PLANNED_BEFORE),
            "review_on": self.today + timedelta(days=10),
            "deadline_on": self.today + timedelta(days=75),
            "plan_year": self.today.year,
        }
        goal = self.desk.services.registers.create("goal", data, actor=admin)
        done(goals.activate(goal, actor=admin))
        self.points[goal] = points

    def day(self, days: int) -> None:
        """What happened so many days ago."""
        for goal, points in self.points.items():
            for when, value in points:
                if when == days:
                    measured = self.desk.services.goals.measure(
                        goal, value, source="台账", actor=self.desk.admin
                    )
                    done(measured)
        for planned in PROGRAMME:
            task, owner = self.ids[planned.key], self.people[planned.owner]
            if planned.start == -days:
                done(self.tasks.move([task], "in_progress", actor=owner))
            for when, percent, note in planned.steps:
                if when == days:
                    done(self.tasks.progress([task], percent, note, actor=owner))
            if planned.ended == days:
                finished = self.tasks.move(
                    [task], "done", actor=owner, standard_met=True, delivered=True
                )
                done(finished)
        if days == 1:
            key, due, reason = DELAYED
            put_off = self.tasks.move(
                [self.ids[key]],
                "delayed",
                actor=self.people["luo"],
                due_on=self.today + timedelta(days=due),
                reason=reason,
            )
            done(put_off)

    def limit(self) -> None:
        """How much the desk takes on at once."""
        departments = {d.code: d.id for d in self.desk.services.org.departments()}
        for status, code, most in LIMITS:
            where = departments[code] if code is not None else None
            done(self.tasks.set_limit(status, where, most, actor=self.desk.admin))
