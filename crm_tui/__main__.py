"""`python -m crm_tui` and the installed command `crm-tui`."""

import sys


def main() -> int:
    """Run the command line of this process; the exit status."""
    try:
        from crm_tui.cli import streams
        from crm_tui.cli.main import INTERRUPTED
        from crm_tui.cli.main import main as run

        streams.prepare()
        return run(streams.words(sys.argv[1:]))
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    raise SystemExit(main())
