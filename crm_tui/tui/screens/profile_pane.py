"""What the profile of a customer says: who it is, its fields, its limits (R-023, ux.md 3.7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from crm_tui.domain.money import display_fen
from crm_tui.domain.msg import N_
from crm_tui.domain.records import registry
from crm_tui.domain.records.base import fields
from crm_tui.domain.text import cell_width
from crm_tui.i18n import render, tr
from crm_tui.tui.labels import URGENCY, clock_label
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.screens.customers import SEGMENT_ROLES
from crm_tui.tui.screens.records import shown
from crm_tui.tui.widgets.lines import Line, flowing, labelled, wrap

TABS: Final = (
    ("overview", N_("Overview")),
    ("contacts", N_("Contacts")),
    ("tickets", N_("Tickets")),
    ("complaints", N_("Complaints")),
    ("interaction", N_("Interactions")),
    ("requirement", N_("Requirements")),
    ("order", N_("Orders")),
    ("contract", N_("Contracts")),
    ("task", N_("Tasks")),
    ("history", N_("Timeline")),
)
"""The tabs in order, by name and title."""
PREFERENCE_LINES: Final = 2
OVERVIEW: Final = (
    "primary_decision_maker",
    "manager_id",
    "expert_ids",
    "industry",
    "region",
    "purchasing_power",
    "segment",
    "lifecycle_stage",
    "key_account_level",
    "potential_class",
    "contribution_tier",
    "cooperation_duration",
    "first_cooperation_on",
    "last_cooperation_on",
    "last_interaction_at",
    "total_amount_fen",
    "annual_amount_fen",
    "opening_balance_fen",
    "purchase_frequency",
    "average_order_value_fen",
    "source_channel",
    "source_campaign",
    "core_need_tags",
    "preferences",
    "taboos",
)
"""Fields of the overview in order; empty ones are left out."""


@dataclass(frozen=True, slots=True)
class ProfilePane:
    """A customer's view laid out for a width."""

    screen: BaseScreen
    view: Any
    plan: Sequence[Any]
    staff: Mapping[int, str]
    tab: int

    def head(self, width: int) -> list[Line]:
        row, view = self.view.row, self.view
        segment = SEGMENT_ROLES.get(row.segment, "")
        spec = fields(registry.kind("customer"))["segment"]
        who: list[Line] = [
            [(row.customer_no, "dim")],
            [(row.name, "title")],
            [(f"{tr('Tier')} {row.tier}", "head" if row.tier == "A" else "")],
            [(shown(spec, row.segment, self.screen), segment)],
            [(tr("{count} open").format(count=view.open_tickets), "")],
        ]
        if view.breached_tickets:
            who.append([(tr("{count} late").format(count=view.breached_tickets), "late")])
        who.append([(self._promise(), "dim")])
        lines = flowing(who, width)
        for name, label, role in (
            ("preferences", N_("Preferences"), "note"),
            ("taboos", N_("Taboos"), "warn"),
        ):
            text = view.fields[name].replace("\n", " ")
            if text:
                parts = wrap(f"{tr(label)}: {text}", width)
                lines += [[(part, role)] for part in parts[:PREFERENCE_LINES]]
        return [*lines, self._tabs(width)]

    def _promise(self) -> str:
        """The first response promised at each urgency, the strictest tier and line chosen (R-127)."""
        clock = "first_response"
        limits = [render(p.limits[clock]) for p in self.plan if clock in p.limits]
        if not limits:
            return ""
        told = limits[0] if len(set(limits)) == 1 else " / ".join(limits)
        return f"{clock_label(clock)} {told}"

    def _tabs(self, width: int) -> Line:
        """The tabs, as many as fit round the one shown."""
        words = [tr(label) for _, label in TABS]
        first, last = self.tab, self.tab
        room = width - cell_width(words[self.tab]) - 6
        while room > 0 and (first > 0 or last < len(words) - 1):
            if last < len(words) - 1 and cell_width(words[last + 1]) + 2 <= room:
                last += 1
                room -= cell_width(words[last]) + 2
            elif first > 0 and cell_width(words[first - 1]) + 2 <= room:
                first -= 1
                room -= cell_width(words[first]) + 2
            else:
                break
        pieces: list[tuple[str, str]] = [("< " if first else "", "dim")]
        for place in range(first, last + 1):
            role = "tab" if place == self.tab else "dim"
            pieces += [(f" {words[place]} ", role)]
        pieces.append((" >" if last < len(words) - 1 else "", "dim"))
        return pieces

    def overview(self, width: int) -> list[Line]:
        specs = fields(registry.kind("customer"))
        rows: list[tuple[str, Line | str]] = []
        for name in OVERVIEW:
            value = self._value(name)
            if value:
                rows.append((tr(specs[name].label), value))
        lines = labelled(rows, width)
        for warning in self.view.warnings:
            lines += [[(part, "warn")] for part in wrap(f"! {render(warning)}", width)]
        return [*lines, [], *self._plan_lines(width)]

    def _value(self, name: str) -> str:
        specs, view = fields(registry.kind("customer")), self.view
        if name == "primary_decision_maker":
            return str(view.row.decision_maker)
        if name == "core_need_tags":
            return "  ".join(view.tags)
        if name == "cooperation_duration":
            told = view.cooperation_duration
            return render(told) if told is not None else ""
        value = view.fields.get(name)
        if specs[name].picker == "staff":
            ids = value if isinstance(value, list | tuple) else [value] if value else []
            return ", ".join(self.staff.get(i, str(i)) for i in ids)
        if specs[name].picker == "money":
            return display_fen(int(value)) if value else ""
        if specs[name].picker == "multiline":
            return str(value or "")
        return shown(specs[name], value, self.screen)

    def _plan_lines(self, width: int) -> list[Line]:
        rows: list[tuple[str, Line | str]] = []
        for line in self.plan:
            limits = "   ".join(f"{clock_label(k)} {render(v)}" for k, v in line.limits.items())
            if limits:
                rows.append((tr(URGENCY[line.urgency][0]), limits))
        return [[(tr("Limits for a complaint"), "head")], *labelled(rows, width)] if rows else []
