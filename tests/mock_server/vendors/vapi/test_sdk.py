"""The vendor's own Python SDK against a running emulator (FACTS.md F8)."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import vapi
from vapi import Vapi
from vapi.core.api_error import ApiError

from mock_server import MockServer, Settings, create_app
from mock_server.core.clock import FrozenClock, parse_instant

if TYPE_CHECKING:  # these types take 5 s to import, which a worker that gets none of these tests need not do
    from vapi import SessionPaginatedResponse

NINE = datetime(2026, 1, 31, 9, tzinfo=UTC)
NO_RETRIES: Any = {"max_retries": 0}
ABSENT = "6b4c494f-c22c-4bce-84fa-a7a86942c7d3"
ASSISTANT = "a1111111-1111-4111-8111-111111111111"
NUMBER = "b1111111-1111-4111-8111-111111111111"

LEE: Any = {
    "number": "+14155550101",
    "sipUri": "sip:ann@example.org",
    "name": "Lee",
    "email": "ann@example.org",
    "externalId": "e/1",
    "extension": "12",
}
OTHER: Any = {
    "number": "+14155550102",
    "sipUri": "sip:bob@example.org",
    "name": "Leeds",
    "email": "bob@example.org",
    "externalId": "e/2",
    "extension": "123",
}
# No assistants and squads in full: the SDK takes most of a second to make sense of one.
ROWS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("09:00:00.000", {"name": "Ann", "assistantId": ASSISTANT, "phoneNumberId": NUMBER, "customer": LEE}),
    ("09:00:00.500", {"name": "Bob", "assistantId": ABSENT, "phoneNumberId": ABSENT, "customer": OTHER}),
    ("09:00:00.500", {"name": "Cid & Co", "squadId": "s", "messages": [{"role": "user", "content": "hi"}]}),
    ("09:00:01.000", {"name": "Dan"}),
)
ALL = {"Ann", "Bob", "Cid & Co", "Dan"}
HALF = NINE + timedelta(milliseconds=500)
# By parameter: an argument, and the names of the rows it finds. Ann's row was changed at 10:00.
FILTERS: dict[str, tuple[Any, set[str]]] = {
    "name": ("Cid & Co", {"Cid & Co"}),
    "assistant_id": (ASSISTANT, {"Ann"}),
    "assistant_id_any": (f"{ASSISTANT},{ABSENT}", {"Ann", "Bob"}),
    "squad_id": ("s", {"Cid & Co"}),
    "workflow_id": (ABSENT, set()),
    "number_e_164_check_enabled": (True, ALL),
    "extension": ("12", {"Ann"}),
    "assistant_overrides": ("x", ALL),
    "squad_overrides": ("x", ALL),
    "number": ("+14155550101", {"Ann"}),
    "sip_uri": ("sip:ann@example.org", {"Ann"}),
    "email": ("ann@example.org", {"Ann"}),
    "external_id": ("e/1", {"Ann"}),
    "customer_number_any": ("+14155550101,+14155550102,+1", {"Ann", "Bob"}),
    "phone_number_id": (NUMBER, {"Ann"}),
    "phone_number_id_any": ([NUMBER, ABSENT], {"Ann", "Bob"}),
    "created_at_gt": (HALF, {"Dan"}),
    "created_at_lt": (HALF, {"Ann"}),
    "created_at_ge": (HALF, {"Bob", "Cid & Co", "Dan"}),
    "created_at_le": (HALF, {"Ann", "Bob", "Cid & Co"}),
    "updated_at_gt": (HALF, {"Ann", "Dan"}),
    "updated_at_lt": (HALF, set()),
    "updated_at_ge": (HALF, ALL),
    "updated_at_le": (HALF, {"Bob", "Cid & Co"}),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockServer]:
    """A running emulator with the rows above, which no test changes."""
    clock = FrozenClock(0)
    file = tmp_path_factory.mktemp("world") / "sessions.json"
    app = create_app(Settings(sessions=0, db=file), clock=clock)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer any-token"
    for moment, body in ROWS:
        clock.instant = parse_instant(f"2026-01-31T{moment}Z")
        client.post("/session", json=body)
    clock.instant = parse_instant("2026-01-31T10:00:00Z")
    oldest = client.get("/session?name=Ann").json["results"][0]["id"]
    client.patch(f"/session/{oldest}", json={"status": "completed"})
    app.extensions["mock_server"].close()
    with MockServer(db=file, clock="2026-01-31T10:00:00Z") as running:
        httpx.get(f"{running.url}/_mock/health")  # its threads and sockets are there once it has answered
        yield running


@contextmanager
def connect(url: str, token: str = "any-token") -> Iterator[Vapi]:
    """A client whose connections do not outlive the test that opened them."""
    limits = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(timeout=30, follow_redirects=True, limits=limits) as transport:
        yield Vapi(token=token, base_url=url, httpx_client=transport)


@pytest.fixture(scope="module")
def reader(world: MockServer) -> Iterator[Vapi]:
    """A client of the rows above."""
    with connect(world.url) as client:
        yield client


@pytest.fixture(scope="module")
def writer(server: MockServer) -> Iterator[Vapi]:
    """A client of the emulator that tests may write to."""
    with connect(server.url) as client:
        yield client


def names(found: "SessionPaginatedResponse") -> list[str | None]:
    return [row.name for row in found.results]


def test_every_parameter_of_list_has_a_test() -> None:
    with httpx.Client() as transport:
        offered = set(inspect.signature(Vapi(token="x", httpx_client=transport).sessions.list).parameters)

    elsewhere = {"id", "id_any", "page", "limit", "sort_by", "sort_order", "request_options"}
    assert offered == set(FILTERS) | elsewhere


@pytest.mark.parametrize("parameter", FILTERS)
def test_filter(reader: Vapi, parameter: str) -> None:
    argument, expected = FILTERS[parameter]

    found = reader.sessions.list(**{parameter: argument})

    assert set(names(found)) == expected
    assert found.metadata.total_items == len(expected)


def test_filter_by_id(reader: Vapi) -> None:
    ann, bob = (reader.sessions.list(name=name).results[0].id for name in ("Ann", "Bob"))

    assert names(reader.sessions.list(id=ann)) == ["Ann"]
    assert set(names(reader.sessions.list(id_any=f"{ann},{bob},{ABSENT}"))) == {"Ann", "Bob"}


@pytest.mark.parametrize("argument", [NUMBER, [NUMBER], f"{NUMBER},{NUMBER}", (NUMBER, "x")], ids=str)
def test_filter_by_phone_numbers_in_each_form(reader: Vapi, argument: Any) -> None:
    assert names(reader.sessions.list(phone_number_id_any=argument)) == ["Ann"]


def test_filters_together(reader: Vapi) -> None:
    assert names(reader.sessions.list(assistant_id_any=f"{ASSISTANT},{ABSENT}", created_at_gt=NINE)) == ["Bob"]
    assert names(reader.sessions.list(assistant_id=ASSISTANT, assistant_id_any=ABSENT)) == []


@pytest.mark.parametrize(
    "moment",
    [
        HALF.astimezone(timezone(timedelta(hours=5, minutes=30))),
        HALF.astimezone(timezone(timedelta(hours=-8))),
        HALF.astimezone().replace(tzinfo=None),
        HALF + timedelta(microseconds=999),
    ],
    ids=["+05:30", "-08:00", "naive", "microseconds"],
)
def test_spellings_of_one_moment(reader: Vapi, moment: datetime) -> None:
    found = reader.sessions.list(created_at_ge=moment, created_at_le=moment)

    assert set(names(found)) == {"Bob", "Cid & Co"}
    assert found.metadata.created_at_ge == found.metadata.created_at_le == HALF


def test_moment_without_a_fraction(reader: Vapi) -> None:
    assert names(reader.sessions.list(created_at_le=NINE)) == ["Ann"]
    assert names(reader.sessions.list(created_at_ge=NINE + timedelta(seconds=1))) == ["Dan"]


def test_empty_and_none_arguments_filter_nothing(reader: Vapi) -> None:
    found = reader.sessions.list(id="", name="", number=None, phone_number_id_any=[])

    assert set(names(found)) == ALL


def test_metadata(reader: Vapi) -> None:
    metadata = reader.sessions.list(limit=3).metadata

    assert (metadata.items_per_page, metadata.total_items, metadata.current_page) == (3, 4, 1)
    assert (metadata.total_pages, metadata.has_next_page, metadata.sort_order) == (2, True, "DESC")
    assert (metadata.items_beyond_retention, metadata.created_at_ge, metadata.created_at_le) == (False, None, None)
    assert metadata.next_cursor


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"limit": 1}, ["Dan"]),
        ({"limit": 1, "page": 4}, ["Ann"]),
        ({"limit": 1.0, "page": 4.0}, ["Ann"]),
        ({"page": 2}, []),
        ({"limit": 0}, []),
        ({"sort_order": "ASC", "limit": 1}, ["Ann"]),
        ({"sort_by": "createdAt", "sort_order": "DESC", "limit": 1}, ["Dan"]),
        ({"sort_by": "duration", "limit": 1}, ["Ann"]),
    ],
)
def test_page(reader: Vapi, arguments: dict[str, Any], expected: list[str]) -> None:
    assert names(reader.sessions.list(**arguments)) == expected


@pytest.mark.parametrize("sort_by", ["createdAt", "duration", "cost"])
@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_walk_by_page(reader: Vapi, sort_by: str, order: str) -> None:
    whole = reader.sessions.list(sort_by=sort_by, sort_order=order)

    walked = [reader.sessions.list(page=page, limit=1, sort_by=sort_by, sort_order=order) for page in (1, 2, 3, 4)]

    assert [row for page in walked for row in page.results] == whole.results
    assert [page.metadata.has_next_page for page in walked] == [True, True, True, False]


def test_additional_query_parameters(reader: Vapi) -> None:
    first = reader.sessions.list(limit=1)
    by_cursor: Any = {"additional_query_parameters": {"cursor": first.metadata.next_cursor}}
    by_customer: Any = {"additional_query_parameters": {"customer": {"name": "Lee"}}}

    assert set(names(reader.sessions.list(request_options=by_cursor))) == ALL - {"Dan"}
    assert names(reader.sessions.list(request_options=by_customer)) == ["Ann"]


def test_rows_are_parsed_into_types(reader: Vapi) -> None:
    row = reader.sessions.list(name="Ann").results[0]

    assert (row.created_at, row.updated_at) == (NINE, NINE + timedelta(hours=1))
    assert (row.status, row.expiration_seconds, row.assistant_id) == ("completed", 86_400, ASSISTANT)
    assert (row.customer.number, row.customer.sip_uri, row.customer.external_id) == (
        "+14155550101",
        "sip:ann@example.org",
        "e/1",
    )


def test_costs_of_a_seeded_session_are_parsed_into_types() -> None:
    with MockServer(sessions=250, clock="2026-01-31T09:00:00Z") as running, connect(running.url) as client:
        session = client.sessions.list(limit=1, sort_by="cost").results[0]

    assert {cost.type for cost in session.costs} >= {"model", "session"}
    assert session.cost == pytest.approx(sum(cost.cost for cost in session.costs))


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
        with connect(running.url, token="wrong") as stranger, pytest.raises(ApiError) as raised:
            stranger.sessions.list(request_options=NO_RETRIES)
        with connect(running.url, token="right") as owner:
            assert owner.sessions.list().results == []

    assert raised.value.status_code == 401
    assert raised.value.body["message"].startswith("Invalid Key. ")


def test_token_from_a_function(server: MockServer) -> None:
    with httpx.Client() as transport:
        client = Vapi(token=lambda: "fresh", base_url=f"{server.url}/", httpx_client=transport)

        assert client.sessions.list(limit=0).results == []
