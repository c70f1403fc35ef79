"""The memory and the threads of a server whose clients send the most that each bound lets them keep."""

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path

import httpx
import pytest

from mock_server.core import bounds
from tests.mock_server.conftest import Served
from tests.patience import PATIENCE

TOKEN = {"Authorization": "Bearer any"}
LARGE = "x" * 900_000
LONG = "y" * 30_000  # in a query or a header
THREADS = 100


def message(text: str) -> dict[str, object]:
    return {"role": "user", "message": text, "time": 1, "endTime": 2, "secondsFromStart": 1}


class Client:
    """A client that sends the most."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, headers=TOKEN, timeout=PATIENCE)
        self._number = count()

    def close(self) -> None:
        self._http.close()

    def send(self, method: str, path: str, world: str = "", json: object = None, **headers: str) -> int:
        named = {"X-Mock-World": world} if world else {}
        return self._http.request(method, path, json=json, headers={**headers, **named}).status_code

    def unique(self) -> str:
        return f"{next(self._number):09}"

    # What fills one bound each; each ends by itself

    def documents(self, world: str = "", number: int = 200) -> None:
        for _ in range(number):
            body = {"messages": [message(LARGE)]}
            if self.send("POST", "/session", world, body) == 507:
                return

    def small_documents(self) -> None:
        """Many sessions with as many different values in indexes."""
        for _ in range(3_000):
            name = self.unique()
            self.send("POST", "/session", "", {"name": name, "customer": {"name": name, "externalId": name}})

    def events(self, world: str = "", number: int = 80) -> None:
        named = {"X-Mock-World": world} if world else {}
        (session,) = self._http.get("/session?limit=1", headers=named).json()["results"]
        for _ in range(number):
            body = {"messages": [message(self.unique() + LARGE)]}
            self.send("PATCH", f"/session/{session['id']}", world, body)

    def journal(self, world: str = "", number: int = 1_200) -> None:
        for _ in range(number):
            self.send("GET", "/session?limit=1", world, None, **{"X-Long": self.unique() + LONG})

    def queries(self) -> None:
        for path in ("/session?limit=1&name=", "/session/export?limit=1&name=", "/ai/sessions?CountPerPage=1&Purpose="):
            for _ in range(1_500):
                self.send("GET", path + self.unique() + LONG)
            for _ in range(4_500):
                self.send("GET", path + self.unique() + "z" * 1_900)

    def fault_counts(self) -> None:
        for _ in range(2_000):
            self.send("GET", "/session?limit=1", **{"X-Mock-Fault": f"error=429; times=0; id={self.unique()}{LONG}"})

    def callers(self) -> None:
        rule = {"act": {"limit": {"requests": 1, "seconds": 60}}}
        self.send("PUT", "/_mock/faults", "", {"rules": [rule]})
        for _ in range(2_000):
            self.send("GET", "/session?limit=1", **{"Authorization": f"Bearer {self.unique()}{LONG}"})
        self.send("DELETE", "/_mock/faults", "", {})

    def names(self) -> None:
        for _ in range(1_500):
            self.send("GET", "/session?limit=1", **{f"X-{self.unique()}{LONG}": "1"})

    def paths(self) -> None:
        for _ in range(1_500):
            self.send("GET", f"/ai/{self.unique()}{LONG}")

    def defined_worlds(self) -> None:
        row = self._http.get("/_mock/worlds/one").json()["collections"]["vapi.sessions"][0]
        for number in range(120):
            rows = [{**row, "messages": [message(LARGE)]}]
            self.send("PUT", f"/_mock/worlds/own{number}", "", {"collections": {"vapi.sessions": rows}})

    def large_worlds(self) -> None:
        row = self._http.get("/_mock/worlds/one").json()["collections"]["vapi.sessions"][0]
        rows = [{**row, "id": f"{number:032}"} for number in range(16_000)]
        body = json.dumps({"collections": {"vapi.sessions": rows}})[: 24 << 20].encode()
        for _ in range(3):
            headers = {"Content-Type": "application/json"}
            self._http.put("/_mock/worlds/large", content=body, headers=headers)
        self.send("GET", "/_mock/worlds/large")

    def originals(self) -> None:
        for day in range(1, 7):
            self.send("PUT", f"/_mock/worlds/10k/d{day}", "", {"clock": f"2026-01-{day:02}T00:00:00Z"})

    def copies(self) -> None:
        for number in range(25):
            self.documents(f"ties:d{number}", 3)
            self.events(f"ties:d{number}", 3)
            self.journal(f"ties:d{number}", 30)
        for number in range(300):
            self.send("POST", "/session", f"ties:c{number}", {})

    def snapshots(self) -> None:
        for world in ("", "10k:snap"):
            for _ in range(110):
                self.send("POST", "/_mock/snapshots", world, {"label": self.unique()})
                self.send("POST", "/session", world, {"name": self.unique()})

    def deliveries(self) -> None:
        self.send("PUT", "/_mock/deliveries/mode", "", {"reorder": 1000})
        server = {"url": "http://127.0.0.1:9/h", "timeoutSeconds": 1}
        assistant = {"serverMessages": ["session.created"], "server": server, "firstMessage": LARGE}
        for _ in range(60):
            self.send("POST", "/session", "ties:hooks", {"assistant": assistant})

    def patterns(self) -> None:
        for _ in range(300):
            self.send("GET", f"/_mock/requests/count?path=*{self.unique()}{'*?' * 490}")

    def whole_worlds(self) -> None:
        for path in (
            "/_mock/state",
            "/_mock/events/list?limit=1000",
            "/_mock/requests?limit=1000",
            "/_mock/deliveries",
        ):
            self.send("GET", path)


FILLERS: tuple[Callable[[Client], None], ...] = (
    Client.small_documents, Client.documents, Client.events, Client.journal, Client.queries, Client.fault_counts,
    Client.callers, Client.names, Client.paths, Client.defined_worlds, Client.large_worlds, Client.originals,
    Client.snapshots, Client.copies, Client.deliveries, Client.patterns, Client.whole_worlds,
)  # fmt: skip


def resident(process: int, line: str = "VmRSS") -> int:
    """Return the resident memory of a process in bytes."""
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(each.split()[1]) * 1024 for each in status.splitlines() if each.startswith(line + ":"))


def threads(process: int) -> int:
    return sum(1 for _ in Path(f"/proc/{process}/task").iterdir())


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_memory_stays_below_the_ceiling_whatever_clients_send(launch: Callable[..., Served]) -> None:
    served = launch("--port", 0)
    client, process = Client(served.url), served.process.pid
    try:
        for fill in FILLERS:
            fill(client)
            print(f"{fill.__name__:20} {resident(process) / 1e6:7.0f} MB {threads(process):4} threads", flush=True)
    finally:
        client.close()
    print(f"peak {resident(process, 'VmHWM') / 1e6:.0f} MB")

    assert resident(process, "VmHWM") < bounds.CEILING
    assert threads(process) < THREADS
