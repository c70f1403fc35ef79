"""The bodies that POST /session and PATCH /session/{id} accept, and the wording of refusals (FACTS.md F3 and F4)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from mock_server import Settings, create_app

Refused = Callable[..., None]
Create = Callable[..., dict[str, Any]]

ASSISTANT = "a1111111-1111-4111-8111-111111111111"
NUMBER_RULE = "must be a number conforming to the specified constraints"
E164_RULE = (
    "must be a valid phone number in the E.164 format. Hot tip, you may be missing the country code (Eg. US: +1)."
)
URL_RULE = "must be an https:// or wss:// URL, or http:// on this machine"


def shortened(value: Any) -> str:
    """Return the id of a test case."""
    return json.dumps(value)[:70]


@pytest.fixture
def patch(client: FlaskClient, create: Create) -> Callable[[Any], Any]:
    """A function that creates a session and changes it."""
    return lambda body: client.patch(f"/session/{create()['id']}", json=body)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x" * 40},
        {"name": "北" * 40},
        {"name": "a\u0000b"},
        {"status": "active"},
        {"status": "completed"},
        {"expirationSeconds": 60},
        {"expirationSeconds": 2_592_000},
        {"expirationSeconds": 60.5},
        {"assistantId": ASSISTANT},
        {"assistantId": ASSISTANT.upper()},
        {"squadId": "any text"},
        {"phoneNumberId": ASSISTANT},
        {"customerId": "any text"},
        {"messages": []},
        {"assistant": {}},
        {"assistant": {"name": "x" * 40, "voicemailMessage": "x" * 1000, "endCallMessage": "x" * 1000}},
        {"assistant": {"maxDurationSeconds": 10, "endCallPhrases": ["ab", "x" * 140]}},
        {"assistant": {"maxDurationSeconds": 43_200}},
        {"assistant": {"clientMessages": ["transcript"], "serverMessages": ["session.created", "chat.created"]}},
        {"assistant": {"firstMessageMode": "assistant-waits-for-user", "voicemailDetection": "off"}},
        {"assistant": {"voicemailDetection": {"provider": "openai"}, "backgroundSound": "office"}},
        {"assistant": {"backgroundSound": "https://example.org/sound.mp3"}},
        {"assistant": {"model": {"provider": "openai", "anything": [1, {"goes": True}]}}},
        {"assistant": {"model": {"provider": "custom-llm"}, "voice": {"provider": "11labs", "voiceId": "sarah"}}},
        {"assistant": {"transcriber": {"provider": "deepgram", "keywords": ["a:1"]}, "model": {"provider": "vapi"}}},
        {"assistantOverrides": {"model": {"provider": "openai", "model": "gpt-4o", "temperature": 1}}},
        {"assistant": {"silenceTimeoutSeconds": 10, "backgroundDenoisingEnabled": True}},
        {"assistant": {"endCallFunctionEnabled": False, "messagePlan": {"idleMessages": ["Still there?"]}}},
        {"assistant": {"startSpeakingPlan": {"smartEndpointingEnabled": "livekit"}}},
        {"assistantOverrides": {"silenceTimeoutSeconds": 30.5, "messagePlan": {}, "endCallFunctionEnabled": True}},
        {"squad": {"members": [{"assistantOverrides": {"backgroundDenoisingEnabled": False}}]}},
        {"assistant": {"hooks": [{"on": "session.created", "do": []}]}},
        {"assistant": {"server": {"url": "https://example.org/hook", "timeoutSeconds": 1}}},
        {"assistant": {"server": {"url": "wss://example.org/hook", "timeoutSeconds": 300}}},
        {"assistant": {"server": {"url": "http://localhost:9000/hook"}}},
        {"assistant": {"server": {"url": "http://127.0.0.1"}}},
        {"assistantOverrides": {"variableValues": {"a": 1}, "tools:append": [{"type": "endCall"}]}},
        {"squad": {"members": []}},
        {"squad": {"members": [{"assistantId": ASSISTANT, "assistantVersion": "v3"}], "name": "s"}},
        {"customer": {}},
        {"customer": {"number": "+14155550101", "numberE164CheckEnabled": True}},
        {"customer": {"number": "+12"}},
        {"customer": {"number": "abc123", "numberE164CheckEnabled": False}},
        {"customer": {"number": "+abc123", "numberE164CheckEnabled": False}},
        {"customer": {"extension": "1234567890", "sipUri": "sip:a@example.org", "name": "x" * 40}},
        {"customer": {"email": "no email at all", "externalId": "x" * 40}},
        {"phoneNumber": {"twilioPhoneNumber": "+14155550101", "twilioAccountSid": "AC1", "smsEnabled": False}},
    ],
    ids=shortened,
)
def test_accepted_and_returned(create: Create, body: dict[str, Any]) -> None:
    session = create(**body)

    assert {key: session[key] for key in body} == body


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": "x" * 41}, "name must be shorter than or equal to 40 characters"),
        ({"name": 5}, "name must be a string"),
        ({"name": ["x"]}, "name must be a string"),
        ({"status": "foo"}, "status must be one of the following values: active, completed"),
        ({"status": "Active"}, "status must be one of the following values: active, completed"),
        ({"status": 1}, "status must be one of the following values: active, completed"),
        ({"expirationSeconds": 59}, "expirationSeconds must not be less than 60"),
        ({"expirationSeconds": 59.999}, "expirationSeconds must not be less than 60"),
        ({"expirationSeconds": -1}, "expirationSeconds must not be less than 60"),
        ({"expirationSeconds": 2_592_001}, "expirationSeconds must not be greater than 2592000"),
        ({"expirationSeconds": 1e300}, "expirationSeconds must not be greater than 2592000"),
        ({"expirationSeconds": "60"}, f"expirationSeconds {NUMBER_RULE}"),
        ({"expirationSeconds": True}, f"expirationSeconds {NUMBER_RULE}"),
        ({"messages": {}}, "messages must be an array"),
        ({"messages": "hi"}, "messages must be an array"),
        ({"foo": 1}, "property foo should not exist"),
        ({"id": ASSISTANT}, "property id should not exist"),
        ({"metadata": {}}, "property metadata should not exist"),
        ({"cost": 1}, "property cost should not exist"),
        ({"": 1}, "property  should not exist"),
    ],
    ids=shortened,
)
def test_refused_by_create_and_update(
    client: FlaskClient,
    patch: Callable[[Any], Any],
    assert_refused: Refused,
    body: dict[str, Any],
    message: str,
) -> None:
    assert_refused(client.post("/session", json=body), 400, [message])
    assert_refused(patch(body), 400, [message])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"assistantId": "a"}, "assistantId must be a UUID"),
        ({"assistantId": 5}, "assistantId must be a string"),
        ({"phoneNumberId": "p1"}, "phoneNumberId must be a UUID"),
        ({"squadId": 5}, "squadId must be a string"),
        ({"customerId": {}}, "customerId must be a string"),
        ({"assistant": "x"}, "assistant must be an object"),
        ({"assistant": []}, "assistant must be an object"),
        ({"squad": {}}, "squad.members should not be empty"),
        ({"squad": {"members": {}}}, "squad.members must be an array"),
        ({"squad": {"members": [5]}}, "each value in squad.members must be an object"),
        ({"customer": "+14155550101"}, "customer must be an object"),
        ({"customer": {"number": "12"}}, "customer.number must be longer than or equal to 3 characters"),
        ({"customer": {"number": "1" * 41}}, "customer.number must be shorter than or equal to 40 characters"),
        ({"customer": {"number": "14155550101"}}, f"customer.number {E164_RULE}"),
        ({"customer": {"number": "+04155550101"}}, f"customer.number {E164_RULE}"),
        ({"customer": {"number": "+1234567890123456"}}, f"customer.number {E164_RULE}"),
        ({"customer": {"number": "+1 415 555"}}, f"customer.number {E164_RULE}"),
        (
            {"customer": {"number": "4155550101", "numberE164CheckEnabled": None}},
            f"customer.number {E164_RULE}",
        ),
        (
            {"customer": {"number": "+1 415", "numberE164CheckEnabled": False}},
            "customer.number must be letters and digits after an optional +",
        ),
        ({"customer": {"numberE164CheckEnabled": "no"}}, "customer.numberE164CheckEnabled must be a boolean value"),
        ({"customer": {"extension": "x" * 11}}, "customer.extension must be shorter than or equal to 10 characters"),
        ({"customer": {"name": "x" * 41}}, "customer.name must be shorter than or equal to 40 characters"),
        ({"customer": {"email": "x" * 41}}, "customer.email must be shorter than or equal to 40 characters"),
        ({"customer": {"externalId": "x" * 41}}, "customer.externalId must be shorter than or equal to 40 characters"),
        ({"customer": {"sipUri": 5}}, "customer.sipUri must be a string"),
        ({"customer": {"phone": "1"}}, "customer.property phone should not exist"),
        ({"assistant": {"name": "x" * 41}}, "assistant.name must be shorter than or equal to 40 characters"),
        ({"assistant": {"foo": 1}}, "assistant.property foo should not exist"),
        ({"assistant": {"0": 1}}, "assistant.property 0 should not exist"),
        ({"assistant": {"variableValues": {}}}, "assistant.property variableValues should not exist"),
        ({"assistant": {"maxDurationSeconds": 9}}, "assistant.maxDurationSeconds must not be less than 10"),
        ({"assistant": {"maxDurationSeconds": 43_201}}, "assistant.maxDurationSeconds must not be greater than 43200"),
        (
            {"assistant": {"voicemailMessage": "x" * 1001}},
            "assistant.voicemailMessage must be shorter than or equal to 1000 characters",
        ),
        (
            {"assistant": {"endCallPhrases": ["x"]}},
            "each value in assistant.endCallPhrases must be longer than or equal to 2 characters",
        ),
        (
            {"assistant": {"endCallPhrases": ["x" * 141]}},
            "each value in assistant.endCallPhrases must be shorter than or equal to 140 characters",
        ),
        ({"assistant": {"credentialIds": [5]}}, "each value in assistant.credentialIds must be a string"),
        (
            {"assistant": {"firstMessageMode": "x"}},
            "assistant.firstMessageMode must be one of the following values: assistant-speaks-first, "
            "assistant-speaks-first-with-model-generated-message, assistant-waits-for-user",
        ),
        ({"assistant": {"server": {"url": "http://example.org"}}}, f"assistant.server.url {URL_RULE}"),
        ({"assistant": {"server": {"url": "http://localhost.example.org"}}}, f"assistant.server.url {URL_RULE}"),
        ({"assistant": {"server": {"url": "ftp://example.org"}}}, f"assistant.server.url {URL_RULE}"),
        (
            {"assistantOverrides": {"server": {"timeoutSeconds": 301}}},
            "assistantOverrides.server.timeoutSeconds must not be greater than 300",
        ),
        ({"assistantOverrides": {"variableValues": []}}, "assistantOverrides.variableValues must be an object"),
        ({"assistantOverrides": {"tools:append": {}}}, "assistantOverrides.tools:append must be an array"),
        (
            {"assistantOverrides": {"tools_append": []}},
            "assistantOverrides.property tools_append should not exist",
        ),
        (
            {"customer": {"assistantOverrides": {"server": {"url": "x"}}}},
            f"customer.assistantOverrides.server.url {URL_RULE}",
        ),
        (
            {"squad": {"members": [{}, {"assistant": {"name": 5}}]}},
            "squad.members.1.assistant.name must be a string",
        ),
        ({"squad": {"members": [{"foo": 1}]}}, "squad.members.0.property foo should not exist"),
        ({"phoneNumber": {"twilioPhoneNumber": "+1"}}, "phoneNumber.twilioAccountSid should not be empty"),
        ({"assistant": {"silenceTimeoutSeconds": 9}}, "assistant.silenceTimeoutSeconds must not be less than 10"),
        ({"assistant": {"serverUrlSecret": 5}}, "assistant.serverUrlSecret must be a string"),
        ({"assistant": {"serverUrl": "https://x.example"}}, "assistant.property serverUrl should not exist"),
        (
            {"assistant": {"server": {"backoffPlan": {"maxRetries": 1, "baseDelaySeconds": 1}}}},
            "assistant.server.backoffPlan.type must be one of the following values: fixed, exponential",
        ),
    ],
    ids=shortened,
)
def test_refused_by_create(client: FlaskClient, assert_refused: Refused, body: dict[str, Any], message: str) -> None:
    assert_refused(client.post("/session", json=body), 400, [message])


@pytest.mark.parametrize(
    ("background", "messages"),
    [
        (value, ["must be one of the following values: off, office", rule])
        for value, rule in (
            ("no uri", "must be a URI"),
            (5, "must be a string"),
            ({}, "must be a string"),
            ({"off": 1}, "must be a string"),
        )
    ],
)
def test_refused_union_names_the_field_and_no_branch(
    client: FlaskClient, assert_refused: Refused, background: Any, messages: list[str]
) -> None:
    response = client.post("/session", json={"assistant": {"backgroundSound": background}})

    assert_refused(response, 400, [f"assistant.backgroundSound {message}" for message in messages])


PROVIDERS = {
    "model": "anthropic, anthropic-bedrock, anyscale, cerebras, custom-llm, deepinfra, deep-seek, google, groq, "
    "inflection-ai, minimax, openai, openrouter, perplexity-ai, together-ai, xai, vapi",
    "voice": "azure, cartesia, custom-voice, deepgram, 11labs, hume, lmnt, neuphonic, openai, playht, wellsaid, "
    "rime-ai, smallest-ai, tavus, vapi, sesame, inworld, minimax, xai, microsoft",
    "transcriber": "assembly-ai, azure, custom-transcriber, deepgram, 11labs, gladia, google, speechmatics, "
    "talkscriber, openai, cartesia, soniox, xai, vapi",
}
OWNERS: dict[str, Callable[[Any], Any]] = {
    "assistant": lambda part: {"assistant": part},
    "assistantOverrides": lambda part: {"assistantOverrides": part},
    "squad.members.0.assistant": lambda part: {"squad": {"members": [{"assistant": part}]}},
    "squad.members.0.assistantOverrides": lambda part: {"squad": {"members": [{"assistantOverrides": part}]}},
    "squad.membersOverrides": lambda part: {"squad": {"members": [], "membersOverrides": part}},
    "customer.assistantOverrides": lambda part: {"customer": {"assistantOverrides": part}},
    "customer.squadOverrides": lambda part: {"customer": {"squadOverrides": part}},
}


@pytest.mark.parametrize("part", PROVIDERS)
@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize(
    "value", [{"model": "gpt-4o"}, {}, {"provider": None}, {"provider": "OpenAI"}, {"provider": 5}], ids=shortened
)
def test_provider_is_required_wherever_an_assistant_is(
    client: FlaskClient, assert_refused: Refused, owner: str, part: str, value: dict[str, Any]
) -> None:
    response = client.post("/session", json=OWNERS[owner]({part: value}))

    rule = f"must be one of the following values: {PROVIDERS[part]}"
    assert_refused(response, 400, [f"{owner}.{part}.provider {rule}"])


@pytest.mark.parametrize(
    ("part", "provider"), [(part, each) for part in PROVIDERS for each in PROVIDERS[part].split(", ")]
)
def test_each_provider_is_taken(create: Create, part: str, provider: str) -> None:
    assert create(assistant={part: {"provider": provider}})["assistant"] == {part: {"provider": provider}}


@pytest.mark.parametrize("part", PROVIDERS)
@pytest.mark.parametrize("value", ["openai", 5, ["openai"]])
def test_settings_of_a_provider_are_an_object(
    client: FlaskClient, assert_refused: Refused, part: str, value: Any
) -> None:
    response = client.post("/session", json={"assistant": {part: value}})

    assert_refused(response, 400, [f"assistant.{part} must be an object"])


def test_number_is_checked_along_with_other_broken_fields(client: FlaskClient, assert_refused: Refused) -> None:
    response = client.post("/session", json={"customer": {"number": "4155550101", "name": "x" * 41}})

    assert_refused(
        response,
        400,
        [f"customer.number {E164_RULE}", "customer.name must be shorter than or equal to 40 characters"],
    )


@pytest.mark.parametrize("code", ["400", "400.0", "4e2", "123456789012345678901234567890", "1e300"])
def test_a_whole_number_is_an_integer_however_it_is_written(client: FlaskClient, code: str) -> None:
    plan = f'{{"type": "fixed", "maxRetries": 1, "baseDelaySeconds": 1, "excludedStatusCodes": [{code}]}}'
    body = f'{{"assistant": {{"server": {{"url": "https://example.com", "backoffPlan": {plan}}}}}}}'

    made = client.post("/session", data=body, content_type="application/json")

    assert made.status_code == 201
    assert made.json is not None
    stored = client.get(f"/session/{made.json['id']}").get_json()
    assert stored["assistant"]["server"]["backoffPlan"]["excludedStatusCodes"] == [float(code)]


@pytest.mark.parametrize("field", ["assistantId", "squadId", "customer", "customerId", "phoneNumberId", "assistant"])
def test_update_takes_no_other_fields(patch: Callable[[Any], Any], assert_refused: Refused, field: str) -> None:
    assert_refused(patch({field: None}), 400, [f"property {field} should not exist"])


def test_all_violations_at_once(client: FlaskClient, assert_refused: Refused) -> None:
    body = {
        "name": "x" * 41,
        "status": "foo",
        "expirationSeconds": 59,
        "assistantId": "a",
        "customer": {"number": "1", "foo": 1},
        "bar": 1,
    }

    response = client.post("/session", json=body)

    assert sorted(response.json["message"]) == [
        "assistantId must be a UUID",
        "customer.number must be longer than or equal to 3 characters",
        "customer.property foo should not exist",
        "expirationSeconds must not be less than 60",
        "name must be shorter than or equal to 40 characters",
        "property bar should not exist",
        "status must be one of the following values: active, completed",
    ]
    assert_refused(response, 400, response.json["message"])


def test_violations_of_an_update_change_nothing(client: FlaskClient, create: Create) -> None:
    session = create(name="before")

    response = client.patch(f"/session/{session['id']}", json={"name": "after", "status": "foo"})

    assert response.status_code == 400
    assert client.get(f"/session/{session['id']}").json == session


ROLE_RULE = "must be one of the following values: assistant, tool, developer, user, system"
VOICE = {"role": "user", "message": "hi", "time": 1_787_340_932_548, "secondsFromStart": 0.5}


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": "hi"},
        {"role": "system", "content": "x", "name": "n", "metadata": {"a": 1}},
        {"role": "user", "content": ""},
        {"role": "user", "content": "x" * 10_000},
        VOICE,
        {**VOICE, "role": "system"},
        {**VOICE, "role": "bot", "endTime": 2, "duration": 1, "isFiltered": False, "detectedThreats": ["x"]},
        {**VOICE, "confidence": 0.9, "confidenceSource": "provider", "speakerLabel": "A"},
        {"role": "assistant"},
        {"role": "assistant", "content": "yo"},
        {"role": "assistant", "content": "yo", "message": "yo"},
        {"role": "assistant", "refusal": "no", "name": "n", "metadata": {}},
        {
            "role": "assistant",
            "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        },
        {"role": "tool", "content": "42", "tool_call_id": "1"},
        {"role": "developer", "content": "x"},
        {"role": "user", "content": "hi", "undocumented": None},
    ],
    ids=shortened,
)
def test_message_is_kept_as_sent(create: Create, patch: Callable[[Any], Any], message: dict[str, Any]) -> None:
    created = create(messages=[message])
    changed = patch({"messages": [message, message]}).json

    assert created["messages"] == [message]
    assert changed["messages"] == [message, message]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (5, "each value in messages must be an object"),
        (None, "each value in messages must be an object"),
        ({}, f"messages.0.role {ROLE_RULE}"),
        ({"role": "nope"}, f"messages.0.role {ROLE_RULE}"),
        ({"role": "User", "content": "hi"}, f"messages.0.role {ROLE_RULE}"),
        ({"role": "bot", "content": "hi", "time": 1}, f"messages.0.role {ROLE_RULE}"),
        ({"role": None, "content": "hi"}, f"messages.0.role {ROLE_RULE}"),
        ({"role": 5, "content": "hi"}, f"messages.0.role {ROLE_RULE}"),
        ({"content": "hi"}, f"messages.0.role {ROLE_RULE}"),
        ({**VOICE, "role": 5}, "messages.0.role must be a string"),
        ({"role": "user"}, "messages.0.content should not be empty"),
        ({"role": "user", "content": 5}, "messages.0.content must be a string"),
        (
            {"role": "user", "content": "x" * 10_001},
            "messages.0.content must be shorter than or equal to 10000 characters",
        ),
        (
            {"role": "system", "content": "x", "name": "x" * 41},
            "messages.0.name must be shorter than or equal to 40 characters",
        ),
        (
            {"role": "assistant", "content": "x" * 10_001},
            "messages.0.content must be shorter than or equal to 10000 characters",
        ),
        ({"role": "assistant", "refusal": 5}, "messages.0.refusal must be a string"),
        ({"role": "assistant", "tool_calls": {}}, "messages.0.tool_calls must be an array"),
        (
            {
                "role": "assistant",
                "tool_calls": [{"id": "1", "type": "f", "function": {"name": "x" * 81, "arguments": ""}}],
            },
            "messages.0.tool_calls.0.function.name must be shorter than or equal to 80 characters",
        ),
        ({"role": "tool", "content": "x"}, "messages.0.tool_call_id should not be empty"),
        ({"role": "developer"}, "messages.0.content should not be empty"),
        ({**VOICE, "time": "now"}, f"messages.0.time {NUMBER_RULE}"),
        ({**VOICE, "message": 5}, "messages.0.message must be a string"),
    ],
    ids=shortened,
)
def test_refused_message(client: FlaskClient, assert_refused: Refused, message: Any, expected: str) -> None:
    assert_refused(client.post("/session", json={"messages": [message]}), 400, [expected])


def test_message_without_its_required_fields(client: FlaskClient, assert_refused: Refused) -> None:
    response = client.post("/session", json={"messages": [{"role": "user", "content": "hi"}, {"message": "hi"}]})

    assert_refused(
        response,
        400,
        [f"messages.1.{field} should not be empty" for field in ("role", "time", "secondsFromStart")],
    )


def test_metadata_in_a_create_is_refused_and_listed_as_a_trap(client: FlaskClient, assert_refused: Refused) -> None:
    page = (Path(__file__).parents[5] / "mock_server/docs/vapi.md").read_text("utf-8")

    assert_refused(client.post("/session", json={"metadata": {"a": 1}}), 400, ["property metadata should not exist"])
    assert "`metadata` in `POST /session` is answered 400" in page.partition("Avoid known traps")[2]


def test_headers_of_other_mock_servers_are_ignored(client: FlaskClient) -> None:
    assert client.get("/session", headers={"Prefer": "code=404", "X-Mock-Response-Code": "500"}).status_code == 200


def test_seeded_assistants_satisfy_what_requests_must(client: FlaskClient) -> None:
    seeded = create_app(Settings(sessions=1_000, vendor=("vapi",))).test_client()
    rows = seeded.get("/session?limit=1000", headers={"Authorization": "Bearer any"}).json["results"]
    inline = ("assistant", "assistantOverrides", "squad", "customer", "messages", "phoneNumber")
    bodies = [{key: row[key] for key in inline if key in row} for row in rows if not row.keys().isdisjoint(inline[:3])]
    answers = [client.post("/session", json=body) for body in bodies]

    assert [(answer.status_code, answer.json) for answer in answers if answer.status_code != 201] == []
    assert sum("assistant" in body for body in bodies) > 0
