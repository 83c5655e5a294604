"""From solution to closed: propose, approve, tell the customer, ask, close (R-146 to R-151, D-25)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, func, select

from crm_tui.db.schema.tickets import approval, contact_attempt, satisfaction_answer
from crm_tui.domain import escalation as levels
from crm_tui.domain import workflow
from crm_tui.domain.errors import NotFound, RuleViolation, ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.terms import SolutionType
from crm_tui.services import recurrence
from crm_tui.services import ticket_base as base
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.lifecycle import escalate, move, request_approval, set_urgency
from crm_tui.services.messages import add_message
from crm_tui.services.permissions import need_head
from crm_tui.services.result import Result
from crm_tui.services.tickets import STATUS_FIELDS, Versions
from crm_tui.services.unit import Unit


class ClosingService:
    """The verbs that lead a ticket to its end."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def propose(
        self,
        ids: Sequence[int],
        solution: str,
        *,
        actor: Actor,
        solution_type: str = "other",
        execute_first: bool = False,
        expected: Versions = None,
    ) -> Result:
        """Put a solution to the head of the department, or keep it where none must approve (R-147, R-148)."""
        if not solution.strip():
            raise ValidationError(msg("Describe the solution"), field="solution", code="blank")
        known = [str(t) for t in SolutionType]
        if solution_type not in known:
            raise ValidationError(
                msg("A solution is one of {types}", types=", ".join(known)),
                field="solution_type",
                code="unknown_value",
            )

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            _at(unit, row, expected)
            base.need_accepted(unit, row)
            base.need_progress_note(unit, row)
            values = {"solution": solution, "solution_type": solution_type}
            return _propose(unit, row, values, execute_first=execute_first)

        return self._core.each(actor, ids, msg("Solution proposed"), work)

    def decide(
        self,
        ids: Sequence[int],
        approve: bool,
        *,
        actor: Actor,
        reason: str = "",
        purpose: str | None = None,
    ) -> Result:
        """Decide what waits on these tickets: a solution (R-148) or a lower urgency (R-113).

        Where both wait and ``purpose`` names none, it is the solution. The head of the department that
        has the ticket decides, where that is the proposer or nobody an executive.
        """
        if not approve and not reason.strip():
            raise ValidationError(msg("Say why it is rejected"), field="reason", code="blank")

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            waiting = next(
                (
                    found
                    for kind in ((purpose,) if purpose else ("solution", "downgrade"))
                    if (found := base.pending_approval(unit, item, kind)) is not None
                ),
                None,
            )
            if waiting is None:
                raise NotFound(msg("Nothing waits for approval on this ticket"), code="no_proposal")
            need_head(actor, waiting["department_id"], waiting["proposer_id"])
            unit.change(
                approval,
                waiting,
                {
                    "state": "approved" if approve else "rejected",
                    "decided_by": actor.staff_id,
                    "decided_at": unit.now,
                    "reason": reason,
                },
            )
            unit.notify(
                [waiting["proposer_id"]],
                "approval_decided",
                msg("Approved: T-{number}", number=row["number"])
                if approve
                else msg("Rejected: T-{number}", number=row["number"]),
                subject=("ticket", item),
                key=f"approval_decided:{waiting['id']}",
            )
            if waiting["purpose"] == "solution":
                self._solution_decided(unit, row, approve, reason)
            else:
                values = {"urgency_forced": False} if approve else {}
                row = base.save(
                    unit, row, values, "downgrade_decided", reason=reason or str(approve)
                )
                if approve:
                    set_urgency(unit, row, waiting["value"], reason=reason)
            return None

        return self._core.each(
            actor, ids, msg("Approved") if approve else msg("Rejected"), work, undoable=False
        )

    @staticmethod
    def _solution_decided(unit: Unit, row: RowMapping, approve: bool, reason: str) -> None:
        unit.log(
            "ticket",
            row["id"],
            "approved" if approve else "rejected",
            data={"event": "approval_decided", "to": "approved" if approve else "rejected"},
            reason=reason or None,
            customer_id=row["customer_id"],
        )
        if approve:
            if row["state"] == "solution_proposed":
                row = move(unit, row, "approved", values={"approval": "approved"}, verb="approved")
            else:
                row = base.save(unit, row, {"approval": "approved"}, "approved")
            unit.log(
                "ticket",
                row["id"],
                "solution_confirmed",
                data={"event": "solution_confirmed"},
                customer_id=row["customer_id"],
            )
        elif row["state"] in ("solution_proposed", "executing"):
            move(
                unit,
                row,
                "accepted",
                values={"approval": "rejected", "executes_first": False},
                guard=False,
                verb="rejected",
                reason=reason,
            )

    def confirm_solution(self, ids: Sequence[int], *, actor: Actor) -> Result:
        """The customer has confirmed the solution; delivery may start (R-133)."""

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            base.save(
                unit, row, {"customer_confirmed_solution": True}, "solution_confirmed_by_customer"
            )
            return None

        return self._core.each(actor, ids, msg("Confirmed by the customer"), work)

    def feedback(
        self,
        ids: Sequence[int],
        body: str,
        basis: str,
        *,
        actor: Actor,
        channel: str = "",
        expected: Versions = None,
    ) -> Result:
        """Tell the customer the result with its basis, by the channel they chose (R-135)."""
        if not basis.strip():
            raise ValidationError(
                msg("The result needs its handling basis"),
                field="basis",
                code="handling_basis_needed",
            )

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            base.need_not_gone(row)
            _at(unit, row, expected)
            base.need_accepted(unit, row)
            by = channel or row["preferred_reply_channel"] or row["channel"]
            add_message(unit, row, kind="public", body=body, channel=by, progress=True)
            row = base.load(unit, item)
            if not row["solution"].strip() and not base.facts(unit, row).needs_approval:
                base.touch(unit, item, {"solution": body})
                row = base.load(unit, item)
            row = move(
                unit,
                row,
                "result_fed_back",
                # What was answered before was about another result.
                values={"handling_basis": basis, "satisfaction": "none"},
                verb="result_fed_back",
            )
            unit.log(
                "ticket",
                item,
                "result_told",
                data={"event": "result_fed_back"},
                customer_id=row["customer_id"],
            )
            wanted = row["preferred_reply_channel"]
            if wanted and by != wanted:
                return msg(
                    "The customer asked for answers by {wanted}, not {channel}",
                    wanted=wanted,
                    channel=by,
                )
            return None

        # It has gone out; undoing would leave the customer with what never was.
        return self._core.each(actor, ids, msg("Result told to the customer"), work, undoable=False)

    def satisfy(
        self,
        ticket_id: int,
        satisfied: bool,
        *,
        actor: Actor,
        score: int | None = None,
        comment: str = "",
        channel: str = "",
        respondent: str = "",
        evidence: str = "",
        reason: str = "",
    ) -> Result:
        """Record the customer's answer; satisfied resolves, not satisfied escalates (R-149, R-150).

        A second answer replaces the first only as a new version with a reason (R-262, R-267).
        """
        if score is not None and not 1 <= score <= 5:
            raise ValidationError(msg("A score is from 1 to 5"), field="score")

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            base.need_not_gone(row)
            version = 1 + int(
                unit.conn.execute(
                    select(func.coalesce(func.max(satisfaction_answer.c.version), 0)).where(
                        satisfaction_answer.c.ticket_id == item
                    )
                ).scalar_one()
            )
            if row["satisfaction"] != "none" and not reason.strip():
                raise RuleViolation(
                    msg("There is an answer already; a new one needs a reason"),
                    code="answer_exists",
                )
            if row["state"] not in ("result_fed_back", "resolved"):
                raise RuleViolation(
                    msg("First tell the customer the result, then ask"), code="not_fed_back"
                )
            answer = "satisfied" if satisfied else "unsatisfied"
            unit.add(
                satisfaction_answer,
                {
                    "ticket_id": item,
                    "customer_id": row["customer_id"],
                    "version": version,
                    "answer": answer,
                    "score": score,
                    "comment": comment,
                    "channel": channel or row["channel"],
                    "respondent": respondent,
                    "collected_by": actor.staff_id or None,
                    "evidence": evidence,
                    "reason": reason,
                    "at": unit.now,
                },
            )
            if satisfied:
                values = {"satisfaction": answer}
                if row["state"] == "resolved":
                    base.save(unit, row, values, "satisfied", reason=reason or None)
                else:
                    move(
                        unit,
                        row,
                        "resolved",
                        values=values,
                        verb="satisfied",
                        reason=reason or None,
                    )
                return None
            count = row["unsatisfied_count"] + 1
            row = move(
                unit,
                row,
                "accepted",
                values={
                    "satisfaction": answer,
                    "unsatisfied_count": count,
                    "approval": "none",
                    "solution": "",
                    "handling_basis": "",
                    "customer_confirmed_solution": False,
                    "unreachable_attempts": 0,
                },
                guard=False,
                verb="unsatisfied",
                reason=comment or None,
            )
            cause = "unsatisfied" if count == 1 else "second_unsatisfied"
            escalate(unit, row, levels.level_for_unsatisfied(count, row["escalation_level"]), cause)
            return msg("The ticket is open again and escalated; offer an alternative")

        return self._core.each(actor, [ticket_id], msg("Answer recorded"), work, undoable=False)

    def attempt(self, ticket_id: int, channel: str, note: str, *, actor: Actor) -> Result:
        """Record a failed attempt to reach the customer; three allow closing without answer (R-149)."""

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            unit.add(
                contact_attempt,
                {
                    "ticket_id": item,
                    "channel": channel,
                    "note": note,
                    "by_id": actor.staff_id or None,
                    "at": unit.now,
                },
            )
            count = row["unreachable_attempts"] + 1
            base.save(
                unit, row, {"unreachable_attempts": count}, "not_reached", reason=note or None
            )
            return msg("{count} attempts so far", count=count)

        return self._core.each(actor, [ticket_id], msg("Attempt recorded"), work, undoable=False)

    def resolve(
        self,
        ids: Sequence[int],
        *,
        actor: Actor,
        values: Mapping[str, Any] | None = None,
        expected: Versions = None,
    ) -> Result:
        """Take the next step allowed towards resolved, or name what is missing (ux.md 7.1)."""

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            base.need_not_gone(row)
            _at(unit, row, expected)
            base.need_accepted(unit, row)
            base.need_progress_note(unit, row)
            given = {k: v for k, v in (values or {}).items() if k in STATUS_FIELDS}
            base.need_same_solution(unit, row, given)
            merged = {**row, **given}
            step = workflow.next_step(base.facts(unit, merged))
            if step.to is None:
                first = step.missing[0] if step.missing else None
                raise RuleViolation(
                    first.message if first else msg("There is no next step"),
                    code=first.code if first else "no_next_step",
                )
            to = str(step.to)
            if to == "result_fed_back":
                # Nobody is told a result by a step alone.
                raise RuleViolation(
                    msg("Tell the customer the result with its basis"), code="feedback_needed"
                )
            if to == "solution_proposed":
                chosen = {**given, "solution": merged["solution"]}
                return _propose(unit, row, chosen) or msg(
                    "Now {state}", state=workflow.label(step.to)
                )
            move(unit, row, to, values=given, verb="closed" if to == "closed" else "next_step")
            return recurrence.propose(unit, item) or msg(
                "Now {state}", state=workflow.label(step.to)
            )

        return self._core.each(actor, ids, msg("Next step"), work)

    def close(
        self,
        ids: Sequence[int],
        *,
        actor: Actor,
        reason: str = "",
        cause_category: str = "",
        expected: Versions = None,
    ) -> Result:
        """Close tickets: with a satisfaction answer, or as unreachable after three attempts (R-149).

        Closing a complaint asks for its cause category (R-156).
        """

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            base.need_not_gone(row)
            _at(unit, row, expected)
            base.need_progress_note(unit, row)
            values: dict[str, Any] = {}
            if reason:
                values["close_reason"] = reason
            if cause_category:
                values["cause_category"] = cause_category
            move(unit, row, "closed", values=values, verb="closed", reason=reason or None)
            return recurrence.propose(unit, item)

        return self._core.each(actor, ids, msg("Closed"), work)

    def cancel(self, ids: Sequence[int], reason: str, *, actor: Actor) -> Result:
        """Cancel tickets that should not be, with a reason; they stay on record (R-151)."""
        if not reason.strip():
            raise ValidationError(msg("Say why the ticket is cancelled"), field="reason")

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            base.need_progress_note(unit, row)
            row = move(unit, row, "cancelled", verb="cancelled", reason=reason)
            unit.log("ticket", item, "ended", data={"event": "cancelled"})
            return None

        return self._core.each(actor, ids, msg("Cancelled"), work)


