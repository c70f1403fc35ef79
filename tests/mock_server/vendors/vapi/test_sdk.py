"""The vendor's own Python SDK against a running emulator (facts F8)."""

import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
import vapi
from vapi import Session, Vapi
from vapi.core.api_error import ApiError

from mock_server import MockServer

NINE = datetime(2026, 1, 31, 9, tzinfo=UTC)
NO_RETRIES: Any = {"max_retries": 0}
ROWS = 74
ABSENT = "6b4c494f-c22c-4bce-84fa-a7a86942c7d3"
ASSISTANT = "a1111111-1111-4111-8111-111111111111"
NUMBER = "b1111111-1111-4111-8111-111111111111"

EQUAL: dict[str, Callable[[Session], Any]] = {
    "id": lambda row: row.id,
    "name": lambda row: row.name,
    "assistant_id": lambda row: row.assistant_id,
    "squad_id": lambda row: row.squad_id,
    "phone_number_id": lambda row: row.phone_number_id,
    "number": lambda row: row.customer and row.customer.number,
    "sip_uri": lambda row: row.customer and row.customer.sip_uri,
    "email": lambda row: row.customer and row.customer.email,
    "external_id": lambda row: row.customer and row.customer.external_id,
    "extension": lambda row: row.customer and row.customer.extension,
}
ANY: dict[str, Callable[[Session], Any]] = {
    "id_any": EQUAL["id"],
    "assistant_id_any": EQUAL["assistant_id"],
    "customer_number_any": EQUAL["number"],
    "phone_number_id_any": EQUAL["phone_number_id"],
}
BOUNDS: dict[str, Callable[[Session, datetime], bool]] = {
    "created_at_gt": lambda row, moment: row.created_at > moment,
    "created_at_lt": lambda row, moment: row.created_at < moment,
    "created_at_ge": lambda row, moment: row.created_at >= moment,
    "created_at_le": lambda row, moment: row.created_at <= moment,
    "updated_at_gt": lambda row, moment: row.updated_at > moment,
    "updated_at_lt": lambda row, moment: row.updated_at < moment,
    "updated_at_ge": lambda row, moment: row.updated_at >= moment,
    "updated_at_le": lambda row, moment: row.updated_at <= moment,
}
IGNORED = {"number_e_164_check_enabled": True, "assistant_overrides": "x", "squad_overrides": "x"}
PAGING = {"page", "limit", "sort_by", "sort_order"}


@pytest.fixture(scope="module")
def world() -> Iterator[MockServer]:
    """A running emulator with sessions that nobody changes.

    Those with an assistant of their own are taken out: the SDK reads such a one in a third of a second.
    """
    with MockServer(sessions=80, clock="2026-01-31T09:00:00Z") as running:
        with httpx.Client(base_url=running.url, headers={"Authorization": "Bearer x"}) as http:
            rows = http.get("/session?limit=1000").json()["results"]
            for row in [row for row in rows if "assistant" in row]:
                http.delete(f"/session/{row['id']}")
        yield running


def connect(url: str, token: str = "any-token") -> Iterator[Vapi]:
    with httpx.Client(timeout=10, follow_redirects=True) as transport:
        yield Vapi(token=token, base_url=url, httpx_client=transport)


@pytest.fixture
def reader(world: MockServer) -> Iterator[Vapi]:
    """A client of these sessions."""
    yield from connect(world.url)


@pytest.fixture
def writer(server: MockServer) -> Iterator[Vapi]:
    """A client of the emulator that tests may write to."""
    yield from connect(server.url)


@pytest.fixture(scope="module")
def all_rows(world: MockServer) -> list[Session]:
    """All of them, newest first."""
    (rows,) = (client.sessions.list(limit=1000).results for client in connect(world.url))
    assert len(rows) == ROWS
    return rows


def ids(rows: list[Session]) -> list[str]:
    return [row.id for row in rows]


def test_every_parameter_of_list_has_a_test() -> None:
    offered = set(inspect.signature(Vapi(token="x").sessions.list).parameters)

    tested = {*EQUAL, *ANY, *BOUNDS, *IGNORED, *PAGING, "workflow_id"}
    assert offered - {"request_options"} == tested


