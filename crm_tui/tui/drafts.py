"""What is being written: kept in the store, or on this machine while the store is away (design.md 7)."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from crm_tui.domain.errors import DomainError
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.tui.gateway import Gateway


class Drafts:
    """Drafts of the texts of one screen, by ticket and kind."""

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway
        self._lock = threading.Lock()
        self._turn = 0

    def _file(self, ticket_id: int, kind: str) -> Path | None:
        folder = self._gateway.drafts_folder
        if folder is None:
            return None
        return folder / f"{self._gateway.actor.login}-{ticket_id}-{kind}.txt"

    def keep(self, ticket_id: int, kind: str, text: str, told: Callable[[str], object]) -> None:
        """Keep a text; an empty one forgets it. ``told`` gets a sentence about where it is."""
        services, actor = self._gateway.services, self._gateway.actor
        file = self._file(ticket_id, kind)
        self._turn += 1
        turn = self._turn

        def work() -> str:
            # An older text must not come after a newer one, or after the empty one of what was sent.
            with self._lock:
                if turn != self._turn:
                    return ""
                try:
                    services.messages.save_draft(ticket_id, kind, text, actor=actor)
                except DomainError:
                    if not _write(file, text):
                        raise
                    return tr("draft kept on this machine only")
                if file is not None:
                    file.unlink(missing_ok=True)
                at = services.core.clock().astimezone(self._gateway.zone)
                return tr("draft kept {time}").format(time=f"{at:%H:%M:%S}")

        self._gateway.run(work, lambda state: state and told(state), group="draft")

    def keep_now(self, ticket_id: int, kind: str, text: str) -> None:
        """Keep a text before the program ends, in the store or else on this machine."""
        self._turn += 1
        services, actor = self._gateway.services, self._gateway.actor
        try:
            services.messages.save_draft(ticket_id, kind, text, actor=actor)
        except DomainError:
            _write(self._file(ticket_id, kind), text)

    def find(self, ticket_id: int, kind: str) -> str:
        """The kept text; to be called off the loop."""
        file = self._file(ticket_id, kind)
        try:
            if file is not None:
                return file.read_text("utf-8")
        except OSError:
            pass
        return self._gateway.services.messages.draft(ticket_id, kind, actor=self._gateway.actor)


def _write(file: Path | None, text: str) -> bool:
    """Keep a text in a file that only its writer reads; whether that was possible."""
    if file is None:
        return False
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
        file.write_text(text, "utf-8")
    except OSError:
        return False
    return True
