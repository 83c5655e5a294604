"""A clock in sentences: why it is due when it is (sla.md 2.14)."""

from crm_tui.domain.clocks import POLICY_CHANGE, Cycle
from crm_tui.domain.msg import N_, Msg, msg
from crm_tui.domain.policy import CLOCK_LABELS
from crm_tui.domain.terms import Channel, ServiceTier, Term, TicketKind, Urgency


def _label(terms: type[Term], value: str) -> Msg | str:
    """The label of a value; history may hold one that the enumeration has not."""
    return Msg(terms(value).label()) if value in list(terms) else value or "-"


def explain(cycle: Cycle) -> list[Msg]:
    """The line and why it was chosen, each stretch of time, and the sum."""
    label = Msg(CLOCK_LABELS[cycle.kind])
    if cycle.line is None or cycle.target_s is None:
        return [msg("{clock}: no limit applies any more", clock=label)]
    facts = cycle.facts
    sentences = [
        msg(
            "{clock}: {limit} by the line {line} ({source}), version {version}",
            clock=label,
            limit=cycle.line.limit(),
            line=cycle.line.id,
            source=cycle.line.source or "-",
            version=cycle.policy_version,
        ),
        msg(
            "chosen for {tier}, {kind}, {urgency}, {channel}",
            tier=_label(ServiceTier, facts.tier),
            kind=_label(TicketKind, facts.kind),
            urgency=_label(Urgency, facts.urgency),
            channel=_label(Channel, facts.channel),
        ),
    ]
    if cycle.pinned:
        sentences.append(msg("pinned by hand; pauses do not move it"))
    words = {
        "counted": N_("{start} to {end}: {minutes} min counted"),
        "closed": N_("{start} to {end}: {minutes} min outside working hours"),
        "paused": N_("{start} to {end}: {minutes} min paused"),
    }
    for start, end, kind, seconds in cycle.segments:
        sentences.append(
            Msg(words[kind], {"start": start, "end": end, "minutes": int(seconds // 60)})
        )
    sentences.append(
        msg(
            "{used} of {target} min used, {paused} min paused",
            used=int(cycle.used_s // 60),
            target=int(cycle.target_s // 60),
            paused=int(cycle.paused_s // 60),
        )
    )
    sentences.append(msg("so it is due {due}", due=cycle.stored_due_at))
    if cycle.cause == POLICY_CHANGE:
        sentences.append(msg("overdue since the policy was chosen again"))
    return sentences
