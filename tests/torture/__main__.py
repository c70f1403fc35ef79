"""The long form of the torture: `python -m tests.torture --rounds 100 --flips 1000 --cuts 500 --seed 1`.

Prints a line for each scenario, and exits with 1 if anything was lost, half done, or changed without a word.
"""

import argparse
import logging
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.torture import damage, kills


def main() -> int:
    """Run what the arguments ask for, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="kills of each scenario")
    parser.add_argument("--flips", type=int, default=1000, help="flipped bits, in both files by turns")
    parser.add_argument("--cuts", type=int, default=500, help="cuts, of both files by turns")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=kills.SCENARIOS, action="append", help="run only this scenario of kills")
    parser.add_argument("--jobs", type=int, default=2, help="servers that run at a time")
    given = parser.parse_args()
    logging.disable(logging.WARNING)  # each damaged file would be named
    failures = 0
    for name in given.only or kills.SCENARIOS:
        failures += killed(name, given.rounds, given.seed, given.jobs)
    for each, rounds in ((damage.flips, given.flips), (damage.cuts, given.cuts)):
        with tempfile.TemporaryDirectory() as folder:
            tally = each(Path(folder), random.Random(given.seed), rounds)
        failures += sum(count for verdict, count in tally.items() if "CHANGED" in verdict)
        print(f"{each.__name__:16} {rounds:5} rounds  {described(tally)}", flush=True)
    return int(failures > 0)


def killed(name: str, rounds: int, seed: int, jobs: int) -> int:
    """Run the rounds of a scenario, print its figures, and return the number of failures."""
    started, tally, failures = time.monotonic(), Counter[str](), list[str]()

    def round_(number: int) -> None:
        try:
            with tempfile.TemporaryDirectory() as folder:
                kills.SCENARIOS[name](Path(folder), random.Random(f"{name} {seed} {number}"), tally)
        except Exception:
            failures.append(f"round {number}:\n{traceback.format_exc()}")

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(round_, range(rounds)))
    seconds = time.monotonic() - started
    print(f"{name:16} {rounds:5} rounds  {len(failures)} failed  {described(tally)}  ({seconds:.0f} s)", flush=True)
    for failure in failures[:3]:
        print(failure, file=sys.stderr, flush=True)
    return len(failures)


def described(tally: Counter[str]) -> str:
    """Return the counts in words."""
    return ", ".join(f"{count:,} {what}" for what, count in sorted(tally.items()))


if __name__ == "__main__":
    sys.exit(main())
