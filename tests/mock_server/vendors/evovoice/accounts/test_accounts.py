"""Which accounts a user sees (FACTS.md E4)."""

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.mock_server.vendors.evovoice.callers import (
    AGENT,
)


def test_an_agent_sees_only_its_own_accounts(seeded: FlaskClient) -> None:
    def as_agent(path: str) -> TestResponse:
        return seeded.get(path, headers={"Authorization": AGENT})

    own = as_agent("/auth/status").json["accountIds"]
    every = seeded.get("/auth/status").json["accountIds"]

    assert 0 < len(own) < len(every)
    listed = as_agent("/accounts?all=true").json
    assert sorted(row["id"] for row in listed["items"]) == sorted(own)
    assert listed["totalCount"] == len(own)
    assert as_agent(f"/accounts/{own[0]}").status_code == 200
    stranger = as_agent(f"/accounts/{next(key for key in every if key not in own)}")
    assert (stranger.status_code, stranger.json["responseStatus"]["errorCode"]) == (403, "Forbidden")
    assert as_agent("/accounts/none").status_code == 404
