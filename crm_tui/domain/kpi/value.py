"""Figures of customer value and satisfaction (R-232 to R-240, R-249, R-012, D-19 to D-21)."""

from typing import Final

from crm_tui.domain.kpi.spec import HUNDRED, ONE, POINT_UNITS, YUAN_UNITS, Spec
from crm_tui.domain.msg import N_

OF_CUSTOMERS: Final = ("tier", "segment", "person", "channel")
FEN: Final = ONE / HUNDRED
MARGIN: Final = ONE / YUAN_UNITS
POINTS: Final = ONE / POINT_UNITS
REFERRED: Final = ("referral", "partner referral", "转介绍", "推荐", "客户推荐", "老客户推荐")
"""Sources of customers, in lower case, that mean that somebody sent them (R-254)."""

FIGURES: Final = (
    Spec(
        id="retention",
        name=N_("Retention rate"),
        group="value",
        unit="percent",
        direction="higher",
        formula=N_(
            "Customers active at the start of the period (an order in the 12 months before, or a "
            "running contract) that order in it or have a running contract at its end, over those "
            "active at its start; new customers are on neither side, those taken off the list since "
            "stay counted"
        ),
        numerator=N_("customers kept"),
        denominator=N_("customers active at the start"),
        measure="retention",
        dimensions=OF_CUSTOMERS,
        references=("R-234", "D-20"),
    ),
    Spec(
        id="churn",
        name=N_("Churn rate"),
        group="value",
        unit="percent",
        direction="lower",
        formula=N_("What the retention rate lacks to 100 %, of the same customers"),
        numerator=N_("customers lost"),
        denominator=N_("customers active at the start"),
        measure="retention",
        dimensions=OF_CUSTOMERS,
        references=("R-235", "D-20"),
        complement=True,
    ),
    Spec(
        id="conversion",
        name=N_("Conversion of prospects"),
        group="value",
        unit="percent",
        direction="higher",
        formula=N_(
            "Prospects with a first order or contract since, over the prospects added in the period: "
            "customers in that stage, that have left it, or that first bought on the day they were "
            "added or later; those that left without buying or were taken off the list stay counted"
        ),
        numerator=N_("first orders or contracts"),
        denominator=N_("prospects added"),
        measure="conversion",
        dimensions=("channel", "campaign", "tier", "segment", "person"),
        references=("R-236",),
    ),
    Spec(
        id="referrals",
        name=N_("Conversion of referrals"),
        group="value",
        unit="percent",
        direction="higher",
        formula=N_(
            "Conversion of prospects, of those whose source says that another customer or a partner "
            "sent them: referral, partner referral, 转介绍, 推荐, 客户推荐, 老客户推荐"
        ),
        numerator=N_("first orders or contracts"),
        denominator=N_("referrals"),
        measure="referrals",
        dimensions=("channel", "campaign", "tier", "segment", "person"),
        references=("R-254",),
    ),
    Spec(
        id="clv",
        name=N_("Customer lifetime value"),
        group="value",
        unit="yuan",
        direction="higher",
        formula=N_(
            "Amount less cost of all orders up to the end of the period, credit notes taken off, over "
            "the customers that ordered; where the cost is unknown the margin of the settings is taken "
            "and the figure is marked as an estimate"
        ),
        numerator=N_("yuan earned"),
        denominator=N_("customers that ordered"),
        measure="clv",
        dimensions=OF_CUSTOMERS,
        references=("R-237", "R-238", "D-21"),
        scale=MARGIN,
        stock=True,
        ranked=True,
    ),
    Spec(
        id="clv_projected",
        name=N_("Projected lifetime value"),
        group="value",
        unit="yuan",
        direction="higher",
        formula=N_(
            "m · r ÷ (1 + d − r) of each segment, weighted by its customers: m is what a customer "
            "that ordered in the 12 months up to the end of the period earned with these orders and "
            "the credit notes for them, r the segment's retention in these months, d = 10 %"
        ),
        numerator=N_("projected yuan"),
        denominator=N_("customers that ordered in 12 months"),
        measure="margin",
        dimensions=("segment",),
        references=("R-237", "D-21"),
        scale=MARGIN,
        ranked=True,
    ),
    Spec(
        id="repeat_purchase",
        name=N_("Repeat purchase rate"),
        group="value",
        unit="percent",
        direction="higher",
        formula=N_("Customers with two orders or more over those with one or more, in the period"),
        numerator=N_("customers with two orders or more"),
        denominator=N_("customers that ordered"),
        measure="repeat",
        dimensions=OF_CUSTOMERS,
        references=("R-239",),
    ),
    Spec(
        id="purchase_frequency",
        name=N_("Purchase frequency"),
        group="value",
        unit="per_year",
        direction="higher",
        formula=N_("Orders in the period over the customers that ordered in it, a year"),
        numerator=N_("orders"),
        denominator=N_("customers that ordered"),
        measure="buyers",
        dimensions=OF_CUSTOMERS,
        references=("R-012",),
        per="year",
        ranked=True,
    ),
    Spec(
        id="order_value",
        name=N_("Average order value"),
        group="value",
        unit="yuan",
        direction="higher",
        formula=N_(
            "Amount of the orders of the period, credit notes taken off on the day they were given, "
            "over the orders"
        ),
        numerator=N_("yuan ordered"),
        denominator=N_("orders"),
        measure="sales",
        dimensions=(*OF_CUSTOMERS, "period"),
        references=("R-012",),
        scale=FEN,
    ),
    Spec(
        id="contribution",
        name=N_("Contribution"),
        group="value",
        unit="yuan",
        direction="higher",
        formula=N_(
            "Amount of the orders of the period, credit notes taken off on the day they were given"
        ),
        numerator=N_("yuan ordered"),
        denominator="",
        measure="sales",
        dimensions=(*OF_CUSTOMERS, "period"),
        references=("R-249", "R-047"),
        scale=FEN,
    ),
    Spec(
        id="tier_share",
        name=N_("Share of tier A"),
        group="value",
        unit="percent",
        direction="none",
        formula=N_(
            "Customers of tier A over all customers on the list, as they are tiered now; by tier, of "
            "each"
        ),
        numerator=N_("customers of the tier"),
        denominator=N_("customers"),
        measure="customers",
        dimensions=("tier", "segment"),
        references=("R-249", "R-047"),
        share="tier",
        stock=True,
    ),
    Spec(
        id="churned",
        name=N_("Customers left, by cause"),
        group="value",
        unit="count",
        direction="lower",
        formula=N_("Churn records of the period that were not won back"),
        numerator=N_("customers left"),
        denominator="",
        measure="churned",
        dimensions=("cause", "tier", "segment", "person", "period"),
        references=("R-249", "R-047", "R-030"),
    ),
    Spec(
        id="interaction_frequency",
        name=N_("Contacts a customer and month"),
        group="value",
        unit="per_month",
        direction="higher",
        formula=N_(
            "Contacts by a person that reached a customer on the list, over all customers on the list "
            "and the months of the period; automated pushes and unanswered calls are left out"
        ),
        numerator=N_("contacts"),
        denominator=N_("customers"),
        measure="listed_contacts",
        over="customers",
        dimensions=("tier", "segment"),
        references=("R-240",),
        per="month",
    ),
    Spec(
        id="csat",
        name=N_("Customer satisfaction (CSAT)"),
        group="satisfaction",
        unit="points",
        direction="higher",
        formula=N_(
            "Mean of the answers of the period on a scale of 0 to 100: (answer − lowest) ÷ "
            "(highest − lowest) · 100, from surveys and tickets, newest versions only; a ticket's "
            "yes or no counts as 100 or 0; where a survey asked about a ticket, the answer to the "
            "survey counts and the ticket's own does not"
        ),
        numerator=N_("points"),
        denominator=N_("answers"),
        measure="csat",
        dimensions=("channel", "kind", "tier", "segment", "department", "period"),
        references=("R-232", "D-19"),
        scale=POINTS,
        beside=("csat_top2",),
    ),
    Spec(
        id="csat_top2",
        name=N_("Top two boxes"),
        group="satisfaction",
        unit="percent",
        direction="higher",
        formula=N_(
            "Answers on one of the two highest points of their scale, over the answers on scales of "
            "four points or more; on shorter ones, as a ticket's yes or no, the two highest are most "
            "of the scale, and they are left out"
        ),
        numerator=N_("answers in the top two"),
        denominator=N_("answers on four points or more"),
        measure="csat_top2",
        dimensions=("channel", "kind", "tier", "segment", "department", "period"),
        references=("R-232", "D-19"),
    ),
    Spec(
        id="nps",
        name=N_("Net promoter score (NPS)"),
        group="satisfaction",
        unit="points",
        direction="higher",
        formula=N_("Share of answers of 9 and 10 less the share of 0 to 6, newest versions only"),
        numerator=N_("promoters less detractors"),
        denominator=N_("answers"),
        measure="nps",
        dimensions=("channel", "tier", "segment", "period"),
        references=("R-233", "D-19"),
    ),
)
