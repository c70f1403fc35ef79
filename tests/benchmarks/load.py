"""Load by wrk: whole HTTP requests from eight connections, bounded in time."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass

TOKEN = "Authorization: Bearer any-token"
_FIGURES = re.compile(r"(50|99)%\s+([\d.]+)(us|ms|s)")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


@dataclass(frozen=True, slots=True)
class Load:
    """Requests a second, and the latencies that half and 99 % of them stay under, in milliseconds."""

    rate: float
    p50: float
    p99: float


def require(*programs: str) -> None:
    """Exit with code 3 and a word on what to do when a program is missing."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        print(f"This benchmark needs {', '.join(missing)}; install and run it again", file=sys.stderr)
        raise SystemExit(3)


def drive(url: str, seconds: int = 3, script: str | None = None, header: str = TOKEN) -> Load:
    """Ask for the URL over and over with a header. Raises RuntimeError when an answer was not 2xx or 3xx."""
    command = ["wrk", "-c8", "-t2", f"-d{seconds}s", "--latency", "-H", header]
    command += ["-s", script] if script else []
    done = subprocess.run([*command, url], capture_output=True, text=True, timeout=seconds + 30, check=True)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if rate is None or "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(f"{url}: {done.stdout}")
    times = {share: float(number) * _SECONDS[unit] * 1e3 for share, number, unit in _FIGURES.findall(done.stdout)}
    return Load(float(rate[1]), times["50"], times["99"])
