"""Bodies in the framework's other formats: what is read, what is refused, and that secrets stay hidden."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from mock_server.core.problems import Problem
from mock_server.core.vendor import Request
from mock_server.vendors.evovoice.binding import bind
from mock_server.vendors.evovoice.contract import BOOLEAN, TEXT, TEXT_LIST, WHOLE, Contract

AI = "http://schemas.datacontract.org/2004/07/Voice.Api.AI"
ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
NIL = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"'
BASE = Contract("Base", {"Page": WHOLE, "All": BOOLEAN}, "urn:base")
SAMPLE = Contract("Sample", {"Name": TEXT, "Ids": TEXT_LIST}, "urn:sample", BASE)


def body(sent: str | bytes, media_type: str) -> dict[str, Any]:
    raw = sent if isinstance(sent, bytes) else sent.encode()
    headers = {"content-type": media_type}
    return bind(Request("POST", "/", headers=headers, body=raw), SAMPLE)


def xml(inner: str) -> str:
    return f'<Sample xmlns="urn:sample" xmlns:b="urn:base" xmlns:a="{ARRAYS}">{inner}</Sample>'


def parts(*fields: tuple[str, str], end: str = "--x--\r\n") -> str:
    """Return a multipart body. Each field is the rest of its Content-Disposition and its text."""
    shown = (f"--x\r\nContent-Disposition: form-data{rest}\r\n\r\n{text}\r\n" for rest, text in fields)
    return "".join(shown) + end


@pytest.mark.parametrize("media_type", ["application/jsv", "text/jsv", "Application/JSV; charset=utf-8"])
@pytest.mark.parametrize(
    ("text", "values"),
    [
        pytest.param("{Name:x,Page:2}", {"Name": "x", "Page": 2}, id="plain"),
        pytest.param("{NAME:x,page:2}", {"Name": "x", "Page": 2}, id="any-case"),
        pytest.param("{Name: a b }", {"Name": " a b "}, id="spaces-count"),
        pytest.param('{Name:"a,b:{c}""d"""}', {"Name": 'a,b:{c}"d"'}, id="quotes"),
        pytest.param("{Name:http://x/y}", {"Name": "http://x/y"}, id="a-colon-in-a-value"),
        pytest.param("{Name:,Page:1}", {"Page": 1}, id="nothing-is-null"),
        pytest.param('{Name:""}', {"Name": ""}, id="empty-text"),
        pytest.param("{Name:null}", {"Name": "null"}, id="null-is-a-text"),
        pytest.param("{Ids:[a,b]}", {"Ids": ("a", "b")}, id="list"),
        pytest.param('{Ids:["a,]",b],Name:x}', {"Ids": ("a,]", "b"), "Name": "x"}, id="list-with-quotes"),
        pytest.param("{Bogus:{a:{b:[1,2]}},Name:x}", {"Name": "x"}, id="unknown-objects"),
        pytest.param('{"Name":"x"}', {"Name": "x"}, id="quoted-name"),
        pytest.param("{All:True}", {"All": True}, id="boolean"),
        pytest.param('{Name:"a\nb"}', {"Name": "a\nb"}, id="line-break"),
        pytest.param("{Name:ü😀}", {"Name": "ü😀"}, id="beyond-ascii"),
        pytest.param("\ufeff{Name:x}", {"Name": "x"}, id="byte-order-mark"),
        pytest.param("{}", {}, id="nothing"),
    ],
)
def test_jsv(media_type: str, text: str, values: dict[str, Any]) -> None:
    assert body(text, media_type) == values


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
@pytest.mark.parametrize(
    ("text", "values"),
    [
        pytest.param("Name,Page\nx,2", {"Name": "x", "Page": 2}, id="plain"),
        pytest.param("NAME, page \nx,2", {"Name": "x", "Page": 2}, id="any-case-and-trimmed-names"),
        pytest.param("Name\n a ", {"Name": " a "}, id="values-are-not-trimmed"),
        pytest.param('Name,Page\n"a,""b""\r\nc",2', {"Name": 'a,"b"\r\nc', "Page": 2}, id="quotes"),
        pytest.param("Name,Page\n,2", {"Page": 2}, id="an-empty-cell-is-null"),
        pytest.param('Name\n""', {"Name": ""}, id="empty-text"),
        pytest.param('Ids\n"[a,b]"', {"Ids": ("a", "b")}, id="list"),
        pytest.param('Ids\n"[""a,b"",c]"', {"Ids": ("a,b", "c")}, id="list-with-quotes"),
        pytest.param("Name,Page,Bogus\nx", {"Name": "x"}, id="fewer-values"),
        pytest.param("Name\nx\ny", {"Name": "x"}, id="the-first-row-counts"),
        pytest.param("\n\nName\n\nx", {"Name": "x"}, id="empty-lines"),
        pytest.param("Name", {}, id="no-row"),
    ],
)
def test_csv(text: str, values: dict[str, Any], end: str) -> None:
    assert body(text + end, "text/csv") == values


