"""The only door from screens to services: work in threads, answers on the loop (decision 1)."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from zoneinfo import ZoneInfo

from textual.worker import Worker

from crm_tui.domain.errors import DomainError
from crm_tui.domain.msg import msg

if TYPE_CHECKING:
    from crm_tui.bootstrap import Opened
    from crm_tui.services.actor import Actor
    from crm_tui.services.facade import Services
    from crm_tui.tui.app import CrmApp

T = TypeVar("T")

WORK: Final = "work"
UNEXPECTED: Final = msg("Something went wrong; nothing was changed. The log has the place.")
APART: Final = frozenset({"poll", "tick", "count", "draft", "preview", "find"})
"""Groups that nobody's next key depends on; it waits for the answers of the others."""


class Gateway:
    """Runs services calls off the loop, and says in one place what went wrong."""

    def __init__(
        self, app: "CrmApp", opener: "Callable[[], Opened]", log_folder: Path | None
    ) -> None:
        self._app = app
        self._opener = opener
        self._opened: Opened | None = None
        self.drafts_folder = log_folder.parent / "drafts" if log_folder is not None else None
        """Where drafts are kept while the store is away."""
        self.seq = 0

    @property
    def services(self) -> "Services":
        """The open services; only after `open`."""
        assert self._opened is not None
        return self._opened.services

    @property
    def actor(self) -> "Actor":
        """Who works here."""
        assert self._opened is not None
        return self._opened.actor

    @property
    def zone(self) -> ZoneInfo:
        """The desk's wall clock."""
        return ZoneInfo(self.services.core.rules.zone)

    @property
    def ready(self) -> bool:
        """Whether the store is open."""
        return self._opened is not None

    def open(self, then: Callable[[], None], failed: Callable[[DomainError], None]) -> None:
        """Open the store in a thread, so that the frame is painted before it is read."""

        def work() -> None:
            self._opened = self._opener()
            self.seq = self._opened.services.audit.last_seq()

        self.run(work, lambda _: then(), group="open", refused=failed)

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], object] | None = None,
        *,
        group: str = WORK,
        exclusive: bool = False,
        refused: Callable[[DomainError], object] | None = None,
        apart: bool = False,
    ) -> None:
        """Do ``work`` in a thread and hand its answer to ``then``; refusals become sentences.

        In an ``exclusive`` group a newer call makes the answer of an older one stale. No key waits
        for what is done ``apart``.
        """

        async def job() -> None:
            try:
                answer = await asyncio.to_thread(work)
            except DomainError as error:
                (refused or self._app.show_error)(error)
            except Exception as error:  # the one place where whatever is left becomes a sentence
                self._app.unexpected(error)
                if refused is not None and group == WORK:
                    # Who waits for an answer, as a form does, must not wait for ever.
                    refused(DomainError(UNEXPECTED, code="unexpected"))
            else:
                if then is not None:
                    then(answer)

        # The function, not its coroutine: one that is cancelled before it starts was never made.
        worker: Worker[Any] = self._app.run_worker(
            job,
            group=group,
            exclusive=exclusive,
            exit_on_error=False,
        )
        if not apart and group not in APART:
            self._app.typeahead.wait_for(worker)

    def read(
        self,
        work: Callable[[], T],
        then: Callable[[T], object] | None = None,
        *,
        wait: bool = False,
    ) -> None:
        """Read rows of a list; keys ``wait`` only for another list that somebody asked for."""
        self.run(work, then, group="list", refused=self._app.offline, apart=not wait)

    def poll(self, changed: Callable[[list[Any]], None], answered: Callable[[], None]) -> None:
        """Look for changes since the last look: tell that the store answers, and what changed."""
        if not self.ready:
            return

        def work() -> list[Any]:
            return self.services.audit.changes(self.seq)

        def then(found: list[Any]) -> None:
            answered()
            if found:
                self.seq = found[-1].seq
                changed(found)

        self.run(work, then, group="poll", exclusive=True, refused=self._app.offline)

    def close(self) -> None:
        """Give the store back."""
        if self._opened is not None:
            self._opened.services.close()
