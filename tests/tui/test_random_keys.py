"""Any key in any state, on every screen, while others work: no error, no lost row, an honest log.

`make soak` walks 50 times 1,000 keys. With CRM_TUI_SOAK=folder each walk that ended well leaves its
log there and is not walked again, so that a run that was stopped goes on where it was.
"""

import os
import time
from pathlib import Path
from typing import Final

import pytest

from crm_tui.bootstrap import Opened
from tests.tui.driving import key_event, running, settle
from tests.tui.walking import Walk, mains

KEPT: Final = os.environ.get("CRM_TUI_SOAK", "")
"""Read at import: tests see no variable of the program."""
SHARDS: Final = 50
KEYS: Final = 1_000


async def test_the_walk_comes_to_every_screen(opened: Opened) -> None:
    walk = Walk(opened, 0)
    await walk.tour()
    assert mains() <= set(walk.seen)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_any_key_in_any_state(opened: Opened, seed: int) -> None:
    walk = Walk(opened, seed)
    await walk.run(200)
    assert walk.acts


async def test_keys_typed_after_the_one_that_ends_the_program_go_nowhere(opened: Opened) -> None:
    # The dialog's answer would come when the screens are gone.
    async with running(opened) as (app, pilot):
        for key in ("9", "ctrl+q", "c"):
            app.post_message(key_event(key))
        await settle(app, pilot)
        assert app.return_code == 0


@pytest.mark.soak
@pytest.mark.parametrize("shard", range(SHARDS))
async def test_very_many_keys(opened: Opened, shard: int) -> None:
    done = Path(KEPT) / f"keys-{shard:02d}.txt" if KEPT else None
    if done is not None and done.exists():
        pytest.skip("walked before")
    began = time.monotonic()
    walk = Walk(opened, 1_000 + shard)
    await walk.run(KEYS)
    if done is not None:
        seen = " ".join(f"{name}:{count}" for name, count in sorted(walk.seen.items()))
        done.parent.mkdir(parents=True, exist_ok=True)
        line = f"seed {walk.seed}: {KEYS} keys, {walk.acts} foreign acts, {walk.starts} starts, "
        done.write_text(f"{line}{time.monotonic() - began:.0f} s; {seen}\n")