@pytest.mark.parametrize("media_type", ["application/xml", "text/xml; charset=utf-8"])
@pytest.mark.parametrize(
    ("inner", "values"),
    [
        pytest.param("<Name>x</Name>", {"Name": "x"}, id="text"),
        pytest.param("<Name> a\nb </Name>", {"Name": " a\nb "}, id="spaces-count"),
        pytest.param("<Name>&lt;a&gt;&amp;&#x20AC;</Name>", {"Name": "<a>&€"}, id="references"),
        pytest.param("<Name><![CDATA[<a>]]><!-- no -->b</Name>", {"Name": "<a>b"}, id="cdata-and-comment"),
        pytest.param("<Name/>", {"Name": ""}, id="empty-text"),
        pytest.param(f"<Name {NIL}/>", {}, id="null"),
        pytest.param("<b:All>true</b:All><b:Page> 2\n</b:Page><Name>x</Name>", {"All": True, "Page": 2, "Name": "x"},
                     id="base-first"),
        pytest.param("<Name>x</Name><Ids><a:string>a</a:string></Ids>", {"Name": "x"}, id="out-of-order"),
        pytest.param("<Name>x</Name><Name>y</Name>", {"Name": "x"}, id="twice"),
        pytest.param("<b:Name>x</b:Name><name>x</name>", {}, id="other-namespace-or-case"),
        pytest.param("<Bogus><x><y/></x></Bogus><Name>x</Name>", {"Name": "x"}, id="unknown"),
        pytest.param(f"<Ids><a:string>a,b</a:string><a:string {NIL}/><a:string/></Ids>", {"Ids": ("a,b", None, "")},
                     id="list"),
        pytest.param("<Ids/>", {}, id="empty-list"),
        pytest.param(f"<Ids {NIL}/>", {}, id="null-list"),
        pytest.param("", {}, id="nothing"),
    ],
)  # fmt: skip
def test_xml(inner: str, values: dict[str, Any], media_type: str) -> None:
    assert body(xml(inner), media_type) == values


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_xml_in_each_encoding(encoding: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'

    assert body((declaration + xml("<Name>ü😀</Name>")).encode(encoding), "application/xml") == {"Name": "ü😀"}


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        pytest.param([('; name="Name"', "x"), ('; name="Page"', "2")], {"Name": "x", "Page": 2}, id="plain"),
        pytest.param([("; name=NAME", " ü😀\r\nb ")], {"Name": " ü😀\r\nb "}, id="any-case-and-raw"),
        pytest.param([('; name="Ids"', "a"), ('; name="ids"', "b,c")], {"Ids": ("a", "b", "c")}, id="repeated"),
        pytest.param([('; name="Name"', "")], {}, id="empty-is-skipped"),
        pytest.param([('; name="Name"; filename="a.txt"', "x"), ('; name="Page"', "1")], {"Page": 1}, id="file"),
        pytest.param([("", "x"), ('; name="Page"', "1")], {"Page": 1}, id="without-a-name"),
        pytest.param([], {}, id="nothing"),
    ],
)
def test_multipart_forms(fields: list[tuple[str, str]], values: dict[str, Any]) -> None:
    assert body(parts(*fields), "multipart/form-data; boundary=x") == values


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>' + xml("<Name>&b;</Name>")
MALFORMED = [
    ("application/jsv", "Name:x", "must be a JSV object"),
    ("application/jsv", " {Name:x}", "must be a JSV object"),
    ("application/jsv", "{Name:x", "closing brace"),
    ("application/jsv", "{Name:x}\n", "closing brace at the end"),
    ("application/jsv", "{Name", "a name and a colon"),
    ("application/jsv", "{", "a name and a colon"),
    ("application/jsv", "{Name:x,}", "a name and a colon"),
    ("application/jsv", '{Name:"x}', "not closed"),
    ("application/jsv", '{Name:"x"y}', "closing brace"),
    ("application/jsv", "{Ids:[a", "not closed"),
    ("application/jsv", "{Ids:" + "[" * 200_000, "not closed"),
    ("text/csv", "Name\nx,y", "2 values for 1 names"),
    ("text/csv", 'Name\n"x', "not closed"),
    ("application/xml", " ", "no element found"),
    ("application/xml", "{}", "not well-formed"),
    ("application/xml", xml("<Name>x"), "mismatched tag"),
    ("application/xml", xml("<Name><x/></Name>"), "contains other elements"),
    ("application/xml", xml("&nbsp;"), "undefined entity"),
    ("application/xml", "<Sample/>", "Expecting element 'Sample' from namespace 'urn:sample'"),
    ("application/xml", '<Other xmlns="urn:sample"/>', "Encountered 'Other' from namespace 'urn:sample'"),
    ("application/xml", BOMB, "a document type is not allowed"),
    ("application/xml", '<!DOCTYPE x SYSTEM "file:///etc/passwd">' + xml(""), "a document type is not allowed"),
    ("application/xml", xml("<x>" * 100_000), "nested more than 100 levels deep"),
    ("application/xml", '<?xml version="1.0" encoding="koi8-r"?>' + xml(""), "encoding 'koi8-r' is not supported"),
    ("application/xml", '<?xml version="1.0" encoding="base64"?>' + xml(""), "encoding 'base64' is not supported"),
    ("multipart/form-data", parts(), "no boundary"),
    ('multipart/form-data; boundary="\xe9"', parts(), "no boundary"),
    ("multipart/form-data; boundary=x", "x", "Invalid form-data"),
    ("multipart/form-data; boundary=x", parts(('; name="Name"', "x"), end="--x"), "Invalid form-data"),
    ("multipart/form-data; boundary=x", parts(*[("; name=a", "")] * 1025), "more than 1024 parts"),
]  # fmt: skip


