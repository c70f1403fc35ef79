"""Servers as users have them: processes of their own."""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property

import httpx
import pytest

from tests.patience import PATIENCE

COMMAND = (sys.executable, "-m", "mock_server")


@dataclass
class Served:
    """A running `mock-server serve`, known by the banner it printed."""

    process: "subprocess.Popen[str]"

    @cached_property
    def banner(self) -> list[str]:
        """All its lines; fewer when the process ended before."""
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line.rstrip("\n"))
            if "Ctrl-C" in line:
                break
        return lines

    @property
    def url(self) -> str:
        """Where it listens, as the banner says."""
        assert self.banner, self.process.communicate()[1]
        return self.banner[0].split()[-1]

    @property
    def request(self) -> httpx.Request:
        """The request that the banner's first curl line makes."""
        curl, flag, header, url = shlex.split(next(line for line in self.banner if "curl" in line))
        assert (curl, flag) == ("curl", "-H")
        return httpx.Request("GET", url, headers=[tuple(header.split(": ", 1))])  # type: ignore[list-item]


def environment(**variables: str) -> dict[str, str]:
    """What a process finds in its environment: ours without any setting, and the variables."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("MOCK_SERVER_")}
    return {**own, **variables}


def start(stack: ExitStack, *arguments: object, stderr: int = subprocess.PIPE, **variables: str) -> Served:
    process = subprocess.Popen(
        [*COMMAND, "serve", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env=environment(**variables),
    )
    stack.enter_context(process)
    stack.callback(process.kill)
    return Served(process)


@pytest.fixture
def launch() -> Iterator[Callable[..., Served]]:
    """Starts `mock-server serve` with arguments and MOCK_SERVER_* variables; what still runs at the end is killed."""
    with ExitStack() as stack:
        yield lambda *arguments, **variables: start(stack, *arguments, **variables)


@pytest.fixture
def run() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Runs `mock-server` to its end."""

    def to_its_end(*arguments: object, **variables: str) -> "subprocess.CompletedProcess[str]":
        command = [*COMMAND, *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=False, env=environment(**variables)
        )

    return to_its_end
