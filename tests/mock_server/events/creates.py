"""A client that makes sessions, in a module that imports little, since tests start several processes of it."""

import httpx

_TOKEN = {"Authorization": "Bearer any"}


def create(url: str, number: int) -> None:
    """Make sessions until the server is gone; the ids that were acknowledged go to the standard output."""
    with httpx.Client(base_url=url, headers=_TOKEN) as client:
        for _ in range(number):
            try:
                made = client.post("/session", json={"name": "Load"}).json()["id"]
            except (httpx.TransportError, ValueError):
                return
            print(made, flush=True)