@pytest.mark.parametrize(("media_type", "text", "why"), MALFORMED, ids=range(len(MALFORMED)))
def test_malformed_bodies(media_type: str, text: str, why: str) -> None:
    with pytest.raises(Problem) as refused:
        body(text, media_type)

    start = f"Could not deserialize '{media_type.partition(';')[0]}' request using Sample'\nError: "
    assert refused.value.detail.startswith(start)
    assert why in refused.value.detail


# Through the whole emulator

CREATIONS = [
    ("application/json", '{"accountId":"a1","purpose":"Say \\"hi\\", ok"}'),
    ("text/jsonl", '{"accountId":"a1","purpose":"Say \\"hi\\", ok"}\n'),
    ("application/jsv", '{AccountId:a1,Purpose:"Say ""hi"", ok"}'),
    ("text/csv", 'AccountId,Purpose\r\na1,"Say ""hi"", ok"\r\n'),
    (
        "application/xml",
        f'<NewAISession xmlns="{AI}"><AccountId>a1</AccountId><Purpose>Say "hi", ok</Purpose></NewAISession>',
    ),
    ("application/x-www-form-urlencoded", "AccountId=a1&Purpose=Say+%22hi%22%2C+ok"),
    (
        "multipart/form-data; boundary=x",
        parts(('; name="AccountId"', "a1"), ('; name="Purpose"', 'Say "hi", ok')),
    ),
]


@pytest.mark.parametrize(("media_type", "text"), CREATIONS, ids=[kind for kind, _ in CREATIONS])
def test_a_session_is_created_by_a_body_of_each_format(client: FlaskClient, media_type: str, text: str) -> None:
    made = client.post("/ai/sessions", data=text, content_type=media_type)

    assert (made.status_code, made.json["accountId"], made.json["purpose"]) == (200, "a1", 'Say "hi", ok')


def test_a_list_is_requested_by_a_body_of_each_format(
    create: Callable[..., dict[str, Any]], client: FlaskClient
) -> None:
    first, second, _ = (create(purpose=text)["id"] for text in "abc")
    items = (
        f'<b:SpecificIds xmlns:a="{ARRAYS}"><a:string>{first}</a:string><a:string>{second}</a:string></b:SpecificIds>'
    )
    base = AI.removesuffix(".AI")
    bodies = {
        "application/jsv": f"{{SpecificIds:[{first},{second}],CountPerPage:1}}",
        "text/csv": f'CountPerPage,SpecificIds\n1,"[{first},{second}]"',
        "application/xml": f'<ListAISessions xmlns="{AI}" xmlns:b="{base}"><b:CountPerPage>1</b:CountPerPage>{items}'
        "</ListAISessions>",
        "multipart/form-data; boundary=x": parts(
            ("; name=SpecificIds", f"{first},{second}"), ("; name=countPerPage", "1")
        ),
    }

    pages = [client.post("/json/reply/ListAISessions", data=text, content_type=kind) for kind, text in bodies.items()]

    assert [(page.json["totalCount"], page.json["totalPages"]) for page in pages] == [(2, 2)] * 4


