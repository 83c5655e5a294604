"""Enumerations whose values the sources leave open; the fixed ones are in domain/terms.py."""

from enum import StrEnum
from typing import Final

from crm_tui.domain.msg import N_


class _Labelled(StrEnum):
    """An enumeration that knows its labels."""

    def label(self) -> str:
        """The msgid of the value."""
        return _LABELS[type(self)][self.value]


class ContractStatus(_Labelled):
    """Where a contract stands (R-015)."""

    DRAFT = "draft"
    ACTIVE = "active"
    RENEWED = "renewed"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class InteractionPurpose(_Labelled):
    """What a contact was for (R-062, R-063, R-100)."""

    GENERAL = "general"
    BUSINESS_REVIEW = "business_review"
    RETURN_VISIT = "return_visit"
    CARE = "care"
    CONTENT = "content"
    PROGRESS_UPDATE = "progress_update"


class PurchaseIntent(_Labelled):
    """What a need may lead to (R-086)."""

    ADDITIONAL = "additional"
    REPLACEMENT = "replacement"
    REFERRAL = "referral"


class RequirementState(_Labelled):
    """Where a requirement stands (R-079)."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    DROPPED = "dropped"


class GoalDirection(_Labelled):
    """Which way is better (R-185)."""

    HIGHER = "higher"
    LOWER = "lower"


class GoalMode(_Labelled):
    """How a target is put (R-186, D-02)."""

    REACH = "reach"
    CHANGE_PERCENT = "change_percent"
    CHANGE_POINTS = "change_points"


class GoalState(_Labelled):
    """Where a goal stands."""

    DRAFT = "draft"
    ACTIVE = "active"
    REACHED = "reached"
    MISSED = "missed"
    CANCELLED = "cancelled"


class RiskState(_Labelled):
    """Where a risk case stands (R-209)."""

    OPEN = "open"
    CLOSED = "closed"


class SurveyType(_Labelled):
    """What a question asks for (A.2, D-31)."""

    CSAT = "csat"
    NPS = "nps"
    CSI = "csi"
    SSI = "ssi"
    CVP = "cvp"
    PARTNER = "partner"
    KEY_ACCOUNT = "key_account"


class SurveyChannel(_Labelled):
    """How an answer was collected (A.2)."""

    PHONE = "phone"
    FACE_TO_FACE = "face_to_face"
    MYSTERY = "mystery"
    ONLINE = "online"
    EMAIL = "email"


class ChurnCause(_Labelled):
    """Why a customer left (R-030, R-249)."""

    PRICE = "price"
    SERVICE = "service"
    PRODUCT_QUALITY = "product_quality"
    COMPETITOR = "competitor"
    NO_NEED = "no_need"
    OTHER = "other"


class ImprovementState(_Labelled):
    """Where an improvement item stands (R-156)."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    REJECTED = "rejected"


class TimeBasis(_Labelled):
    """What a limit is counted in (sla.md 1.7)."""

    ELAPSED = "elapsed"
    WORKING = "working"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"


class Audience(_Labelled):
    """Who reads a text (R-302)."""

    PUBLIC = "public"
    INTERNAL = "internal"


class AfterMacro(_Labelled):
    """Where a macro leaves the agent."""

    STAY = "stay"
    NEXT = "next"
    LIST = "list"


_LABELS: Final[dict[type[_Labelled], dict[str, str]]] = {
    ContractStatus: {
        "draft": N_("Draft"),
        "active": N_("In force"),
        "renewed": N_("Renewed"),
        "closed": N_("Ended"),
        "cancelled": N_("Cancelled"),
    },
    InteractionPurpose: {
        "general": N_("General"),
        "business_review": N_("Business review"),
        "return_visit": N_("Return visit"),
        "care": N_("Care"),
        "content": N_("Content shared"),
        "progress_update": N_("Progress update"),
    },
    PurchaseIntent: {
        "additional": N_("Additional purchase"),
        "replacement": N_("Replacement purchase"),
        "referral": N_("Referral"),
    },
    RequirementState: {
        "new": N_("New"),
        "in_progress": N_("Under way"),
        "resolved": N_("Resolved"),
        "dropped": N_("Dropped"),
    },
    GoalDirection: {
        "higher": N_("Higher is better"),
        "lower": N_("Lower is better"),
    },
    GoalMode: {
        "reach": N_("Reach the value"),
        "change_percent": N_("Change by percent"),
        "change_points": N_("Change by points"),
    },
    GoalState: {
        "draft": N_("Draft"),
        "active": N_("Under way"),
        "reached": N_("Reached"),
        "missed": N_("Missed"),
        "cancelled": N_("Cancelled"),
    },
    RiskState: {
        "open": N_("Open"),
        "closed": N_("Closed"),
    },
    SurveyType: {
        "csat": N_("Customer satisfaction (CSAT)"),
        "nps": N_("Recommendation (NPS)"),
        "csi": N_("After-sales satisfaction (CSI)"),
        "ssi": N_("Sales satisfaction (SSI)"),
        "cvp": N_("CVP survey"),
        "partner": N_("Partners"),
        "key_account": N_("Key accounts"),
    },
    SurveyChannel: {
        "phone": N_("Phone"),
        "face_to_face": N_("Face to face"),
        "mystery": N_("Mystery visit"),
        "online": N_("Online"),
        "email": N_("E-mail"),
    },
    ChurnCause: {
        "price": N_("Price"),
        "service": N_("Service"),
        "product_quality": N_("Product quality"),
        "competitor": N_("A competitor"),
        "no_need": N_("No more need"),
        "other": N_("Other cause"),
    },
    ImprovementState: {
        "proposed": N_("Proposed"),
        "accepted": N_("Accepted"),
        "in_progress": N_("Under way"),
        "done": N_("Completed"),
        "rejected": N_("Turned down"),
    },
    TimeBasis: {
        "elapsed": N_("Elapsed hours"),
        "working": N_("Working hours"),
        "working_days": N_("Working days"),
        "calendar_days": N_("Calendar days"),
        "months": N_("Months"),
    },
    Audience: {
        "public": N_("Customers"),
        "internal": N_("Staff only"),
    },
    AfterMacro: {
        "stay": N_("Stay on the ticket"),
        "next": N_("Go to the next ticket"),
        "list": N_("Go back to the list"),
    },
}
