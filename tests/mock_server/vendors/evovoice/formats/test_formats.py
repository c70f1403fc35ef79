"""The exact bytes of each format (FACTS.md E5, E6), also for hostile values."""

import csv
import html
import io
import re
import xml.etree.ElementTree as ET
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.core.clock import parse_instant
from mock_server.vendors.evovoice.accounts.models import ACCOUNT, ACCOUNT_PAGE
from mock_server.vendors.evovoice.authentication.models import USER
from mock_server.vendors.evovoice.formats import FORMATS, WriteOptions
from mock_server.vendors.evovoice.schemas.errors import ERROR
from mock_server.vendors.evovoice.schemas.types import DataType, camel_case
from mock_server.vendors.evovoice.sessions.models import LISTED_SESSION, SESSION, SESSION_PAGE
from mock_server.vendors.evovoice.usage.models import USAGE

Value = dict[str, Any]
SAMPLE = {
    "accountId": "A1", "accountName": "Acme, Inc", "purpose": 'Say "hi"', "id": "S1",
    "dateCreated": "2025-01-02T03:04:05Z", "createdBy": "u1",
}  # fmt: skip
JSON = (
    '{"items":[{"accountId":"A1","accountName":"Acme, Inc","purpose":"Say \\"hi\\"","id":"S1",'
    '"dateCreated":"2025-01-02T03:04:05Z","createdBy":"u1"}],"totalCount":1,"totalPages":1,"hasMorePages":false}'
)
LITERALS = {
    "json": JSON,
    "jsonl": JSON,
    "jsv": (
        '{items:[{accountId:A1,accountName:"Acme, Inc",purpose:"Say ""hi""",id:S1,'
        'dateCreated:"2025-01-02T03:04:05Z",createdBy:u1}],totalCount:1,totalPages:1,hasMorePages:False}'
    ),
    "csv": (
        "Items,TotalCount,TotalPages,HasMorePages\r\n"
        '"[{accountId:A1,accountName:""Acme, Inc"",purpose:""Say """"hi"""""",id:S1,'
        'dateCreated:""2025-01-02T03:04:05Z"",createdBy:u1}]",1,1,False\r\n'
    ),
    "xml": (
        '<?xml version="1.0" encoding="utf-8"?><ListResponseOfAISessionInfokPYUDTdt '
        'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" '
        'xmlns="http://schemas.datacontract.org/2004/07/Voice.Api"><HasMorePages>false</HasMorePages><Items '
        'xmlns:d2p1="http://schemas.datacontract.org/2004/07/Voice.Api.AI"><d2p1:AISessionInfo>'
        "<CreatedBy>u1</CreatedBy><DateCreated>2025-01-02T03:04:05Z</DateCreated>"
        '<DateLastModified i:nil="true" /><Id>S1</Id><LastModifiedBy i:nil="true" />'
        "<d2p1:AccountId>A1</d2p1:AccountId><d2p1:AccountName>Acme, Inc</d2p1:AccountName>"
        '<d2p1:Purpose>Say "hi"</d2p1:Purpose></d2p1:AISessionInfo></Items><TotalCount>1</TotalCount>'
        "<TotalPages>1</TotalPages></ListResponseOfAISessionInfokPYUDTdt>"
    ),
}
HOSTILE = (
    "", " ", "0", "null", "true", '"', '""', ",", "a,b", "[a]", "{a:b}", "[", "}", "a\r\nb", "\n", "\t", "<b>&amp;</b>",
    "]]>", "</pre><script>alert(1)</script>", "=1+1", "ü 😀 \u202e", "\x01\x1f\x7f", "\ufffe", "\\", "'", ":",
)  # fmt: skip


def page(*rows: Any) -> Value:
    return {"items": list(rows), "totalCount": len(rows), "totalPages": 1, "hasMorePages": False}


def write(name: str, kind: DataType, value: Value, *, rows_only: bool = False) -> str:
    writing = WriteOptions("ListAISessions", parse_instant("2026-01-31T09:00:00Z"), rows_only)
    return FORMATS[name].write(kind, value, writing).decode()