def test_list_without_arguments(reader: Vapi, all_rows: list[Session]) -> None:
    page = reader.sessions.list()

    assert ids(page.results) == ids(all_rows)
    assert page.metadata.model_dump(exclude_none=True) == {
        "items_per_page": 100,
        "total_items": ROWS,
        "current_page": 1,
        "total_pages": 1,
        "has_next_page": False,
        "sort_order": "DESC",
        "items_beyond_retention": False,
    }


@pytest.mark.parametrize("parameter", EQUAL)
def test_list_by_equality(reader: Vapi, all_rows: list[Session], parameter: str) -> None:
    value_of = EQUAL[parameter]
    wanted = next(value for row in all_rows if (value := value_of(row)))

    found = reader.sessions.list(limit=1000, **{parameter: wanted}).results

    assert ids(found) == ids([row for row in all_rows if value_of(row) == wanted])
    assert 0 < len(found) < ROWS


@pytest.mark.parametrize("parameter", ANY)
def test_list_by_any_of(reader: Vapi, all_rows: list[Session], parameter: str) -> None:
    value_of = ANY[parameter]
    wanted = sorted({value for row in all_rows if (value := value_of(row))})[:2]

    found = reader.sessions.list(limit=1000, **{parameter: ",".join(wanted)}).results

    assert len(wanted) == 2
    assert ids(found) == ids([row for row in all_rows if value_of(row) in wanted])


@pytest.mark.parametrize("count", [1, 2])
def test_list_by_a_sequence_of_phone_numbers(reader: Vapi, all_rows: list[Session], count: int) -> None:
    wanted = sorted({row.phone_number_id for row in all_rows if row.phone_number_id})[:count]

    found = reader.sessions.list(limit=1000, phone_number_id_any=wanted).results

    assert ids(found) == ids([row for row in all_rows if row.phone_number_id in wanted])


