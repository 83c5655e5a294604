"""Figures of the service desk (R-241 to R-246, D-11, D-22, D-23)."""

from typing import Final

from crm_tui.domain.kpi.spec import HOUR, ONE, Spec
from crm_tui.domain.msg import N_

OF_TICKETS: Final = ("tier", "segment", "department", "person", "channel", "kind", "period")

FIGURES: Final = (
    Spec(
        id="arrivals",
        name=N_("Tickets received"),
        group="service",
        unit="count",
        direction="none",
        formula=N_(
            "Tickets received in the period; merged ones count once, with their target; split-off "
            "tickets, duplicates and children are tickets of their own"
        ),
        numerator=N_("tickets received"),
        denominator="",
        measure="arrivals",
        dimensions=OF_TICKETS,
        references=("R-244",),
    ),
    Spec(
        id="backlog",
        name=N_("Backlog"),
        group="service",
        unit="count",
        direction="lower",
        formula=N_(
            "Tickets received up to the end of the period, less those resolved, closed or "
            "cancelled by then"
        ),
        numerator=N_("tickets open at the end of the period"),
        denominator="",
        measure="backlog",
        dimensions=OF_TICKETS[:-1],
        references=("R-244",),
        stock=True,
    ),
    Spec(
        id="first_response",
        name=N_("Mean first response"),
        group="service",
        unit="hours",
        direction="lower",
        formula=N_(
            "Hours from receipt to the first answer by a person, over the tickets first answered "
            "in the period; merged ones are left out; elapsed hours, with the mean in working hours "
            "and the median beside"
        ),
        numerator=N_("hours until the first answer"),
        denominator=N_("tickets first answered"),
        measure="first_response",
        dimensions=OF_TICKETS,
        references=("R-241",),
        scale=ONE / HOUR,
        beside=("business", "median"),
    ),
    Spec(
        id="timeliness",
        name=N_("Responses in time"),
        group="service",
        unit="percent",
        direction="higher",
        formula=N_(
            "Answers given by their due time, over the clocks of first and later answers whose due "
            "time falls in the period; open overdue ones are missed, paused ones are not counted "
            "until due, those of merged tickets not at all"
        ),
        numerator=N_("answers in time"),
        denominator=N_("answers due"),
        measure="timeliness",
        dimensions=(
            "tier",
            "segment",
            "department",
            "person",
            "channel",
            "kind",
            "clock",
            "period",
        ),
        references=("R-242", "D-23"),
    ),
    Spec(
        id="compliance",
        name=N_("Limits kept"),
        group="service",
        unit="percent",
        direction="higher",
        formula=N_(
            "Clocks stopped by their due time, over all clocks whose due time falls in the period, "
            "those of merged tickets left out"
        ),
        numerator=N_("limits kept"),
        denominator=N_("limits due"),
        measure="clocks",
        dimensions=(
            "tier",
            "segment",
            "department",
            "person",
            "channel",
            "kind",
            "clock",
            "period",
        ),
        references=("R-242", "D-23"),
    ),
    Spec(
        id="first_time_resolution",
        name=N_("Resolved the first time"),
        group="service",
        unit="percent",
        direction="higher",
        formula=N_(
            "Tickets never reopened within 7 days, never escalated and handed over at most once, "
            "over the tickets first resolved in the period"
        ),
        numerator=N_("tickets resolved the first time"),
        denominator=N_("tickets resolved"),
        measure="first_time",
        dimensions=OF_TICKETS,
        references=("R-243", "D-22"),
    ),
    Spec(
        id="resolution",
        name=N_("Resolution rate"),
        group="service",
        unit="percent",
        direction="higher",
        formula=N_(
            "Resolved or closed, over the tickets received in the period; cancelled and merged ones "
            "are left out"
        ),
        numerator=N_("of them resolved"),
        denominator=N_("tickets received"),
        measure="resolution",
        dimensions=OF_TICKETS,
        references=("R-244",),
        beside=("remainder",),
    ),
    Spec(
        id="handling",
        name=N_("Mean handling time"),
        group="service",
        unit="hours",
        direction="lower",
        formula=N_(
            "Hours from receipt to the end, over the tickets resolved or closed in the period; by "
            "step, the hours that they stood in each state"
        ),
        numerator=N_("hours until the end"),
        denominator=N_("tickets ended"),
        measure="handling",
        dimensions=(*OF_TICKETS, "step"),
        references=("R-245",),
        scale=ONE / HOUR,
    ),
    Spec(
        id="closed_72h",
        name=N_("Closed within 72 hours"),
        group="service",
        unit="percent",
        direction="higher",
        formula=N_(
            "Closed no later than 72 hours after receipt, over the after-sales tickets received in "
            "the period whose 72 hours are over or that are closed; a progress note does not count"
        ),
        numerator=N_("closed within 72 hours"),
        denominator=N_("after-sales tickets"),
        measure="closed_72h",
        dimensions=OF_TICKETS,
        references=("D-11", "R-131"),
    ),
    Spec(
        id="complaint_rate",
        name=N_("Complaint rate"),
        group="service",
        unit="percent",
        direction="lower",
        formula=N_(
            "Complaints received in the period over active customers: an order in the 12 months up "
            "to its end, or a running contract then; the share of all tickets beside"
        ),
        numerator=N_("complaints"),
        denominator=N_("active customers"),
        measure="complaints",
        over="active",
        dimensions=("tier", "segment"),
        references=("R-246",),
        beside=("complaint_share",),
    ),
    Spec(
        id="complaint_share",
        name=N_("Complaints among tickets"),
        group="service",
        unit="percent",
        direction="lower",
        formula=N_("Complaints over all tickets received in the period"),
        numerator=N_("complaints"),
        denominator=N_("tickets received"),
        measure="complaint_share",
        dimensions=OF_TICKETS,
        references=("R-246", "R-248"),
    ),
)