@pytest.mark.parametrize("row", [SAMPLE, orjson.dumps(SAMPLE)], ids=["plain", "encoded"])
@pytest.mark.parametrize("name", LITERALS)
def test_the_exact_bytes_of_a_list(name: str, row: Any) -> None:
    assert write(name, SESSION_PAGE, page(row)) == LITERALS[name]


def test_the_exact_bytes_of_one_session_in_csv() -> None:
    assert write("csv", LISTED_SESSION, SAMPLE) == (
        "AccountId,AccountName,Purpose,Id,DateCreated,DateLastModified,CreatedBy,LastModifiedBy\r\n"
        'A1,"Acme, Inc","Say ""hi""",S1,2025-01-02T03:04:05Z,,u1,\r\n'
    )


@pytest.mark.parametrize("row", [SAMPLE, orjson.dumps(SAMPLE)], ids=["plain", "encoded"])
def test_rows_only(row: Any) -> None:
    lines = write("jsonl", SESSION_PAGE, page(row, row), rows_only=True)
    cells = write("csv", SESSION_PAGE, page(row, row), rows_only=True)

    one = write("json", LISTED_SESSION, SAMPLE)
    assert lines == f"{one}\n{one}\n"
    header, first, end = write("csv", LISTED_SESSION, SAMPLE).split("\r\n")
    assert cells == f"{header}\r\n{first}\r\n{first}\r\n{end}"


@pytest.mark.parametrize("name", ["csv", "jsonl"])
@pytest.mark.parametrize(
    ("kind", "value"), [(LISTED_SESSION, SAMPLE), (USAGE, {"accountUsage": [], "customerUsage": []})]
)
def test_rows_only_changes_nothing_but_lists(name: str, kind: DataType, value: Value) -> None:
    assert write(name, kind, value, rows_only=True) == write(name, kind, value)


@pytest.mark.parametrize(
    ("name", "empty"),
    [
        ("json", '{"items":[],"totalCount":0,"totalPages":1,"hasMorePages":false}'),
        ("jsv", "{items:[],totalCount:0,totalPages:1,hasMorePages:False}"),
        ("csv", 'Items,TotalCount,TotalPages,HasMorePages\r\n"[]",0,1,False\r\n'),
    ],
)
def test_an_empty_list(name: str, empty: str) -> None:
    assert write(name, SESSION_PAGE, page()) == empty


def test_an_empty_list_in_xml() -> None:
    assert '<Items xmlns:d2p1="http://schemas.datacontract.org/2004/07/Voice.Api.AI" />' in write(
        "xml", SESSION_PAGE, page()
    )


@pytest.mark.parametrize(
    ("kind", "root"),
    [
        (SESSION_PAGE, "ListResponseOfAISessionInfokPYUDTdt"),
        (ACCOUNT_PAGE, "ListResponseOfAccountInfoLIonMsk5"),
    ],
)
def test_the_published_names_of_the_roots(kind: DataType, root: str) -> None:
    assert write("xml", kind, page()).endswith(f"</{root}>")


def test_a_single_session_in_xml_declares_its_base() -> None:
    document = write("xml", LISTED_SESSION, SAMPLE)

    assert '<AISessionInfo xmlns:i="http://www.w3.org/2001/XMLSchema-instance" ' in document
    assert '<CreatedBy xmlns="http://schemas.datacontract.org/2004/07/Voice.Api">u1</CreatedBy>' in document
    assert "<AccountId>A1</AccountId>" in document
    root = ET.fromstring(document)
    assert [element.tag.partition("}")[2] for element in root] == [
        "CreatedBy", "DateCreated", "DateLastModified", "Id", "LastModifiedBy", "AccountId", "AccountName", "Purpose",
    ]  # fmt: skip


ACCOUNT_VALUE: Value = {
    "name": "Acme", "ancestorIds": ["A0", "A00"], "maxPhoneNumbers": 3, "isBYOA": True,
    "billingSettings": {"base": {"baseCost": 1.0, "rawUnitMultiplier": 1.25, "unitCost": 0.0, "allowance": 5}},
    "id": "A1",
}  # fmt: skip


