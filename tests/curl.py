"""The curl lines of the documentation, carried out by httpx, so that tests need no curl."""

import getopt
import shlex
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

_PRINTED = "http://127.0.0.1:8400"
_FLAGS = "u:H:d:X:Ng"


def lines(block: str) -> list[str]:
    """Return the commands of a shell block, each as one line."""
    commands, open_ = [], ""
    for line in block.replace("\\\n", "").splitlines(keepends=True):
        open_ += line
        try:
            words = shlex.split(open_, comments=True)
        except ValueError:  # a quoted text goes on in the next line
            continue
        if words:
            commands.append(open_.strip())
        open_ = ""
    assert not open_.strip(), f"a quote is not closed: {open_}"
    return commands


@contextmanager
def run(client: httpx.Client, line: str, url: str) -> Iterator[httpx.Response]:
    """Send the request of a curl line to the server at `url`, and give the response, whose body is not read yet."""
    program, *words = shlex.split(line, comments=True)
    assert program == "curl"
    options, addresses = getopt.gnu_getopt(words, _FLAGS)
    (address,) = addresses
    given = dict(options)
    assert "-g" in given or not set("[]{}") & set(address), f"curl takes brackets for a range without -g: {address}"
    headers = dict(text.split(": ", 1) for flag, text in options if flag == "-H")
    name, _, password = given.get("-u", "").partition(":")
    with client.stream(
        given.get("-X", "POST" if "-d" in given else "GET"),
        address.replace(_PRINTED, url),
        auth=(name, password) if "-u" in given else None,
        headers=headers,
        content=given.get("-d"),
    ) as response:
        yield response
