"""Staff, departments, teams and who logs in (R-153, R-295, R-296, design.md 7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select

from crm_tui.db.schema.org import department, staff, team, team_member
from crm_tui.domain.errors import NotFound, PermissionDenied, RuleViolation, ValidationError
from crm_tui.domain.msg import N_, Msg, msg
from crm_tui.services.actor import SYSTEM, Actor
from crm_tui.services.core import Core
from crm_tui.services.permissions import RANK, need_role
from crm_tui.services.result import Result
from crm_tui.services.unit import Unit

DEPARTMENTS = (
    ("sales", "销售部", "Sales"),
    ("service", "服务部", "Service"),
    ("product", "产品部", "Product"),
    ("technology", "技术部", "Technology"),
    ("delivery", "交付部", "Delivery"),
    ("after_sales", "售后部", "After-sales"),
    ("call_centre", "客服中心", "Call centre"),
    ("marketing", "市场部", "Marketing"),
    ("key_account", "大客户管理部门", "Key accounts"),
)
"""Preloaded departments (R-295): code, Chinese and English name."""

TEAMS = (
    ("rapid_response", "客户问题快速响应小组", "Rapid response group", ()),
    (
        "customer_relationship",
        "客户关系管理团队",
        "Customer relationship team",
        ("info_database", "communication", "care", "complaint", "survey"),
    ),
    ("special_service", "专门的客户服务团队", "Special service team", ()),
)
"""Preloaded teams (R-121, R-153, R-296): code, names and duties."""

RAPID_RESPONSE_DEPARTMENTS = ("sales", "service", "product", "technology")
POSTS = frozenset({"executive", "knowledge_base", "key_account_manager", "key_account_assistant"})


@dataclass(frozen=True, slots=True)
class StaffView:
    """A staff member as shown."""

    id: int
    login: str
    name: str
    role: str
    department: str
    department_id: int | None
    posts: tuple[str, ...]
    active: bool
    version: int
    open_tickets: int = 0


@dataclass(frozen=True, slots=True)
class DepartmentView:
    """A department as shown, with its head."""

    id: int
    code: str
    name_zh: str
    name_en: str
    head_id: int | None
    head: str
    active: bool
    version: int


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team as shown, with its members' logins."""

    id: int
    code: str
    name_zh: str
    name_en: str
    duties: tuple[str, ...]
    members: tuple[str, ...]


def preload(unit: Unit, admin_login: str, admin_name: str) -> int:
    """Fill a fresh database with departments, teams and its administrator, who heads them at first."""
    admin = unit.add(
        staff,
        {"login": admin_login, "name": admin_name, "role": "admin", "posts": [], "active": True},
    )
    unit.log("staff", admin, "created", changes={"login": [None, admin_login]})
    for code, name_zh, name_en in DEPARTMENTS:
        row = {
            "code": code,
            "name_zh": name_zh,
            "name_en": name_en,
            "head_id": admin,
            "active": True,
        }
        unit.log("department", unit.add(department, row), "created", changes={"code": [None, code]})
    for code, name_zh, name_en, duties in TEAMS:
        row = {"code": code, "name_zh": name_zh, "name_en": name_en, "duties": list(duties)}
        unit.log("team", unit.add(team, row), "created", changes={"code": [None, code]})
    return admin


def head_ids(unit: Unit, codes: Sequence[str]) -> list[int]:
    """The heads of the departments with these codes."""
    rows = unit.conn.execute(select(department.c.head_id).where(department.c.code.in_(codes)))
    return [int(r.head_id) for r in rows if r.head_id]


def rapid_response_ids(unit: Unit) -> list[int]:
    """The heads of sales, service, product and technology and whoever else is in the group (R-153)."""
    return list(
        dict.fromkeys(
            [*head_ids(unit, RAPID_RESPONSE_DEPARTMENTS), *team_ids(unit, "rapid_response")]
        )
    )


def team_ids(unit: Unit, code: str) -> list[int]:
    """Members of a team."""
    query = (
        select(team_member.c.staff_id)
        .join(team, team.c.id == team_member.c.team_id)
        .where(team.c.code == code)
    )
    return [int(r.staff_id) for r in unit.conn.execute(query)]


def executive_ids(unit: Unit) -> list[int]:
    """Active staff with the executive post (R-152)."""
    rows = unit.conn.execute(select(staff.c.id, staff.c.posts).where(staff.c.active.is_(True)))
    return [int(r.id) for r in rows if "executive" in r.posts]


def department_id(unit: Unit, code: str) -> int:
    """A department by code or by either name, else `NotFound` naming the known ones."""
    wanted = code.strip().lower()
    for row in unit.conn.execute(select(department)).mappings():
        if wanted in (row["code"], row["name_zh"].lower(), row["name_en"].lower(), str(row["id"])):
            return int(row["id"])
    known = ", ".join(c for c, _, _ in DEPARTMENTS)
    raise NotFound(
        msg("There is no department {code}; known are {known}", code=code, known=known),
        field="department",
    )


