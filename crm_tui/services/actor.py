"""Who acts (design.md 7, identity)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A staff member at work; ``behind_id`` is the one who really sat there when acting for another."""

    staff_id: int
    login: str
    name: str
    role: str
    department_id: int | None
    posts: frozenset[str] = frozenset()
    headed_department_ids: frozenset[int] = frozenset()
    behind_id: int | None = None

    @property
    def is_executive(self) -> bool:
        """Whether the executive post is held (R-152)."""
        return "executive" in self.posts


SYSTEM = Actor(staff_id=0, login="", name="system", role="admin", department_id=None)
"""The ticker and other background work; logged without an actor id."""
