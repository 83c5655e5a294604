"""Staff, departments and teams (R-153, R-295, R-296)."""

from typing import Annotated

from pydantic import Field

from crm_tui.domain.msg import N_
from crm_tui.domain.records.base import Kind, Meta, Record
from crm_tui.domain.terms import Post, Role

Code = Annotated[
    str,
    Field(min_length=1, max_length=40),
    Meta(N_("Code"), N_("Short name in commands and files"), aliases=("代码", "编码")),
]
NameZh = Annotated[
    str, Field(min_length=1, max_length=80), Meta(N_("Chinese name"), aliases=("中文名称", "名称"))
]
NameEn = Annotated[
    str, Field(min_length=1, max_length=80), Meta(N_("English name"), aliases=("英文名称",))
]
Active = Annotated[
    bool, Meta(N_("Active"), N_("No longer offered when off"), aliases=("启用", "在职"))
]


class Staff(Record):
    """A person who works with the program."""

    login: Annotated[
        str,
        Field(min_length=1, max_length=60, pattern=r"^\S+$"),
        Meta(N_("Login"), aliases=("登录名", "账号"), searchable=True, immutable=True),
    ]
    name: Annotated[str, Field(min_length=1, max_length=120), Meta(N_("Name"), aliases=("姓名",))]
    department_id: Annotated[
        int | None,
        Meta(N_("Department"), picker="department", aliases=("部门",), filter="dept"),
    ] = None
    role: Annotated[Role, Meta(N_("Role"), aliases=("角色",), filter="role")] = Role.AGENT
    posts: Annotated[
        list[Post],
        Meta(N_("Posts"), N_("Approval and escalation ask for the post"), aliases=("岗位",)),
    ] = Field(default_factory=list)
    active: Active = True


class Department(Record):
    """A department; it always has a head (R-295)."""

    code: Code
    name_zh: NameZh
    name_en: NameEn
    head_id: Annotated[
        int | None, Meta(N_("Head"), picker="staff", aliases=("部门负责人", "负责人"))
    ] = None
    active: Active = True


class Team(Record):
    """A group of people across departments, with duties."""

    code: Code
    name_zh: NameZh
    name_en: NameEn
    duties: Annotated[
        list[Annotated[str, Field(max_length=80)]], Meta(N_("Duties"), aliases=("职责",))
    ] = Field(default_factory=list)
    member_ids: Annotated[
        list[int], Meta(N_("Members"), picker="staff", aliases=("成员", "小组成员"))
    ] = Field(default_factory=list)


KINDS = (
    Kind(
        name="staff",
        title=N_("Staff member"),
        plural=N_("Staff"),
        model=Staff,
        columns=("login", "name", "department_id", "role", "posts", "active"),
        sort=("name",),
        group_fields=("department_id", "role"),
    ),
    Kind(
        name="department",
        title=N_("Department"),
        plural=N_("Departments"),
        model=Department,
        columns=("code", "name_zh", "name_en", "head_id", "active"),
        title_field="name_zh",
    ),
    Kind(
        name="team",
        title=N_("Team"),
        plural=N_("Teams"),
        model=Team,
        columns=("code", "name_zh", "name_en", "duties", "member_ids"),
        title_field="name_zh",
    ),
)
