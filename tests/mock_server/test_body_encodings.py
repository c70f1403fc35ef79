"""Compressed bodies are refused by name, and a byte order mark is ignored: both vendors, control API, files."""

import base64
import gzip
import json
import zlib
from codecs import BOM_UTF8, BOM_UTF16_LE
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mock_server import MockServer, Settings, create_app

ADMIN = base64.b64encode(b"admin@example.com:admin").decode()
HEADERS = {
    "/session": {"Authorization": "Bearer any"},
    "/ai/sessions": {"Authorization": f"Basic {ADMIN}", "Accept": "application/json"},
    "/_mock/clock": {},
}
BODIES = {
    "/session": b'{"name":"New"}', "/ai/sessions": b'{"purpose":"New"}', "/_mock/clock": b'{"advance":1}',
}  # fmt: skip
PATHS = list(BODIES)
WORLD = Path(__file__).parents[2] / "fixtures" / "worlds" / "one.json"


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    """A client of an emulator without sessions."""
    app = create_app(Settings(sessions=0, clock="2026-01-31T09:00:00Z"))
    yield app.test_client()
    app.extensions["mock_server"].close()


def send(client: FlaskClient, path: str, body: bytes, **headers: str) -> TestResponse:
    method = "PUT" if path.startswith("/_mock") else "POST"
    given = {"Content-Type": "application/json", **HEADERS[path], **headers}
    return client.open(path, method=method, data=body, headers=given)


def message(response: TestResponse) -> str:
    body = response.json
    return str(body["responseStatus"]["message"] if "responseStatus" in body else body["message"])


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("coding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), *((each, bytes) for each in ("br", "zstd", "gzip, br", "x"))],
)
def test_a_compressed_body_is_refused_by_its_coding(client: FlaskClient, path: str, coding: str, pack: Any) -> None:
    response = send(client, path, pack(BODIES[path]), **{"Content-Encoding": coding.upper()})

    assert response.status_code == 415
    assert message(response) == f"Content-Encoding '{coding}' is not supported; send the body uncompressed"
    assert client.get("/_mock/health").json["sessions"] == {"vapi": 0, "evovoice": 0}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("coding", ["identity", "Identity", ""])
def test_a_body_that_is_not_compressed_is_taken(client: FlaskClient, path: str, coding: str) -> None:
    assert send(client, path, BODIES[path], **{"Content-Encoding": coding}).status_code in (200, 201)


def test_a_coding_without_a_body_changes_nothing(client: FlaskClient) -> None:
    coded = {**HEADERS["/session"], "Content-Encoding": "gzip"}

    assert client.get("/session", headers=coded).status_code == 200
    assert client.post("/session", headers=coded).status_code == 201


@pytest.mark.parametrize("path", PATHS)
def test_a_compressed_body_is_refused_over_a_socket(path: str) -> None:
    with MockServer(sessions=0) as server, httpx.Client(base_url=server.url) as client:
        method = "PUT" if path.startswith("/_mock") else "POST"
        given = {"Content-Type": "application/json", "Content-Encoding": "gzip", **HEADERS[path]}
        response = client.request(method, path, content=gzip.compress(BODIES[path]), headers=given)

        assert (response.status_code, "'gzip'" in response.text) == (415, True)


@pytest.mark.parametrize("path", PATHS)
def test_a_byte_order_mark_before_json_is_ignored(client: FlaskClient, path: str) -> None:
    assert send(client, path, BOM_UTF8 + BODIES[path]).status_code in (200, 201)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", [b" " + BOM_UTF8 + b"{}", BOM_UTF16_LE + b"{}"])
def test_other_marks_are_not(client: FlaskClient, path: str, body: bytes) -> None:
    assert send(client, path, body).status_code == 400


def test_a_byte_order_mark_hides_no_secret_from_the_journal(client: FlaskClient) -> None:
    body = {"assistant": {"serverUrlSecret": "s3cret"}}
    send(client, "/session", BOM_UTF8 + json.dumps(body).encode())

    kept = client.get("/_mock/requests")

    assert kept.json["requests"][0]["body"] == {"assistant": {"serverUrlSecret": "***"}}
    assert "s3cret" not in kept.text


def test_a_file_to_load_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    marked = tmp_path / "one.json"
    marked.write_bytes(BOM_UTF8 + WORLD.read_bytes())

    with MockServer(load=marked) as server:
        assert httpx.get(f"{server.url}/_mock/health").json()["sessions"] == {"vapi": 1, "evovoice": 1}


def test_a_file_of_faults_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    marked = tmp_path / "faults.json"
    marked.write_bytes(BOM_UTF8 + b'{"rules": [{"act": {"error": "500"}}]}')

    assert [rule.act.error for rule in Settings(faults=marked).rules()] == ["500"]


@pytest.mark.parametrize("rewrite", [bytes, lambda text: json.dumps(json.loads(text), indent=1).encode()])
def test_a_database_file_may_begin_with_a_byte_order_mark(tmp_path: Path, rewrite: Any) -> None:
    file = tmp_path / "sessions.json"
    with MockServer(db=file, sessions=3):
        pass
    file.write_bytes(BOM_UTF8 + rewrite(file.read_bytes()))

    with MockServer(db=file) as server:
        assert httpx.get(f"{server.url}/_mock/health").json()["sessions"] == {"vapi": 3, "evovoice": 3}
