"""`crm-tui tick` and `crm-tui worker`."""

import os
from argparse import Namespace
from typing import TYPE_CHECKING

from crm_tui.cli.parser import Parser, positive
from crm_tui.cli.verbs import Verb
from crm_tui.domain.msg import N_, msg
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context


def tick(ctx: "Context", args: Namespace) -> int:
    """Do what is due now, once."""
    ctx.actor  # noqa: B018  # an unknown login may not set things going
    owner = f"tick-{os.getpid()}"
    done = ctx.services.ticker.tick(owner)
    if done.leader:
        ctx.services.ticker.release(owner)
    if ctx.out.as_json:
        ctx.out.json(done)
    elif done.leader:
        ctx.out.line(
            msg(
                "sent {sent}, warned {warned}, overdue {breached}, escalated {escalated}, reminded {reminded}",
                sent=done.sent,
                warned=done.warned,
                breached=done.breached,
                escalated=done.escalated,
                reminded=done.reminded,
            )
        )
        if done.failed:
            ctx.out.line(
                msg("{count} could not be looked at; the log names them", count=done.failed)
            )
    else:
        ctx.out.line(msg("Another process does the background work"))
    return 1 if done.failed else 0


def worker_arguments(parser: Parser) -> None:
    """Options of `worker`."""
    parser.add_argument(
        "--every", type=positive, default=15, metavar="S", help=tr(N_("seconds between looks"))
    )


def worker(ctx: "Context", args: Namespace) -> int:
    """Keep doing it until told to stop."""
    from crm_tui.server.worker import work

    ctx.actor  # noqa: B018  # an unknown login may not set things going
    return work(ctx.services, every_s=args.every)


def verbs(noun: str) -> tuple[Verb, ...]:
    """Each noun is an act itself."""
    return {
        "tick": (Verb("", N_("do the background work that is due now, once"), tick),),
        "worker": (Verb("", N_("keep doing the background work"), worker, worker_arguments),),
    }[noun]