def staff_id(unit: Unit, login: str, *, active: bool = True) -> int:
    """A staff member by login or exact name, else `NotFound`."""
    query = select(staff.c.id, staff.c.active).where(
        (staff.c.login == login.strip()) | (staff.c.name == login.strip())
    )
    row = unit.conn.execute(query).mappings().first()
    if row is None or (active and not row["active"]):
        raise NotFound(
            msg("There is no active staff member {login}; see the staff list", login=login),
            field="staff",
        )
    return int(row["id"])


class OrgService:
    """Staff, departments, teams."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def login(self, name: str, *, acting_as: str | None = None, demo: bool = False) -> Actor:
        """The actor for a login; ``acting_as`` needs an administrator or a demo database.

        Raises `PermissionDenied` for an unknown or inactive login.
        """
        with self._core.read() as unit:
            own = self._actor(unit, name)
            if acting_as is None or acting_as == name:
                return own
            if own.role != "admin" and not demo:
                raise PermissionDenied(
                    msg("Only an administrator acts for somebody else"), code="as_needs_admin"
                )
            other = self._actor(unit, acting_as)
            return Actor(
                other.staff_id,
                other.login,
                other.name,
                other.role,
                other.department_id,
                other.posts,
                other.headed_department_ids,
                behind_id=own.staff_id,
            )

    def _actor(self, unit: Unit, name: str) -> Actor:
        row = unit.conn.execute(select(staff).where(staff.c.login == name)).mappings().first()
        if row is None or not row["active"]:
            raise PermissionDenied(
                msg(
                    "The login {login} is not known here; an administrator adds it with"
                    " `crm-tui staff add {login}`",
                    login=name,
                ),
                code="unknown_login",
            )
        headed = unit.conn.execute(select(department.c.id).where(department.c.head_id == row["id"]))
        return Actor(
            row["id"],
            row["login"],
            row["name"],
            row["role"],
            row["department_id"],
            frozenset(row["posts"]),
            frozenset(int(r.id) for r in headed),
        )

    def first_login(self) -> str | None:
        """The login of the oldest administrator, which a demo starts as."""
        with self._core.read() as unit:
            query = (
                select(staff.c.login).where(staff.c.role == "admin").order_by(staff.c.id).limit(1)
            )
            return unit.conn.execute(query).scalar_one_or_none()

    def staff_list(self, *, include_inactive: bool = False) -> list[StaffView]:
        """All staff by name, with the number of open tickets each owns (load, R-028)."""
        from crm_tui.db.schema.tickets import OPEN, ticket

        load = (
            select(ticket.c.owner_id, func.count().label("n"))
            .where(OPEN, ticket.c.owner_id.is_not(None))
            .group_by(ticket.c.owner_id)
            .subquery()
        )
        query = (
            select(staff, department.c.code.label("department"), load.c.n)
            .select_from(
                staff.outerjoin(department, department.c.id == staff.c.department_id).outerjoin(
                    load, load.c.owner_id == staff.c.id
                )
            )
            .order_by(staff.c.name, staff.c.id)
        )
        if not include_inactive:
            query = query.where(staff.c.active.is_(True))
        with self._core.read() as unit:
            return [
                StaffView(
                    r["id"],
                    r["login"],
                    r["name"],
                    r["role"],
                    r["department"] or "",
                    r["department_id"],
                    tuple(r["posts"]),
                    r["active"],
                    r["row_version"],
                    r["n"] or 0,
                )
                for r in unit.conn.execute(query).mappings()
            ]

    def departments(self) -> list[DepartmentView]:
        """All departments with their heads."""
        query = (
            select(department, staff.c.name.label("head"))
            .select_from(department.outerjoin(staff, staff.c.id == department.c.head_id))
            .order_by(department.c.id)
        )
        with self._core.read() as unit:
            return [
                DepartmentView(
                    r["id"],
                    r["code"],
                    r["name_zh"],
                    r["name_en"],
                    r["head_id"],
                    r["head"] or "",
                    r["active"],
                    r["row_version"],
                )
                for r in unit.conn.execute(query).mappings()
            ]

    def teams(self) -> list[TeamView]:
        """All teams with their members."""
        with self._core.read() as unit:
            members: dict[int, list[str]] = {}
            query = select(team_member.c.team_id, staff.c.login).join(
                staff, staff.c.id == team_member.c.staff_id
            )
            for row in unit.conn.execute(query.order_by(staff.c.login)):
                members.setdefault(row.team_id, []).append(row.login)
            return [
                TeamView(
                    r["id"],
                    r["code"],
                    r["name_zh"],
                    r["name_en"],
                    tuple(r["duties"]),
                    tuple(members.get(r["id"], ())),
                )
                for r in unit.conn.execute(select(team).order_by(team.c.id)).mappings()
            ]

    def add_staff(
        self,
        login: str,
        name: str,
        *,
        role: str,
        department: str | None = None,
        posts: Sequence[str] = (),
        actor: Actor,
    ) -> int:
        """Add a staff member; the login must be new, role and posts known."""
        values = self._staff_values({"role": role, "posts": list(posts), "name": name})
        if not login.strip() or any(c.isspace() for c in login.strip()):
            raise ValidationError(msg("A login has no blanks and is not empty"), field="login")
        with self._core.write(actor) as unit:
            need_role(actor, "admin")
            if unit.conn.execute(select(staff.c.id).where(staff.c.login == login.strip())).first():
                raise ValidationError(
                    msg("The login {login} is taken", login=login),
                    field="login",
                    code="login_taken",
                )
            values["department_id"] = department_id(unit, department) if department else None
            new = unit.add(staff, {"login": login.strip(), "active": True, **values})
            unit.log("staff", new, "created", changes={k: [None, v] for k, v in values.items()})
            return new

    def change_staff(
        self, who: int, changes: Mapping[str, Any], *, actor: Actor, expected: int | None = None
    ) -> Result:
        """Change name, role, department, posts or active of a staff member."""

        def change(unit: Unit, item: int) -> Msg | None:
            need_role(actor, "admin")
            values = self._staff_values(changes)
            if "department" in values:
                code = values.pop("department")
                values["department_id"] = department_id(unit, str(code)) if code else None
            row = unit.row(staff, item, msg("staff member"))
            if row["id"] == actor.staff_id and values.get("role", row["role"]) != row["role"]:
                raise ValidationError(msg("Nobody changes their own role"), field="role")
            if row["active"] and values.get("active") is False:
                self._may_leave(unit, item)
            diff = unit.change(staff, row, values, expected=expected)
            if diff:
                unit.log("staff", item, "changed", changes=diff)
            return None

        return self._core.each(actor, [who], msg("Staff member changed"), change)

    def set_head(self, code: str, login: str, *, actor: Actor) -> Result:
        """Name the head of a department; a department always has one (R-295)."""

        def change(unit: Unit, item: int) -> Msg | None:
            need_role(actor, "admin")
            row = unit.row(department, item)
            diff = unit.change(department, row, {"head_id": staff_id(unit, login)})
            unit.log("department", item, "head_set", changes=diff)
            return None

        with self._core.read() as unit:
            which = department_id(unit, code)
        return self._core.each(actor, [which], msg("Head of department set"), change)

    def add_to_team(self, code: str, login: str, *, actor: Actor, part: str = "member") -> None:
        """Add a staff member to a team; already being in it changes nothing."""
        with self._core.write(actor) as unit:
            need_role(actor, "admin")
            row = unit.conn.execute(select(team).where(team.c.code == code)).mappings().first()
            if row is None:
                raise NotFound(msg("There is no team {code}", code=code), field="team")
            who = staff_id(unit, login)
            if who not in team_ids(unit, code):
                unit.conn.execute(
                    insert(team_member).values(team_id=row["id"], staff_id=who, part=part)
                )
                unit.log("team", row["id"], "member_added", changes={"member": [None, login]})

    @staticmethod
    def _may_leave(unit: Unit, who: int) -> None:
        """Refuse to let go whom the desk cannot be without: oneself, and a head (R-295)."""
        if who == unit.actor.staff_id:
            raise ValidationError(msg("Nobody deactivates themselves"), field="active")
        query = select(department.c.code).where(department.c.head_id == who)
        headed = [str(r.code) for r in unit.conn.execute(query.order_by(department.c.id))]
        if headed:
            raise RuleViolation(
                msg(
                    "Heads of a department stay; name another head of {departments} first",
                    departments=", ".join(headed),
                ),
                code="heads_department",
                field="active",
            )

    @staticmethod
    def _staff_values(changes: Mapping[str, Any]) -> dict[str, Any]:
        values = dict(changes)
        unknown_fields = set(values) - {"name", "role", "department", "posts", "active"}
        if unknown_fields:
            name = min(unknown_fields)
            raise ValidationError(
                msg("There is no field {name}", name=name), field=name, code="unknown_field"
            )
        if "role" in values and values["role"] not in RANK:
            raise ValidationError(
                msg("A role is one of {roles}", roles=", ".join(RANK)), field="role"
            )
        unknown = set(values.get("posts", ())) - POSTS
        if unknown:
            raise ValidationError(
                msg("A post is one of {posts}", posts=", ".join(sorted(POSTS))), field="posts"
            )
        if "name" in values and not str(values["name"]).strip():
            raise ValidationError(msg("The name must not be blank"), field="name")
        return values


DUTY_LABELS = {
    "info_database": N_("Customer information database"),
    "communication": N_("Communication"),
    "care": N_("Customer care"),
    "complaint": N_("Complaint handling"),
    "survey": N_("Satisfaction survey"),
}
"""Duties of the customer relationship team (R-296)."""

__all__ = [
    "DEPARTMENTS",
    "DUTY_LABELS",
    "SYSTEM",
    "DepartmentView",
    "OrgService",
    "StaffView",
    "TeamView",
    "preload",
]
