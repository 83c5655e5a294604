"""What a mutation answers: one outcome per item (design decision 3)."""

from dataclasses import dataclass

from crm_tui.domain.errors import DomainError
from crm_tui.domain.msg import Msg


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item; ``error`` is None when it was done."""

    id: int
    error: DomainError | None = None
    notice: Msg | None = None

    @property
    def ok(self) -> bool:
        """Whether the item was changed as asked."""
        return self.error is None


@dataclass(frozen=True, slots=True)
class Result:
    """The outcomes of a mutation and, where it can be undone, the entry that undoes it."""

    label: Msg
    outcomes: tuple[Outcome, ...]
    undo_id: int | None = None

    @property
    def done(self) -> tuple[int, ...]:
        """Ids that were changed."""
        return tuple(o.id for o in self.outcomes if o.ok)

    @property
    def refused(self) -> tuple[Outcome, ...]:
        """Outcomes that carry a reason instead of a change."""
        return tuple(o for o in self.outcomes if not o.ok)

    def one(self) -> int:
        """The id of a mutation of one item; raises its error when it was refused."""
        outcome = self.outcomes[0]
        if outcome.error is not None:
            raise outcome.error
        return outcome.id
