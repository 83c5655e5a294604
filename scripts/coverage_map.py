"""Say which requirements have a passing test.

Usage: coverage_map.py PREFIX [--update]. PREFIX is what CRM_TUI_COVERAGE_MAP was in the test run;
``--update`` writes the test files into docs/requirements.csv.
"""

import csv
import json
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "requirements.csv"


def outcomes(prefix: Path) -> dict[str, dict[str, set[str]]]:
    """``{number: {outcome: tests}}`` of all workers; a test that ever failed is not passed."""
    seen: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for path in sorted(prefix.parent.glob(f"{prefix.name}.*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            entry = json.loads(line)
            for number in entry["req"]:
                seen[number][entry["outcome"]].add(entry["test"])
    for by_outcome in seen.values():
        by_outcome["passed"] -= by_outcome["failed"]
    return seen


def main(arguments: list[str]) -> int:
    """Print the map; 1 when a stated requirement (M) has no passing test."""
    seen = outcomes(Path(arguments[0]))
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    missing = [row for row in rows if not seen[row["number"]]["passed"]]
    for row in missing:
        why = ", ".join(k for k, tests in seen[row["number"]].items() if tests) or "no test"
        print(f"{row['number']} {row['priority']} {why:10} {row['text']}")
    for priority in ("M", "S"):
        whole = [r for r in rows if r["priority"] == priority]
        left = [r for r in missing if r["priority"] == priority]
        print(f"{priority}: {len(whole) - len(left)} of {len(whole)} have a passing test")
    unknown = set(seen) - {r["number"] for r in rows}
    decisions = sorted(n for n in unknown if n.startswith("D-") and seen[n]["passed"])
    print(f"decisions with a passing test: {', '.join(decisions) or 'none'}")
    if "--update" in arguments:
        for row in rows:
            tests = seen[row["number"]]["passed"]
            row["tested"] = " ".join(sorted({t.partition("::")[0] for t in tests}))
        with TABLE.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return 1 if any(row["priority"] == "M" for row in missing) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
