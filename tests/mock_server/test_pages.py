"""Lists that are asked for again and again show each change at once."""

import base64

import httpx
import pytest

from mock_server import Settings, create_app

ADMIN = "Basic " + base64.b64encode(b"admin@example.com:admin").decode()


@pytest.fixture
def client() -> httpx.Client:
    transport = httpx.WSGITransport(create_app(Settings(sessions=3)))
    return httpx.Client(transport=transport, base_url="http://mock", headers={"Authorization": "Bearer any"})


def test_vapi_s_list(client: httpx.Client) -> None:
    before = [client.get("/session").json() for _ in range(4)]
    made = client.post("/session", json={"name": "New"}).json()

    assert before[1:] == before[:-1]
    assert [client.get("/session").json()["results"] for _ in range(4)] == [[made, *before[0]["results"]]] * 4


def test_evo_voice_s_list_in_two_formats(client: httpx.Client) -> None:
    client.headers["Authorization"] = ADMIN
    forms = ["/ai/sessions", "/ai/sessions.csv", "/ai/sessions.csv", "/ai/sessions", "/ai/sessions"]
    before = [client.get(form).text for form in forms]
    made = client.post("/ai/sessions", json={"purpose": "New"}).json()

    after = [client.get(form).text for form in forms]
    assert before == [before[0], before[1], before[1], before[0], before[0]]
    assert after == [after[0], after[1], after[1], after[0], after[0]]
    assert all(made["id"] in text for text in after)
