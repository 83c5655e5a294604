"""What acts and columns of the log are called, for histories on screen and on the command line."""

from collections.abc import Mapping
from typing import Final

from crm_tui.domain.msg import N_, Msg

ACTS: Final[Mapping[str, str]] = {
    "acknowledged": N_("acknowledged"),
    "activated": N_("activated"),
    "activity": N_("activity"),
    "approval_requested": N_("approval requested"),
    "approval_withdrawn": N_("proposal withdrawn"),
    "approved": N_("approved"),
    "archived": N_("archived"),
    "assigned": N_("assigned"),
    "attached": N_("file attached"),
    "baseline_set": N_("planned dates kept"),
    "breached": N_("limit passed"),
    "cancelled": N_("cancelled"),
    "changed": N_("changed"),
    "clarified": N_("need clarified"),
    "closed": N_("closed"),
    "copied": N_("value copied"),
    "created": N_("received"),
    "customer_answered": N_("customer answered"),
    "customer_message": N_("customer wrote"),
    "day_set": N_("day of the calendar set"),
    "dispatched": N_("dispatched"),
    "downgrade_decided": N_("lower urgency decided"),
    "due_changed": N_("due changed"),
    "due_pinned": N_("due set by hand"),
    "edited": N_("edited"),
    "ended": N_("end of work noted"),
    "escalated": N_("escalated"),
    "executing_first": N_("executing before approval"),
    "first_responsible": N_("first responsible named"),
    "followed": N_("followed"),
    "handed_back": N_("handed back"),
    "handover_accepted": N_("handover accepted"),
    "head_set": N_("head named"),
    "imported": N_("imported"),
    "linked": N_("linked"),
    "managers_named": N_("managers named"),
    "measured": N_("measured"),
    "member_added": N_("member added"),
    "merged": N_("merged"),
    "merged_away": N_("merged away"),
    "merged_in": N_("took in another ticket"),
    "message_sent": N_("message sent"),
    "moved": N_("moved to another column"),
    "next_step": N_("next step"),
    "not_reached": N_("customer not reached"),
    "note_written": N_("note written"),
    "parent_set": N_("put below another"),
    "progress": N_("progress told"),
    "public_queued": N_("reply put into the outbox"),
    "public_written": N_("reply written"),
    "registered": N_("registered"),
    "rejected": N_("rejected"),
    "reopened": N_("reopened"),
    "reordered": N_("put in order"),
    "replaced": N_("replaced"),
    "reply_recalled": N_("reply recalled"),
    "rescheduled": N_("dates moved"),
    "restored": N_("restored"),
    "retiered": N_("tier worked out anew"),
    "result_fed_back": N_("result told to the customer"),
    "result_told": N_("result told to the customer"),
    "revealed": N_("masked value revealed"),
    "reviewed": N_("reviewed"),
    "revived": N_("counted again"),
    "routed": N_("routed"),
    "satisfied": N_("customer satisfied"),
    "solution_confirmed": N_("solution confirmed"),
    "solution_confirmed_by_customer": N_("solution confirmed by the customer"),
    "solution_issued": N_("solution given out"),
    "solution_proposed": N_("solution proposed"),
    "solution_set": N_("solution noted"),
    "split": N_("split"),
    "state": N_("status changed"),
    "struck": N_("no longer counted"),
    "tagged": N_("tags changed"),
    "task_made": N_("task made of it"),
    "transferred": N_("handed over"),
    "undone": N_("undone"),
    "unfollowed": N_("no longer followed"),
    "unlinked": N_("link removed"),
    "unmerged": N_("merge undone"),
    "unsatisfied": N_("customer not satisfied"),
    "unsplit": N_("split undone"),
    "urgency": N_("urgency changed"),
    "wait_over": N_("waiting is over"),
}
"""Acts by the verb of their log entry."""

COLUMNS: Final[Mapping[str, str]] = {
    "approval": N_("Approval"),
    "archived": N_("Archived"),
    "attachment": N_("Attachments"),
    "category": N_("Category"),
    "clock": N_("Clock"),
    "closed_at": N_("Closed at"),
    "customer_confirmed_solution": N_("Solution confirmed by the customer"),
    "department": N_("Department"),
    "department_id": N_("Department"),
    "escalation_level": N_("Level"),
    "first_resolved_at": N_("First resolved at"),
    "head_id": N_("Head"),
    "kind": N_("Kind"),
    "member": N_("Members"),
    "next_due_at": N_("Due"),
    "owner": N_("Owner"),
    "owner_id": N_("Owner"),
    "parent_id": N_("Ticket above"),
    "pending_until": N_("Waits until"),
    "proposer_id": N_("Proposed by"),
    "reopen_count": N_("Times reopened"),
    "reopened_within_days": N_("Reopened soon"),
    "resolved_at": N_("Resolved at"),
    "solution": N_("Solution"),
    "state": N_("State"),
    "subject": N_("Subject"),
    "tags": N_("Tags"),
    "urgency": N_("Urgency"),
}
"""Columns of the log that no description of a record names."""


def act_label(kind: str, verb: str) -> str:
    """The msgid of an act; only tickets are received, everything else is made here."""
    if verb == "created" and kind not in ("", "ticket"):
        return N_("added")
    return ACTS.get(verb, verb)


def reason_words(verb: str, reason: str) -> Msg | str:
    """The reason of an act for people: the cause of an escalation is kept as a code."""
    if verb != "escalated":
        return reason
    # The first list is on the screen before anybody needs to know about policies.
    from crm_tui.domain.escalation import cause_words

    return cause_words(reason) or reason