def test_nested_values_in_xml() -> None:
    document = write("xml", ACCOUNT_PAGE, page(ACCOUNT_VALUE))

    assert (
        '<d2p1:AncestorIds xmlns:d4p1="http://schemas.microsoft.com/2003/10/Serialization/Arrays">'
        "<d4p1:string>A0</d4p1:string><d4p1:string>A00</d4p1:string></d2p1:AncestorIds>"
    ) in document
    assert (
        "<d2p1:Base><d2p1:Allowance>5</d2p1:Allowance><d2p1:BaseCost>1</d2p1:BaseCost>"
        "<d2p1:RawUnitMultiplier>1.25</d2p1:RawUnitMultiplier><d2p1:UnitCost>0</d2p1:UnitCost></d2p1:Base>"
    ) in document
    assert '<d2p1:LocalNumbers i:nil="true" />' in document
    assert "<d2p1:IsBYOA>true</d2p1:IsBYOA>" in document
    ET.fromstring(document)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("json", '"billingSettings":{"base":{"baseCost":1,"rawUnitMultiplier":1.25,"unitCost":0,"allowance":5}},"id"'),
        ("jsv", "ancestorIds:[A0,A00],maxPhoneNumbers:3,isBYOA:True,billingSettings:{base:{baseCost:1,"),
        ("csv", 'Acme,,,"[A0,A00]",3,True,,,,"{base:{baseCost:1,'),
    ],
)
def test_nested_values(name: str, part: str) -> None:
    assert part in write(name, ACCOUNT, ACCOUNT_VALUE)


PROBLEM = {
    "responseStatus": {
        "errorCode": "NotEmpty",
        "message": "'User Name' must not be empty.",
        "errors": [{"errorCode": "NotEmpty", "fieldName": "UserName", "message": "'User Name' must not be empty."}],
    }
}


def test_errors_in_each_format() -> None:
    as_json = write("json", ERROR, PROBLEM)
    as_xml = write("xml", ERROR, PROBLEM)

    assert orjson.loads(as_json) == PROBLEM
    assert write("jsonl", ERROR, PROBLEM) == as_json
    assert write("jsv", ERROR, PROBLEM).startswith("{responseStatus:{errorCode:NotEmpty,message:'User Name' must")
    assert write("csv", ERROR, PROBLEM).split("\r\n") == [
        "ResponseStatus",
        "\"{errorCode:NotEmpty,message:'User Name' must not be empty.,errors:[{errorCode:NotEmpty,fieldName:UserName,"
        "message:'User Name' must not be empty.}]}\"",
        "",
    ]
    assert ET.fromstring(as_xml).tag == "{http://schemas.servicestack.net/types}ErrorResponse"
    order = ["ErrorCode", "Message", "StackTrace", "Errors"]
    assert [element.tag.partition("}")[2] for element in ET.fromstring(as_xml)[0]] == order


def test_an_error_without_errors_has_an_empty_list() -> None:
    status = {"responseStatus": {"errorCode": "NotFound", "message": "x", "errors": []}}

    assert write("json", ERROR, status) == '{"responseStatus":{"errorCode":"NotFound","message":"x","errors":[]}}'
    assert "<Errors />" in write("xml", ERROR, status)


def test_null_is_left_out_and_empty_values_are_not() -> None:
    value = {"isAuthenticated": False, "name": "", "roles": [], "firstName": None, "bogus": 1}

    assert write("json", USER, value) == '{"isAuthenticated":false,"name":"","roles":[]}'


@pytest.mark.parametrize(
    ("name", "key"),
    [("IsBYOA", "isBYOA"), ("AIInsights", "aiInsights"), ("UI", "ui"), ("AIMinutes", "aiMinutes"), ("Id", "id")],
)
def test_camel_case(name: str, key: str) -> None:
    assert camel_case(name) == key


# Hostile values


@pytest.mark.parametrize("text", HOSTILE)
def test_xml_stays_well_formed(text: str) -> None:
    document = write("xml", SESSION_PAGE, page({**SAMPLE, "purpose": text}))

    # .NET writes characters that XML 1.0 does not allow as references, which a parser rejects.
    readable = re.sub(r"&#x(?!D;)[0-9A-F]+;", "?", document)
    found = [element.text for element in ET.fromstring(readable).iter() if element.tag.endswith("}Purpose")]
    assert found == [re.sub("[\x00-\x08\x0e-\x1f\ufffe]", "?", text) or None]