def _propose(
    unit: Unit, row: RowMapping, given: Mapping[str, Any], *, execute_first: bool = False
) -> Msg | None:
    """Put a solution to whoever decides, or keep it where none must approve (R-147, R-148, D-25)."""
    item = row["id"]
    values: dict[str, Any] = {**given, "proposer_id": unit.actor.staff_id}
    if not base.facts(unit, row).needs_approval:
        base.save(unit, row, values, "solution_set")
        unit.log("ticket", item, "solution_proposed", data={"event": "solution_proposed"})
        unit.log("ticket", item, "solution_confirmed", data={"event": "solution_confirmed"})
        return None
    values["approval"] = "pending"
    if execute_first:
        if row["urgency"] != "urgent":
            raise RuleViolation(
                msg("Only an urgent ticket is executed before its approval"),
                code="execute_first_urgent_only",
            )
        values["executes_first"] = True
    row = move(unit, row, "solution_proposed", values=values, verb="solution_proposed")
    unit.log("ticket", item, "solution_issued", data={"event": "solution_proposed"})
    warning = request_approval(unit, row, "solution", row["solution"])
    if execute_first:
        move(unit, row, "executing", verb="executing_first")
    return warning


def _at(unit: Unit, row: RowMapping, expected: Versions) -> None:
    from crm_tui.db.schema.tickets import ticket

    wanted = (expected or {}).get(row["id"])
    if wanted is not None and wanted != row["row_version"]:
        raise unit.conflict(ticket, row)
