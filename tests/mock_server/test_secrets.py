"""Secrets in every place where a client can put them are in no place for reading; what is harmless stays readable."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

import httpx
import pytest

from mock_server import MockServer, SettingsError

BEARER = {"Authorization": "Bearer any"}
BASIC = {"Authorization": "Basic YWRtaW5AZXhhbXBsZS5jb206YWRtaW4="}
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
HEADERS = (
    "X-Vapi-Secret", "X-Api-Key", "Api-Key", "X-Auth-Token", "X-Access-Token", "X-Amz-Security-Token",
    "X-Goog-Api-Key", "Private-Token", "X-Password", "Client-Secret", "X-CSRF-Token", "Cookie", "Cookie2",
    "Set-Cookie", "X-Forwarded-Authorization", "Proxy-Authorization", "Referer", "X-Original-URL", "X-ss-id",
    "X-Mock-Token", "X-Signature", "X-Whatever", "Forwarded", "From",
)  # fmt: skip
HEADER_VALUES = {
    "Authorization": (
        "MARK",
        "MARK rest",
        "Custom MARK",
        "Bearer MARK",
        "basic MARK",
        "Digest username=MARK",
        "token MARK",
    ),
    "X-Mock-Fault": ("delay=0; id=MARK", "error=MARK", "drop; =MARK", "times=1;secret=MARK", "delay=0; id = MARK"),
    "Origin": ("http://user:MARK@localhost",),
    "User-Agent": ("client/1 token=MARK", "client (+http://a.example/?k=MARK)", "Authorization: Bearer MARK"),
    "X-Request-Id": ("password=MARK",),
}
QUERIES = (
    "token=MARK", "%74oken=MARK", "key=MARK", "auth=MARK", "code=MARK", "sig=MARK", "pwd=MARK", "jwt=MARK",
    "Authorization=MARK", "apiKey=MARK", "limit=1&access_token=MARK", "a=1;password=MARK",
    "limit=1;token=MARK", "name=https://user:MARK@here/", "name=https://here/?a=MARK", "name=Bearer+MARK",
    "customer[secret]=MARK", "assistantOverrides.server.secret=MARK", "metadata[apiKey]=MARK", "0=MARK", "[]=MARK",
    "continue=%2Fcallback%3Fx%3DMARK", "sessionId=MARK",
)  # fmt: skip
# Values of members, which are sent in JSON at several places; those after the first would be read from the pattern.
SECRET_MEMBERS: tuple[dict[str, Any], ...] = (
    {"secret": "MARK"}, {"secret": {"name": "MARK"}}, {"secret": ["MARK", {"url": "MARK"}]}, {"apiKeys": ["MARK"]},
    {"tokens": [{"id": "MARK"}]}, {"passphrase": "MARK"}, {"privateKey": "MARK"}, {"accessKeyId": "MARK"},
    {"bearer": "MARK"}, {"auth": "MARK"}, {"clientSecret": {"a": {"b": "MARK"}}}, {"credentials": [{"name": "MARK"}]},
    {"headers": {"X-Key": "MARK", "name": "MARK"}}, {"Password": "MARK"}, {"API_KEY": "MARK"}, {"jwt": ["MARK"]},
    {"url": "https://user:MARK@here.example/x?y=MARK#MARK"}, {"url": "https://MARK@["},
    {"url": "u:MARK@here"}, {"url": "https:/u:MARK@here"}, {"sipUri": "sip:a:MARK@b"},
    {"name": "token=MARK"},
    {"text": 'curl -H "Authorization: Bearer MARK"'}, {"signingKey": 'MARK'}, {"x-api-key": "MARK"},
)  # fmt: skip
UNKNOWN_MEMBERS: tuple[dict[str, Any], ...] = (
    {"whatever": "MARK"}, {"whatever": {"name": "MARK"}}, {"whatever": [["MARK"]]}, {"": "MARK"},
)  # fmt: skip
SERVER = {"url": "http://u:MARK@127.0.0.1:9/?k=MARK", "secret": "MARK", "headers": {"X-Key": "MARK"}, "extra": "MARK"}
BODIES = {
    "escaped name": (JSON, r'{"name":"A","sec\u0072et":"MARK"}'),
    "malformed": (JSON, '{"name":"A","secret":"MARK"'),
    "not an object": (JSON, '"MARK"'),
    "an array": (JSON, '["MARK",{"secret":"MARK"}]'),
    "two values": (JSON, '{"secret":"MARK"}{"secret":"MARK"}'),
    "a mark before": (JSON, '\ufeff {"secret":"MARK"}'),
    "too deep": (JSON, '{"secret":"MARK","a":' + "[" * 150 + "]" * 150 + "}"),
    "no type": ({}, '{"secret":"MARK"}'),
    "text": ({"Content-Type": "text/plain"}, "secret MARK"),
    "any type": ({"Content-Type": "application/octet-stream"}, "MARK"),
    "form": (FORM, "userName=a&password=MARK&whatever=MARK"),
    "form in capitals": ({"Content-Type": "Application/X-WWW-Form-Urlencoded; charset=utf-8"}, "password=MARK"),
    "form that is none": (FORM, "MARK"),
    "JSON called a form": (FORM, '{"password":"MARK"}'),
    "form called JSON": (JSON, "password=MARK"),
    "multipart": (
        {"Content-Type": "multipart/form-data; boundary=x"},
        '--x\r\nContent-Disposition: form-data; name="Password"\r\n\r\nMARK\r\n--x--\r\n',
    ),
    "XML": ({"Content-Type": "application/xml"}, "<Authenticate><Password>MARK</Password></Authenticate>"),
    "JSV": ({"Content-Type": "application/jsv"}, "{UserName:a,Password:MARK}"),
    "CSV": ({"Content-Type": "text/csv"}, "UserName,Password\na,MARK"),
}
HARMLESS_HEADERS = {
    "Accept": "application/json;v=KEPT", "User-Agent": "KEPT/1.0 (+http://a.example/bot)", "X-Request-Id": "KEPT",
    "X-Mock-World": "demo:KEPT", "Accept-Language": "en;q=KEPT", "X-Forwarded-For": "KEPT", "Origin": "http://KEPT.localhost",
}  # fmt: skip
HARMLESS_QUERIES = ("name=KEPT", "customer[name]=KEPT", "customerNumberAny=KEPT", "cursor=KEPT", "idAny[]=KEPT")
HARMLESS_MEMBERS: tuple[dict[str, Any], ...] = (
    {"name": "KEPT"}, {"messages": [{"role": "user", "content": "Reset the password, KEPT"}]},
    {"customer": {"number": "+14155550123", "name": "KEPT"}}, {"assistant": {"metadata": {"team": ["KEPT"]}}},
    {"assistantOverrides": {"variableValues": {"greeting": {"text": "KEPT"}}}},
    {"assistant": {"model": {"provider": "openai", "model": "KEPT", "temperature": 0.5}, "firstMessage": "KEPT"}},
    {"assistant": {"server": {"url": "https://hooks.example.com/KEPT", "timeoutSeconds": 5}}},
)  # fmt: skip


class Case(NamedTuple):
    """A request; its texts MARK and KEPT stand for texts of its own."""

    method: str
    path: str
    headers: dict[str, str]
    body: str = ""
    encoding: str = "utf-8"

    def send(self, client: httpx.Client, number: int) -> httpx.Response:
        mine = {"MARK": f"mark{number}qz", "KEPT": f"kept{number}qz"}

        def own(text: str) -> str:
            return re.sub("MARK|KEPT", lambda match: mine[match[0]], text)

        headers = {name: own(text) for name, text in self.headers.items()}
        path = own(self.path)
        return client.request(self.method, path, content=own(self.body).encode(self.encoding), headers=headers)


def cases() -> Iterator[Case]:
    """Every place with a secret, at both vendors."""
    lists = (("/session", BEARER), ("/ai/sessions", BASIC))
    for path, who in lists:
        yield from (Case("GET", path, {**who, name: "MARK"}) for name in HEADERS)
        yield from (Case("GET", path, {**who, name: text}) for name, texts in HEADER_VALUES.items() for text in texts)
        yield from (Case("GET", f"/ai/sessions?{query}", BASIC) for query in ("MARK", "MARK=", "Page=1&MARK"))
        for query in QUERIES:
            if query != "sessionId=MARK" or who is BEARER:  # a member of Evo Voice's requests, the id of a session
                yield Case("GET", f"{path}?{query}", who)
    yield from (Case("GET", f"/auth/credentials?{query}", {}) for query in (*QUERIES[:12], "UserName=a&Password=MARK"))
    yield from (Case("GET", f"/session/x/y?{query}", BEARER) for query in QUERIES[:12])
    for path, who in (*lists, ("/auth/credentials", {}), ("/session/x/y", BEARER)):
        for encoding in ("utf-8", "utf-16"):
            yield from (Case("POST", path, {**who, **kind}, body, encoding) for kind, body in BODIES.values())
    for members in (*SECRET_MEMBERS, *UNKNOWN_MEMBERS):
        for body in (
            members,
            {"assistant": members},
            {"messages": [members]},
            {"customer": {"assistantOverrides": members}},
        ):
            yield Case("POST", "/session", {**BEARER, **JSON}, json.dumps(body))
        yield Case("POST", "/ai/sessions", {**BASIC, **JSON}, json.dumps(members | {"purpose": "x"}))
    for members in SECRET_MEMBERS:
        yield Case("POST", "/session", {**BEARER, **JSON}, json.dumps({"assistant": {"metadata": {"deep": [members]}}}))
    yield Case("POST", "/session", {**BEARER, **JSON}, json.dumps({"assistant": {"name": "A", "server": SERVER}}))


def harmless_cases() -> Iterator[Case]:
    """Places with texts that stay readable."""
    yield from (Case("GET", "/session/x", {**BEARER, name: text}) for name, text in HARMLESS_HEADERS.items())
    yield from (Case("GET", f"/session?{query}", BEARER) for query in HARMLESS_QUERIES)
    yield Case("GET", "/session/KEPT", BEARER)
    yield from (Case("POST", "/session", {**BEARER, **JSON}, json.dumps(members)) for members in HARMLESS_MEMBERS)
    yield Case("POST", "/ai/sessions", {**BASIC, **JSON}, '{"purpose":"KEPT"}')
    yield Case("POST", "/ai/sessions", {**BASIC, **FORM}, "Purpose=KEPT+and+more")
    yield Case("POST", "/auth/credentials", JSON, '{"userName":"KEPT","password":"MARK"}')


SECRET, HARMLESS = list(cases()), list(harmless_cases())


@pytest.fixture(scope="module")
def places() -> dict[str, str]:
    """What can be read after all requests, by the place where it is read."""
    found: dict[str, str] = {"errors": ""}
    written = io.StringIO()
    settings = {
        "webhook": "http://hook:mark9001qz@127.0.0.1:9/?k=mark9001qz", "webhook_secret": "mark9002qz",
        "webhook_token": "mark9003qz", "webhook_all": True, "quiet": False, "journal": 5000,
        "admin_token": "mark9004qz",
    }  # fmt: skip
    with redirect_stderr(written), MockServer(sessions=3, **settings) as server, server.client() as client:
        client.post("/_mock/snapshots", json={"label": "before"}, headers={"X-Mock-Token": "mark9004qz"})
        for number, case in enumerate([*SECRET, *HARMLESS]):
            response = case.send(client, number)
            if response.status_code >= 400 and case in SECRET:
                found["errors"] += response.text
        client.headers["X-Mock-Token"] = "mark9004qz"
        found |= read_all(client)
    found["access log"] = written.getvalue()
    return {place: unquote_plus(text.replace("\\u0000", "")) for place, text in found.items()}


def read_all(client: httpx.Client) -> dict[str, str]:
    """Return the text of each place for reading."""
    paths = (
        "requests?limit=1000", "requests/wait?timeout=0", "events/list?limit=1000", "events/wait",
        "deliveries?limit=1000", "deliveries/1", "snapshots/before/diff", "faults",
    )  # fmt: skip
    found = {path: client.get(f"/_mock/{path}").text for path in paths}
    copies = client.get("/_mock/worlds").json()["copies"]
    for copy in copies:
        world = {"X-Mock-World": f"demo:{copy['id']}"}
        found[f"requests of {copy['id']}"] = client.get("/_mock/requests", headers=world).text
    for body in ({"secret": "x"}, {"name": "x"}, {"assistant": {"server": {"secret": "x"}}}):
        wanted = {"request": {"method": "POST", "path": "/session", "body": body}, "exactly": 0}
        found[f"expect {body}"] = client.post("/_mock/requests/expect", json=wanted).text
    last = client.get("/_mock/events/list?limit=1").json()["events"][0]["number"]
    with client.stream("GET", "/_mock/events?since=0") as stream:
        lines = iter(stream.iter_lines())
        found["stream"] = "\n".join(line for line in until(lines, f"id: {last}"))
    return found


def until(lines: Iterator[str], last: str) -> Iterator[str]:
    """Yield the lines up to the data of the last event."""
    for line in lines:
        yield line
        if line == last:
            yield from (next(lines), next(lines))
            return


def test_no_place_for_reading_shows_a_secret(places: dict[str, str]) -> None:
    found = {place: sorted(set(re.findall(r"mark(\d+)qz", text)), key=int) for place, text in places.items()}

    shown = {
        place: [SECRET[int(number)] for number in numbers if int(number) < len(SECRET)]
        for place, numbers in found.items()
    }
    assert {place: cases for place, cases in shown.items() if cases} == {}
    assert {place: numbers for place, numbers in found.items() if numbers} == {}


def test_all_places_were_read(places: dict[str, str]) -> None:
    for place in ("requests?limit=1000", "requests/wait?timeout=0", "events/list?limit=1000", "events/wait", "stream",
                  "deliveries?limit=1000", "deliveries/1", "snapshots/before/diff"):  # fmt: skip
        assert "***" in places[place] or "session.created" in places[place], place
    assert places["access log"].count("\n") > len(SECRET)
    assert "mark" not in places["errors"]
    assert len(places["errors"]) > 10_000


@pytest.mark.parametrize(
    "number", range(len(SECRET), len(SECRET) + len(HARMLESS)), ids=lambda n: str(HARMLESS[n - len(SECRET)])[:60]
)
def test_what_is_harmless_stays_readable(places: dict[str, str], number: int) -> None:
    journals = "".join(text for place, text in places.items() if place.startswith("requests"))

    assert f"kept{number}qz" in journals


def test_documents_of_a_world_are_masked_in_its_events_and_differences() -> None:
    world, secret = {"X-Mock-World": "mine"}, {"metadata": {"apiKey": "MARK"}, "whatever": "MARK"}
    with MockServer(sessions=0) as server, server.client(headers={**BEARER, **world}) as client:
        one = server.control("GET", "/worlds/one")["collections"]
        (row,) = one["vapi.sessions"]
        documents = [
            row
            | {
                "assistant": {"server": SERVER, "name": "KEPT", "serverMessages": ["session.updated"]},
                "phoneNumber": secret,
                "whatever": "MARK",
            }
        ]
        server.control("PUT", "/worlds/mine", {"collections": {**one, "vapi.sessions": documents}})
        client.post("/_mock/snapshots", json={"label": "a"})
        message = {"role": "user", "content": "KEPT too", **secret}
        client.patch(f"/session/{row['id']}", json={"messages": [message]}).raise_for_status()
        paths = ("snapshots/a/diff", "events/list", "requests", "deliveries")
        shown = {path: client.get(f"/_mock/{path}").text for path in paths}
        client.delete(f"/session/{row['id']}").raise_for_status()
        removed = client.get("/_mock/snapshots/a/diff").text
        stored = client.get("/_mock/worlds/mine").text

    assert [path for path, text in {**shown, "removed": removed}.items() if "MARK" in text] == []
    assert [path for path, text in shown.items() if "KEPT too" not in text] == []
    assert "KEPT" in removed
    assert "MARK" in stored  # what sending needs, for the owner alone


@pytest.mark.parametrize(
    "values",
    [{"webhook": "ftp://user:s3cret@here/?k=s3cret"}, {"webhook_secret": "s3cret "}, {"api_key": ["s3cret a"]}],
)
def test_an_error_about_a_setting_shows_no_secret(values: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        MockServer(**values)

    assert "s3cret" not in str(caught.value)


def test_seeded_documents_are_shown_whole_but_for_the_placeholder_of_a_secret() -> None:
    with MockServer(sessions=60) as server:
        rows = server.control("GET", "/state")["collections"]
        redactor = server.app.extensions["mock_server.redactor"]

    shown = {name: [redactor.document_names(name).of_value(row) for row in found] for name, found in rows.items()}

    assert all(rows.values())
    expected = json.dumps(rows).replace('"twilioAuthToken": "mock-secret-not-stored"', '"twilioAuthToken": "***"')
    assert json.dumps(shown) == expected