@pytest.mark.parametrize("text", HOSTILE)
def test_csv_reads_back(text: str) -> None:
    rows = list(csv.reader(io.StringIO(write("csv", LISTED_SESSION, {**SAMPLE, "purpose": text}), newline="")))

    assert len(rows) == 2
    assert rows[1][2] == text


@pytest.mark.parametrize("text", HOSTILE)
def test_jsv_quotes_special_characters(text: str) -> None:
    quoted = '"' + text.replace('"', '""') + '"'
    expected = quoted if not text or re.search(r'[",:{}\[\]\r\n]', text) else text

    assert f"purpose:{expected},id" in write("jsv", LISTED_SESSION, {**SAMPLE, "purpose": text})


@pytest.mark.parametrize("rows_only", [False, True])
@pytest.mark.parametrize("name", ["csv", "jsv", "xml"])
def test_encoded_rows_are_written_like_plain_ones(name: str, rows_only: bool) -> None:
    for text in (*HOSTILE, 'ends in ":', '":"', "%", "%(id)s", "&lt;", "\uffee", "\b\f"):
        texts = [SAMPLE, {**SAMPLE, "purpose": text}, {"id": "S2", "accountName": text}]
        for rows in (texts, texts[1:2], [*texts, {"purpose": None, "id": text}]):
            encoded = page(*map(orjson.dumps, rows))
            assert write(name, SESSION_PAGE, encoded, rows_only=rows_only) == write(
                name, SESSION_PAGE, page(*rows), rows_only=rows_only
            ), text


_MEMBERS = st.sampled_from([member.key for member in LISTED_SESSION.members] + ["unknown"])
_TEXTS = st.text(st.sampled_from('ab":,{}[]\\/ \n\r\t\b\x01<&%ü😀'), max_size=6)


@pytest.mark.parametrize("name", ["csv", "jsv", "xml"])
@given(rows=st.lists(st.dictionaries(_MEMBERS, st.none() | _TEXTS), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_encoded_rows_with_any_members_are_written_like_plain_ones(name: str, rows: list[Value]) -> None:
    assert write(name, SESSION_PAGE, page(*map(orjson.dumps, rows))) == write(name, SESSION_PAGE, page(*rows))


@pytest.mark.parametrize("name", ["csv", "jsv", "xml"])
def test_encoded_rows_with_nested_values_are_written_like_plain_ones(name: str) -> None:
    for text in HOSTILE:
        rows = [{"name": text, "id": "A1", "billingSettings": {"base": {"baseCost": 1.5}}}, {"name": text, "id": "A2"}]
        assert write(name, ACCOUNT_PAGE, page(*map(orjson.dumps, rows))) == write(name, ACCOUNT_PAGE, page(*rows)), text


@pytest.mark.parametrize("text", HOSTILE)
def test_html_is_escaped(text: str) -> None:
    shown = write("html", SESSION_PAGE, page({**SAMPLE, "purpose": text}))

    assert "<title>ListAISessions Snapshot of 2026-01-31T09:00:00.000Z</title>" in shown
    inner = shown.partition("<pre>")[2].partition("</pre>")[0]
    assert "<" not in inner
    assert orjson.loads(html.unescape(inner))["items"][0]["purpose"] == text


def test_a_session_with_actions_in_each_format() -> None:
    action = {"id": "1", "functionName": "UpdateFlow", "arguments": '{"flowId":"f,1"}', "canBeApplied": True}
    value = {"purpose": "x", "actions": [action], "id": "S1"}

    assert 'arguments:"{""flowId"":""f,1""}",canBeApplied:True' in write("jsv", SESSION, value)
    assert '"{""""flowId""""' in write("csv", SESSION, value)
    found = ET.fromstring(write("xml", SESSION, value)).find(".//{*}Arguments")
    assert found is not None
    assert found.text == action["arguments"]
