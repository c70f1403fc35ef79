"""What keeping requests costs: one server, whose journal is on and off in turn.

    python -m tests.benchmarks.journal

Needs `wrk`.
"""

import argparse
import statistics
from pathlib import Path

from mock_server import MockServer
from tests.benchmarks.load import drive, require
from tests.benchmarks.report import Target, judge, save, show

PATHS = {"list page of 100": "/session?limit=100", "count": "/session?limit=0"}


def measure(rounds: int, seconds: int) -> dict[str, dict[str, float | None]]:
    """The median ratio of the rates with and without, each pair in turn and in alternating order."""
    rows: dict[str, dict[str, float | None]] = {}
    with MockServer(sessions=1000) as server:
        journal = server.app.extensions["mock_server"].default.journal
        most = journal.most
        for name, path in PATHS.items():
            ratios = []
            for number in range(rounds):
                rates = {}
                for kept in (most, 0) if number % 2 else (0, most):
                    journal.most = kept
                    rates[kept] = drive(server.url + path, seconds).rate
                ratios.append(rates[most] / rates[0])
            rows[name] = {"ratio": statistics.median(ratios), "lowest": min(ratios), "highest": max(ratios)}
    return rows


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=1, help="of each wrk run")
    parser.add_argument("--rounds", type=int, default=40, help="pairs of runs")
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks"))
    options = parser.parse_args()
    require("wrk")
    rows = measure(options.rounds, options.seconds)
    show(f"journal on against off, medians of {options.rounds} pairs", rows, ["ratio", "lowest", "highest"], "{:,.3f}")
    judge([Target(f"{name}, journal on against off", row["ratio"] or 0, 0.97) for name, row in rows.items()])
    save(options.out, "journal", {"results": rows})


if __name__ == "__main__":
    main()
