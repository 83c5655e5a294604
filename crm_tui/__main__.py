"""`python -m crm_tui` and the installed command `crm-tui`."""

import sys

from crm_tui.cli.main import main as run


def main() -> int:
    """Run the command line of this process; the exit status."""
    return run(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
