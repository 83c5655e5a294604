"""The enumerations that the sources fix (requirements.md A.2, design.md 7), with their labels."""

from enum import StrEnum
from typing import Final

from crm_tui.domain.msg import N_


class Term(StrEnum):
    """An enumeration whose members know their labels."""

    def label(self) -> str:
        """The msgid of the member's label."""
        return LABELS[type(self)][self.value]


class TicketState(Term):
    """States of a ticket (design.md 7)."""

    REGISTERED = "registered"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    SOLUTION_PROPOSED = "solution_proposed"
    APPROVED = "approved"
    EXECUTING = "executing"
    WAITING_CUSTOMER = "waiting_customer"
    WAITING_THIRD_PARTY = "waiting_third_party"
    RESULT_FED_BACK = "result_fed_back"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    MERGED = "merged"


class Category(Term):
    """What a state means to clocks and counts."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


class TicketKind(Term):
    """Kinds of feedback (R-111, D-16)."""

    CONSULTATION = "consultation"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    PRAISE = "praise"
    AFTER_SALES = "after_sales"
    RESCUE = "rescue"


class Urgency(Term):
    """How urgent a ticket is (R-112)."""

    URGENT = "urgent"
    NORMAL = "normal"
    LOW = "low"

    @property
    def letter(self) -> str:
        """The letter that stands for it in a narrow list."""
        return {"urgent": "U", "normal": "N", "low": "L"}[self.value]


class Channel(Term):
    """How somebody is reached (R-089, R-107)."""

    PHONE = "phone"
    VISIT = "visit"
    ONLINE = "online"
    EMAIL = "email"
    CHAT = "chat"
    SMS = "sms"
    SOCIAL = "social"
    OFFICIAL_ACCOUNT = "official_account"
    MEETING = "meeting"
    PORTAL = "portal"


class SolutionType(Term):
    """What kind of solution a customer gets (R-147)."""

    ANSWER = "answer"
    REPAIR = "repair"
    EXCHANGE = "exchange"
    ALTERNATIVE = "alternative"
    OTHER = "other"


class Satisfaction(Term):
    """The customer's answer after the result (R-149)."""

    NONE = "none"
    SATISFIED = "satisfied"
    UNSATISFIED = "unsatisfied"


class ApprovalState(Term):
    """Where a proposal stands (R-148)."""

    NONE = "none"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class EscalationLevel(Term):
    """The three levels of the escalation path (R-152)."""

    FRONTLINE = "frontline"
    DEPARTMENTS = "departments"
    EXECUTIVE = "executive"


class CauseCategory(Term):
    """Root causes (requirements.md A.2)."""

    PROCESS_UNCLEAR = "process_unclear"
    DUTY_VAGUE = "duty_vague"
    TOOL_LACKING = "tool_lacking"
    PRODUCT_QUALITY = "product_quality"
    OTHER = "other"


class CloseReason(Term):
    """Why a ticket is closed without an answer (R-149)."""

    CUSTOMER_UNREACHABLE = "customer_unreachable"


class Segment(Term):
    """Customer segments (R-033)."""

    HIGH_VALUE = "high_value"
    POTENTIAL = "potential"
    ORDINARY = "ordinary"
    CHURN_RISK = "churn_risk"


class ContributionTier(Term):
    """Tiers by annual purchase (R-036)."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class PotentialClass(Term):
    """Whether a customer may grow (R-037)."""

    KEY = "key"
    ORDINARY = "ordinary"


class ServiceTier(Term):
    """What drives the response limits (R-039)."""

    A = "A"
    B = "B"
    C = "C"


class ChurnRisk(Term):
    """How likely a customer is to leave (R-038, D-06)."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class KeyAccountLevel(Term):
    """Key-account levels, set by hand (R-027)."""

    STRATEGIC = "strategic"
    KEY = "key"
    ORDINARY = "ordinary"


