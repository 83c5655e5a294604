"""What the generators of the demo share: the services, the present, the dice."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from crm_tui.domain.msg import Msg
from crm_tui.services.actor import Actor
from crm_tui.services.facade import Services

SEED: Final = 20_240_603
BATCH: Final = 500
Said = Callable[[Msg], None]
"""Told what is being made."""


@dataclass(slots=True)
class Desk:
    """The desk that is filled; ``now`` is the end of its year."""

    services: Services
    admin: Actor
    now: datetime
    rng: random.Random
    say: Said

    @contextmanager
    def ago(self, **step: float) -> Iterator[None]:
        """Work at a moment before the present, as `timedelta` takes it."""
        core = self.services.core
        real, moment = core.clock, self.now - timedelta(**step)
        core.clock = lambda: moment
        try:
            yield
        finally:
            core.clock = real
