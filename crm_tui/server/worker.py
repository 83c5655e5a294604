"""The background worker: ticks until it is told to stop, then gives the lease back (decision 10)."""

import logging
import os
import signal
import socket
import threading
from types import FrameType
from typing import Final

from crm_tui.domain.errors import Unavailable
from crm_tui.services.facade import Services

log = logging.getLogger("crm_tui.worker")

AHEAD_S: Final = 2.0
"""For how long figures are worked out ahead after a tick that had nothing to do."""


def work(services: Services, *, every_s: float = 15.0, stop: threading.Event | None = None) -> int:
    """Tick every ``every_s`` seconds until SIGTERM, SIGINT or SIGHUP; in between work out figures.

    A store that is away, or a tick that fails, is tried again at the next.
    """
    done = stop or threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        done.set()

    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGINT", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), end)
    owner = f"{socket.gethostname()}-{os.getpid()}"
    while True:
        try:
            if services.ticker.tick(owner).idle:
                services.figures_ahead.some(AHEAD_S)
        except Unavailable as error:
            log.warning("store away: %s", error.code)
        except Exception as error:
            # The type alone: what an error says may hold what a customer wrote.
            log.error("tick failed: %s", type(error).__name__)
        if done.wait(every_s):
            break
    try:
        services.ticker.release(owner)
    except Unavailable as error:
        log.warning("lease not given back: %s", error.code)
    return 0
