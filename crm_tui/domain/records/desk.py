"""What an agent keeps at hand: saved views, canned texts, macros, time entries, checklist items."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from crm_tui.domain import macros, templates
from crm_tui.domain.errors import DomainError
from crm_tui.domain.msg import N_, msg
from crm_tui.domain.records.base import Kind, Meta, Record
from crm_tui.domain.records.common import OwnerId
from crm_tui.domain.records.enums import AfterMacro, Audience
from crm_tui.domain.records.problem import Problem
from crm_tui.domain.views import parse_view

SharedWith = Annotated[
    int | None,
    Meta(
        N_("Department"),
        N_("Empty: for all, where it is shared"),
        "department",
        aliases=("部门",),
        filter="dept",
    ),
]
Shared = Annotated[
    bool, Meta(N_("Shared"), N_("No: only for its owner"), aliases=("共享",), filter="shared")
]
TicketId = Annotated[
    int, Meta(N_("Ticket"), picker="ticket", aliases=("工单", "反馈编号"), filter="ticket")
]
Word = Annotated[
    str,
    Field(min_length=1, max_length=40),
    Meta(
        N_("Name"),
        N_("One word, as it is typed behind @"),
        aliases=("名称",),
        searchable=True,
        filter="name",
    ),
]


def _one_word(name: str) -> str:
    if not all(c.isalnum() or c in "-_." for c in name):
        raise Problem(msg("{field} is one word of letters, digits, - _ and ."), code="not_a_word")
    return name


class SavedView(Record):
    """A view under a name (ux.md 3.5)."""

    name: Annotated[
        str,
        Field(min_length=1, max_length=60),
        Meta(N_("Name"), aliases=("名称",), searchable=True, filter="name"),
    ]
    text: Annotated[
        str,
        Field(min_length=1, max_length=3000),
        Meta(N_("View"), N_("screen filter | order | columns"), aliases=("视图",)),
    ]
    shared: Shared = False
    department_id: SharedWith = None
    pinned: Annotated[
        bool, Meta(N_("Pinned"), N_("Shown with its count"), aliases=("置顶",), filter="pinned")
    ] = False
    position: Annotated[
        int, Field(ge=0, le=999), Meta(N_("Place"), N_("Lower ones come first"), aliases=("次序",))
    ] = 100
    owner_id: OwnerId = None

    @field_validator("text")
    @classmethod
    def _is_a_view(cls, text: str) -> str:
        try:
            return parse_view(text).to_text()
        except DomainError as error:
            raise Problem(error.message, code=error.code) from None


class CannedText(Record):
    """A text that is used again and again, with placeholders (R-175, R-302)."""

    name: Word
    body: Annotated[
        str,
        Field(min_length=1, max_length=20_000),
        Meta(
            N_("Text"),
            N_("{{customer.name}} and others are filled in"),
            "multiline",
            aliases=("内容",),
            searchable=True,
        ),
    ]
    audience: Annotated[
        Audience, Meta(N_("Who reads it"), aliases=("读者",), filter="audience")
    ] = Audience.PUBLIC
    shared: Shared = True
    department_id: SharedWith = None
    owner_id: OwnerId = None

    _word = field_validator("name")(_one_word)

    @model_validator(mode="after")
    def _names_only_what_may_be_read(self) -> Self:
        try:
            templates.check(self.body, public=self.audience is Audience.PUBLIC)
        except DomainError as error:
            raise Problem(error.message, code=error.code, field="body") from None
        return self


class Macro(Record):
    """Ordered changes under a name, run on one ticket or many (ux.md 3.9)."""

    name: Word
    title: Annotated[
        str, Field(max_length=120), Meta(N_("What it does"), aliases=("说明",), searchable=True)
    ] = ""
    steps: Annotated[
        str,
        Field(min_length=1, max_length=4000),
        Meta(
            N_("Steps"),
            N_("A change a line: status accepted, tag +vendor, reply @name"),
            "multiline",
            aliases=("步骤",),
        ),
    ]
    after: Annotated[AfterMacro, Meta(N_("Afterwards"), aliases=("之后",))] = AfterMacro.STAY
    shared: Shared = True
    department_id: SharedWith = None
    owner_id: OwnerId = None

    _word = field_validator("name")(_one_word)

    @field_validator("steps")
    @classmethod
    def _can_be_read(cls, steps: str) -> str:
        try:
            macros.parse_steps(steps)
        except DomainError as error:
            raise Problem(error.message, code=error.code) from None
        return steps


class TimeEntry(Record):
    """Time somebody spent on a ticket."""

    ticket_id: TicketId
    minutes: Annotated[
        int, Field(ge=1, le=1440), Meta(N_("Minutes"), unit="min", aliases=("分钟", "用时"))
    ]
    day: Annotated[date, Meta(N_("Day"), aliases=("日期",), filter="day")]
    note: Annotated[str, Field(max_length=400), Meta(N_("Note"), aliases=("说明",))] = ""
    owner_id: OwnerId = None


class ChecklistItem(Record):
    """Something to be done on a ticket before it is finished."""

    ticket_id: TicketId
    text: Annotated[
        str,
        Field(min_length=1, max_length=300),
        Meta(N_("To do"), aliases=("待办",), searchable=True, filter="text"),
    ]
    done: Annotated[bool, Meta(N_("Ticked"), aliases=("完成",), filter="done")] = False
    position: Annotated[
        int, Field(ge=0, le=999), Meta(N_("Place"), N_("Lower ones come first"), aliases=("次序",))
    ] = 100
    owner_id: OwnerId = None


KINDS = (
    Kind(
        name="saved_view",
        title=N_("Saved view"),
        plural=N_("Saved views"),
        model=SavedView,
        columns=("name", "text", "shared", "department_id", "pinned", "owner_id"),
        sort=("position",),
        owner_fields=("owner_id",),
        register=True,
        write_role="viewer",
    ),
    Kind(
        name="canned_text",
        title=N_("Canned text"),
        plural=N_("Canned texts"),
        model=CannedText,
        columns=("name", "body", "audience", "department_id", "owner_id"),
        sort=("name",),
        owner_fields=("owner_id",),
        department_fields=("department_id",),
        group_fields=("department_id", "audience"),
        register=True,
    ),
    Kind(
        name="macro",
        title=N_("Macro"),
        plural=N_("Macros"),
        model=Macro,
        columns=("name", "title", "after", "department_id", "owner_id"),
        sort=("name",),
        owner_fields=("owner_id",),
        department_fields=("department_id",),
        group_fields=("department_id",),
        register=True,
    ),
    Kind(
        name="time_entry",
        title=N_("Time entry"),
        plural=N_("Time entries"),
        model=TimeEntry,
        columns=("day", "ticket_id", "minutes", "note", "owner_id"),
        sort=("-day",),
        owner_fields=("owner_id",),
        group_fields=("owner_id",),
        register=True,
        title_field="note",
    ),
    Kind(
        name="checklist_item",
        title=N_("Checklist item"),
        plural=N_("Checklist items"),
        model=ChecklistItem,
        columns=("ticket_id", "text", "done", "owner_id"),
        sort=("position",),
        owner_fields=("owner_id",),
        group_fields=("done",),
        register=True,
        title_field="text",
    ),
)