class LifecycleStage(Term):
    """The general business-to-business life cycle (R-020, D-30)."""

    PROSPECT = "prospect"
    CUSTOMER = "customer"
    RETAINED = "retained"
    CHURNED = "churned"


class TagCategory(Term):
    """Categories of the tag library (R-042)."""

    INDUSTRY = "industry"
    DECISION_ROLE = "decision_role"
    PREFERENCE = "preference"
    PAIN_POINT = "pain_point"


class RequirementType(Term):
    """Types of customer needs (R-074)."""

    PRODUCT = "product"
    SERVICE = "service"
    AFTER_SALES = "after_sales"
    PRICE = "price"
    BUSINESS = "business"
    TECHNICAL = "technical"


class RequirementPriority(Term):
    """Priority of a need; another scale than urgency (R-076, D-15)."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class RequirementFeedback(Term):
    """What the customer says of a need's solution (R-081)."""

    CONFIRMED = "confirmed"
    TO_FOLLOW_UP = "to_follow_up"


class CompletionState(Term):
    """Where an interaction stands (R-095)."""

    DONE = "done"
    IN_PROGRESS = "in_progress"
    PENDING = "pending"


class TaskStatus(Term):
    """Statuses of a cross-department task (R-202)."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    DELAYED = "delayed"


class Role(Term):
    """What a login may do (design.md 7)."""

    VIEWER = "viewer"
    AGENT = "agent"
    LEAD = "lead"
    MANAGER = "manager"
    ADMIN = "admin"


class Post(Term):
    """Posts that approval, escalation and routing ask for; not roles (design.md 7)."""

    EXECUTIVE = "executive"
    KNOWLEDGE_BASE = "knowledge_base"
    KEY_ACCOUNT_MANAGER = "key_account_manager"
    KEY_ACCOUNT_ASSISTANT = "key_account_assistant"


class Department(Term):
    """Departments preloaded from the sources (R-295)."""

    SALES = "sales"
    SERVICE = "service"
    PRODUCT = "product"
    TECHNOLOGY = "technology"
    DELIVERY = "delivery"
    AFTER_SALES = "after_sales"
    CALL_CENTRE = "call_centre"
    MARKETING = "marketing"
    KEY_ACCOUNT = "key_account"


LABELS: Final[dict[type[Term], dict[str, str]]] = {
    TicketState: {
        "registered": N_("Registered"),
        "dispatched": N_("Dispatched"),
        "accepted": N_("In progress"),
        "solution_proposed": N_("Solution awaiting approval"),
        "approved": N_("Solution approved"),
        "executing": N_("Executing"),
        "waiting_customer": N_("Waiting for customer"),
        "waiting_third_party": N_("Waiting for third party"),
        "result_fed_back": N_("Result told, awaiting confirmation"),
        "resolved": N_("Resolved"),
        "closed": N_("Closed"),
        "cancelled": N_("Cancelled"),
        "merged": N_("Merged"),
    },
    Category: {
        "new": N_("New"),
        "open": N_("Open"),
        "waiting": N_("Waiting"),
        "resolved": N_("Resolved"),
        "closed": N_("Closed"),
    },
    TicketKind: {
        "consultation": N_("Consultation"),
        "complaint": N_("Complaint"),
        "suggestion": N_("Suggestion"),
        "praise": N_("Praise"),
        "after_sales": N_("After-sales request"),
        "rescue": N_("Rescue"),
    },
    Urgency: {"urgent": N_("Urgent"), "normal": N_("Normal"), "low": N_("Low urgency")},
    Channel: {
        "phone": N_("Phone"),
        "visit": N_("Visit"),
        "online": N_("Online"),
        "email": N_("E-mail"),
        "chat": N_("Online chat"),
        "sms": N_("Text message"),
        "social": N_("Social media"),
        "official_account": N_("Official account"),
        "meeting": N_("Face-to-face meeting"),
        "portal": N_("Suggestion box"),
    },
    SolutionType: {
        "answer": N_("Accurate answer"),
        "repair": N_("Repair"),
        "exchange": N_("Exchange"),
        "alternative": N_("Alternative"),
        "other": N_("Other"),
    },
    Satisfaction: {
        "none": N_("Not asked yet"),
        "satisfied": N_("Satisfied"),
        "unsatisfied": N_("Not satisfied"),
    },
    ApprovalState: {
        "none": N_("Not proposed"),
        "pending": N_("Awaiting approval"),
        "approved": N_("Approved"),
        "rejected": N_("Rejected"),
    },
    EscalationLevel: {
        "frontline": N_("Frontline"),
        "departments": N_("Department linkage"),
        "executive": N_("Executive"),
    },
    CauseCategory: {
        "process_unclear": N_("Service process unclear"),
        "duty_vague": N_("Department duties vague"),
        "tool_lacking": N_("Tool support lacking"),
        "product_quality": N_("Product quality"),
        "other": N_("Other"),
    },
    CloseReason: {"customer_unreachable": N_("Customer unreachable")},
    Segment: {
        "high_value": N_("High-value customer"),
        "potential": N_("Potential customer"),
        "ordinary": N_("Ordinary customer"),
        "churn_risk": N_("Customer at risk of churn"),
    },
    ContributionTier: {
        "high": N_("High contribution"),
        "medium": N_("Medium contribution"),
        "low": N_("Low contribution"),
    },
    PotentialClass: {"key": N_("Key potential"), "ordinary": N_("Ordinary potential")},
    ServiceTier: {"A": N_("Tier A"), "B": N_("Tier B"), "C": N_("Tier C")},
    ChurnRisk: {
        "high": N_("High churn risk"),
        "medium": N_("Medium churn risk"),
        "low": N_("Low churn risk"),
    },
    KeyAccountLevel: {
        "strategic": N_("Strategic account"),
        "key": N_("Key account"),
        "ordinary": N_("Ordinary account"),
    },
    LifecycleStage: {
        "prospect": N_("Prospect"),
        "customer": N_("Customer"),
        "retained": N_("Retained customer"),
        "churned": N_("Churned customer"),
    },
    TagCategory: {
        "industry": N_("Industry attribute"),
        "decision_role": N_("Decision role"),
        "preference": N_("Need preference"),
        "pain_point": N_("Cooperation pain point"),
    },
    RequirementType: {
        "product": N_("Product need"),
        "service": N_("Service need"),
        "after_sales": N_("After-sales need"),
        "price": N_("Price need"),
        "business": N_("Business need"),
        "technical": N_("Technical need"),
    },
    RequirementPriority: {"high": N_("High"), "medium": N_("Medium"), "low": N_("Low")},
    RequirementFeedback: {
        "confirmed": N_("Confirmed"),
        "to_follow_up": N_("To follow up"),
    },
    CompletionState: {
        "done": N_("Completed"),
        "in_progress": N_("Under way"),
        "pending": N_("To be handled"),
    },
    TaskStatus: {
        "not_started": N_("Not started"),
        "in_progress": N_("Under way"),
        "done": N_("Completed"),
        "delayed": N_("Delayed"),
    },
    Role: {
        "viewer": N_("Viewer"),
        "agent": N_("Agent"),
        "lead": N_("Lead"),
        "manager": N_("Department manager"),
        "admin": N_("Administrator"),
    },
    Post: {
        "executive": N_("Executive post"),
        "knowledge_base": N_("Knowledge-base post"),
        "key_account_manager": N_("Key-account manager"),
        "key_account_assistant": N_("Key-account assistant"),
    },
    Department: {
        "sales": N_("Sales"),
        "service": N_("Service"),
        "product": N_("Product"),
        "technology": N_("Technology"),
        "delivery": N_("Delivery"),
        "after_sales": N_("After-sales"),
        "call_centre": N_("Call centre"),
        "marketing": N_("Marketing"),
        "key_account": N_("Key accounts"),
    },
}
"""Labels of every member, by enumeration and value."""