def test_fields_that_cannot_be_read_are_listed(client: FlaskClient) -> None:
    refused = client.post("/json/reply/ListAISessions", data="{Page:x,All:maybe}", content_type="application/jsv")

    assert refused.status_code == 400
    assert [each["fieldName"] for each in refused.json["responseStatus"]["errors"]] == ["Page", "All"]


FRAMEWORK = "http://schemas.servicestack.net/types"
SIGN_INS = [
    ("application/jsv", "{UserName:admin@example.com,Password:hunter2}"),
    ("text/csv", "UserName,Password\nadmin@example.com,hunter2"),
    (
        "application/xml",
        f'<Authenticate xmlns="{FRAMEWORK}"><UserName>admin@example.com</UserName><Password>hunter2</Password>'
        "</Authenticate>",
    ),
    (
        "multipart/form-data; boundary=x",
        parts(("; name=UserName", "admin@example.com"), ("; name=Password", "hunter2")),
    ),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(("media_type", "text"), SIGN_INS, ids=[kind for kind, _ in SIGN_INS])
def test_signing_in_leaves_no_password_in_the_journal(
    open_client: Callable[..., FlaskClient], media_type: str, text: str, encoding: str
) -> None:
    client = open_client(authorization="", user=("admin@example.com:hunter2:SystemAdministrator",))

    signed_in = client.post("/auth/credentials", data=text.encode(encoding), content_type=media_type)

    readable = encoding == "utf-8" or "xml" in media_type
    assert signed_in.status_code == (200 if readable else 400), signed_in.text
    kept = client.get("/_mock/requests").text
    assert '"body":"***"' in kept
    assert "hunter2" not in kept.replace("\\u0000", "")


def test_a_multipart_form_may_override_the_method(create: Callable[..., dict[str, Any]], client: FlaskClient) -> None:
    key = create(purpose="x")["id"]
    sent = parts(("; name=X-Http-Method-Override", "delete"))

    assert (
        client.post(f"/ai/sessions/{key}", data=sent, content_type="multipart/form-data; boundary=x").status_code == 204
    )
    assert client.get(f"/ai/sessions/{key}").status_code == 404


@pytest.mark.parametrize(("media_type", "text"), CREATIONS, ids=[kind for kind, _ in CREATIONS])
def test_damaged_bodies_never_cause_a_server_error(client: FlaskClient, media_type: str, text: str) -> None:
    chance = random.Random(media_type)
    statuses = set()
    for _ in range(300):
        raw = bytearray(text.encode())
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(raw))
            raw[at : at + chance.randint(0, 3)] = chance.choice(
                [b"", b"\0", b'"', b"\xff", b"<", b"&#0;", b"{", b"]", b"\r\n", b"--x", b"\xed\xa0\x80", b"xmlns="]
            )
        statuses.add(client.post("/ai/sessions", data=bytes(raw), content_type=media_type).status_code)

    assert statuses <= {200, 400}


@pytest.mark.parametrize("format_", ["json", "jsv", "csv", "xml"])
def test_a_response_can_be_sent_back_as_a_body(
    open_client: Callable[..., FlaskClient], everything: list[dict[str, Any]], format_: str
) -> None:
    client = open_client()
    texts = ["", " a ", "[a]", "{a:b}", '"', '""', "a\r\nb", "\t", "]]>", "&amp;", "null", "\u2028\u0085", "'=1+2"]
    for purpose in [*(row.get("purpose", "") for row in everything[:100]), *texts]:
        made = client.post("/ai/sessions", json={"accountId": "a1", "purpose": purpose}).json

        shown = client.get(f"/ai/sessions/{made['id']}.{format_}")
        sent = shown.text.replace("AISessionInfo", "NewAISession")  # the root of the XML
        again = client.post("/ai/sessions", data=sent.encode(), content_type=shown.mimetype)

        expected = None if (purpose, format_) == ("", "csv") else purpose  # CSV writes both as nothing
        assert (again.status_code, again.json["accountId"]) == (200, "a1")
        assert again.json.get("purpose") == expected