@pytest.mark.parametrize("parameter", BOUNDS)
def test_list_by_bound(reader: Vapi, all_rows: list[Session], parameter: str) -> None:
    middle = all_rows[ROWS // 2]
    moment = middle.created_at if parameter.startswith("created") else middle.updated_at

    found = reader.sessions.list(limit=1000, **{parameter: moment}).results

    assert ids(found) == ids([row for row in all_rows if BOUNDS[parameter](row, moment)])
    assert (middle.id in ids(found)) is parameter.endswith("e")


@pytest.mark.parametrize(
    "respell",
    [
        lambda moment: moment.astimezone(timezone(timedelta(hours=5, minutes=30))),
        lambda moment: moment.astimezone(timezone(timedelta(hours=-8))),
        lambda moment: moment.astimezone().replace(tzinfo=None),
        lambda moment: moment + timedelta(microseconds=999),
    ],
    ids=["+05:30", "-08:00", "naive", "microseconds"],
)
def test_spellings_of_one_moment(
    reader: Vapi, all_rows: list[Session], respell: Callable[[datetime], datetime]
) -> None:
    moment = all_rows[ROWS // 2].created_at

    found = reader.sessions.list(created_at_ge=respell(moment), created_at_le=respell(moment))

    assert ids(found.results) == ids([row for row in all_rows if row.created_at == moment])
    assert found.metadata.created_at_ge == found.metadata.created_at_le == moment


def test_moment_without_a_fraction(reader: Vapi, all_rows: list[Session]) -> None:
    day = datetime(2026, 1, 20, tzinfo=UTC)

    found = reader.sessions.list(limit=1000, created_at_ge=day, created_at_lt=day + timedelta(days=7)).results

    assert ids(found) == ids([row for row in all_rows if 20 <= row.created_at.day < 27 and row.created_at.month == 1])
    assert 0 < len(found) < ROWS


@pytest.mark.parametrize("parameter", IGNORED)
def test_parameter_that_filters_nothing(reader: Vapi, parameter: str) -> None:
    found = reader.sessions.list(limit=0, **{parameter: IGNORED[parameter]})

    assert found.metadata.total_items == ROWS


def test_list_by_workflow_without_sessions(reader: Vapi) -> None:
    assert reader.sessions.list(workflow_id=ABSENT).results == []


def test_empty_and_none_arguments_filter_nothing(reader: Vapi) -> None:
    found = reader.sessions.list(id="", name="", number=None, phone_number_id_any=[], limit=0)

    assert found.metadata.total_items == ROWS


@pytest.mark.parametrize("order", ["ASC", "DESC"])
@pytest.mark.parametrize("sort_by", ["createdAt", "duration", "cost"])
def test_pages(reader: Vapi, all_rows: list[Session], sort_by: str, order: str) -> None:
    keys: dict[str, Callable[[Session], Any]] = {
        "createdAt": lambda row: row.created_at,
        "duration": lambda row: row.updated_at - row.created_at,
        "cost": lambda row: row.cost or 0,
    }
    walked: list[Session] = []

    for page in (1, 2, 3):
        walked += reader.sessions.list(page=page, limit=25, sort_by=sort_by, sort_order=order).results

    expected = sorted(all_rows, key=lambda row: (keys[sort_by](row), row.id), reverse=order == "DESC")
    assert ids(walked) == ids(expected)


def test_page_as_a_float_and_past_the_end(reader: Vapi, all_rows: list[Session]) -> None:
    second = reader.sessions.list(page=2.0, limit=10.0)
    beyond = reader.sessions.list(page=9)

    assert ids(second.results) == ids(all_rows[10:20])
    assert (second.metadata.current_page, second.metadata.items_per_page) == (2, 10)
    assert (second.metadata.total_pages, second.metadata.has_next_page) == (8, True)
    assert (beyond.results, beyond.metadata.has_next_page) == ([], False)


def test_additional_query_parameters(reader: Vapi, all_rows: list[Session]) -> None:
    named = next(row for row in all_rows if row.customer and row.customer.name)
    cursor = reader.sessions.list(limit=10).metadata.next_cursor

    by_customer = reader.sessions.list(
        limit=1000, request_options={"additional_query_parameters": {"customer": {"name": named.customer.name}}}
    )
    by_cursor = reader.sessions.list(limit=10, request_options={"additional_query_parameters": {"cursor": cursor}})

    assert named.id in ids(by_customer.results)
    assert {row.customer.name for row in by_customer.results} == {named.customer.name}
    assert ids(by_cursor.results) == ids(all_rows[10:20])


def test_seeded_rows_are_parsed_into_types(all_rows: list[Session]) -> None:
    costs = [cost for row in all_rows for cost in row.costs or ()]

    assert {cost.type for cost in costs} == {"model", "analysis", "session"}
    assert all(row.id and row.org_id and row.created_at <= row.updated_at for row in all_rows)
    assert all(isinstance(row.messages, list | None) for row in all_rows)


def test_create_without_arguments(writer: Vapi) -> None:
    session = writer.sessions.create()

    assert (session.status, session.expiration_seconds) == ("active", 86_400)
    assert session.created_at == session.updated_at == NINE
    assert session.name is None


def test_create_with_dicts(writer: Vapi) -> None:
    messages: Any = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo"}]
    customer: Any = {"number": "+14155551234", "name": "Ann", "externalId": "e1"}

    session = writer.sessions.create(name="n", assistant_id=ASSISTANT, messages=messages, customer=customer)
    again = writer.sessions.get(session.id)

    assert again == session
    assert (session.name, session.assistant_id) == ("n", ASSISTANT)
    assert [message.content for message in session.messages] == ["hi", "yo"]
    assert (session.customer.number, session.customer.external_id) == ("+14155551234", "e1")


def test_create_with_typed_models(writer: Vapi) -> None:
    session = writer.sessions.create(
        name="typed",
        status="completed",
        expiration_seconds=60,
        assistant=vapi.CreateAssistantDto(first_message="Hello {{name}}", max_duration_seconds=10),
        assistant_overrides=vapi.AssistantOverrides(variable_values={"name": "Ann"}),
        squad=vapi.CreateSquadDto(members=[vapi.SquadMemberDto(assistant_id=ASSISTANT)], name="s"),
        messages=[
            vapi.SystemMessage(role="system", message="Be kind.", time=1, seconds_from_start=0),
            vapi.UserMessage(role="user", message="hi", time=1, end_time=2, seconds_from_start=0.5),
            vapi.AssistantMessage(role="assistant", content="yo"),
            vapi.ToolMessage(role="tool", content="42", tool_call_id="c1"),
            vapi.DeveloperMessage(role="developer", content="x"),
        ],
        customer=vapi.CreateCustomerDto(number="abc", number_e_164_check_enabled=False),
        customer_id="c",
        phone_number_id=NUMBER,
        phone_number=vapi.ImportTwilioPhoneNumberDto(
            twilio_phone_number="+14155550101", twilio_account_sid="AC1", twilio_auth_token="s3cret"
        ),
    )

    assert session.assistant.first_message == "Hello Ann"
    assert [message.role for message in session.messages] == ["system", "user", "assistant", "tool", "developer"]
    assert session.squad.members[0].assistant_id == ASSISTANT
    assert (session.status, session.expiration_seconds, session.customer_id) == ("completed", 60, "c")
    assert session.phone_number.twilio_auth_token == "mock-secret-not-stored"
    assert session.model_extra["metadata"] == {"variableValues": {"name": "Ann"}}


def test_explicit_none_counts_as_left_out(writer: Vapi) -> None:
    names = set(inspect.signature(writer.sessions.create).parameters) - {"request_options"}

    session = writer.sessions.create(**dict.fromkeys(names))

    assert (session.status, session.expiration_seconds) == ("active", 86_400)
    assert all(getattr(session, name) is None for name in names - {"status", "expiration_seconds"})


def test_update(writer: Vapi) -> None:
    session = writer.sessions.create(name="before", customer_id="c")

    changed = writer.sessions.update(session.id, name="after", status="completed")

    assert (changed.name, changed.status, changed.customer_id) == ("after", "completed", "c")
    assert changed.created_at == session.created_at
    assert changed.updated_at == NINE + timedelta(milliseconds=1)
    assert writer.sessions.get(session.id) == changed


def test_update_with_none_and_with_nothing(writer: Vapi) -> None:
    session = writer.sessions.create(name="before", expiration_seconds=60)

    untouched = writer.sessions.update(session.id)
    cleared = writer.sessions.update(session.id, name=None, status=None, expiration_seconds=None, messages=None)

    assert untouched.name == "before"
    assert (cleared.name, cleared.status, cleared.expiration_seconds) == (None, "active", 60)


def test_delete(writer: Vapi) -> None:
    session = writer.sessions.create(name="gone")

    assert writer.sessions.delete(session.id) == session

    with pytest.raises(ApiError) as raised:
        writer.sessions.get(session.id, request_options=NO_RETRIES)
    assert raised.value.status_code == 404


@pytest.mark.parametrize("call", ["get", "update", "delete"])
def test_unknown_and_malformed_id(writer: Vapi, call: str) -> None:
    with pytest.raises(ApiError) as unknown:
        getattr(writer.sessions, call)(ABSENT, request_options=NO_RETRIES)
    with pytest.raises(ApiError) as malformed:
        getattr(writer.sessions, call)("a b?", request_options=NO_RETRIES)

    assert unknown.value.body == {"message": "Session Not Found", "error": "Not Found", "statusCode": 404}
    assert malformed.value.body == {
        "message": "Validation failed (uuid is expected)",
        "error": "Bad Request",
        "statusCode": 400,
    }


def test_all_violations_arrive(writer: Vapi) -> None:
    with pytest.raises(ApiError) as raised:
        writer.sessions.create(name="x" * 41, expiration_seconds=59, request_options=NO_RETRIES)

    assert raised.value.status_code == 400
    assert raised.value.headers["content-type"] == "application/json; charset=utf-8"
    assert raised.value.body == {
        "message": [
            "name must be shorter than or equal to 40 characters",
            "expirationSeconds must not be less than 60",
        ],
        "error": "Bad Request",
        "statusCode": 400,
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"limit": 1001}, "limit must not be greater than 1000"),
        ({"page": 0}, "page must not be less than 1"),
        ({"page": 1.5}, "page must be an integer number"),
        ({"sort_order": "up"}, "sortOrder must be one of the following values: ASC, DESC"),
    ],
)
def test_refused_list(reader: Vapi, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ApiError) as raised:
        reader.sessions.list(**arguments, request_options=NO_RETRIES)

    assert raised.value.body == {"message": [message], "error": "Bad Request", "statusCode": 400}


def test_wrong_key() -> None:
    with MockServer(sessions=0, api_key=("right",)) as running:
        for vapi_client in connect(running.url, token="wrong"):
            with pytest.raises(ApiError) as raised:
                vapi_client.sessions.list(request_options=NO_RETRIES)
        for vapi_client in connect(running.url, token="right"):
            assert vapi_client.sessions.list().results == []

    assert raised.value.status_code == 401
    assert raised.value.body["message"].startswith("Invalid Key. ")


def test_token_from_a_function(server: MockServer) -> None:
    with httpx.Client() as transport:
        client = Vapi(token=lambda: "fresh", base_url=f"{server.url}/", httpx_client=transport)

        assert client.sessions.list(limit=0).results == []
