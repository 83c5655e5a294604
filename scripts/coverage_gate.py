"""Hold branch coverage against the least that each part of the package must have."""

import json
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import coverage

LEAST = {"crm_tui/domain/": 100.0, "crm_tui/services/": 95.0, "": 85.0}
"""Percent by path prefix; a file counts for the first that fits."""


def percentages(files: dict[str, dict[str, dict[str, int]]]) -> dict[str, float]:
    """Covered lines and branches in percent, per prefix of `LEAST`."""
    hit: dict[str, int] = defaultdict(int)
    all_: dict[str, int] = defaultdict(int)
    for name, data in files.items():
        prefix = next(p for p in LEAST if Path(name).as_posix().startswith(p))
        figures = data["summary"]
        hit[prefix] += figures["covered_lines"] + figures["covered_branches"]
        all_[prefix] += figures["num_statements"] + figures["num_branches"]
    return {p: 100.0 * hit[p] / all_[p] if all_[p] else 100.0 for p in LEAST}


def main() -> int:
    """Print a line per part; 1 when one falls short, with its weakest files."""
    measured = coverage.Coverage()
    measured.load()
    if list(Path().glob(".coverage.*")):
        # Of processes that tests started.
        measured.combine()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        measured.json_report(outfile=str(report))
        files = json.loads(report.read_text("utf-8"))["files"]
    short = 0
    for prefix, percent in percentages(files).items():
        enough = percent >= LEAST[prefix]
        short += not enough
        sign = "ok   " if enough else "SHORT"
        print(f"{sign} {prefix or 'the rest':20} {percent:6.2f} %  (least {LEAST[prefix]:.0f} %)")
        if not enough:
            mine = [
                (d["summary"]["percent_covered"], n, d["missing_lines"][:8])
                for n, d in files.items()
                if next(p for p in LEAST if n.startswith(p)) == prefix
            ]
            for covered, name, missing in sorted(mine)[:12]:
                print(f"      {covered:6.2f} %  {name}  lines {missing}")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
