"""Settings come from flags and variables, and say what is wrong with them."""

from collections import Counter
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from pydantic import TypeAdapter, ValidationError

from mock_server import Settings
from mock_server.settings import OPTIONS, Keywords, SettingsError, refuse_unknown_variables, variable
from mock_server.vendors import VENDORS, VendorSettings

DEFAULTS: dict[str, Any] = {
    "host": "127.0.0.1",
    "port": 8400,
    "vendor": (),
    "sessions": 250,
    "seed": 1,
    "clock": "real",
    "db": None,
    "durability": "process",
    "world": "demo",
    "load": None,
    "faults": None,
    "journal": 1000,
    "admin_token": None,
    "cors": (),
    "webhook_allow": (),
    "event_history": 10_000,
    "streams": 16,
    "slow_requests": 24,
    "connections": 1_024,
    "head_seconds": 30.0,
    "body_seconds": 60.0,
    "head_bytes": 65_536,
    "documents_mib": 96,
    "webhook_workers": 16,
    "quiet": None,
    "check_references": False,
    "api_key": (),
    "lenient_query": False,
    "export_all": False,
    "webhook": None,
    "webhook_all": False,
    "webhook_secret": None,
    "webhook_token": None,
    "user": (),
    "auth": True,
    "lenient_accept": True,
    "json_auth_errors": False,
    "strict_query": False,
    "data_contract": False,
}
VALUES: list[tuple[str, str, Any]] = [
    ("host", "0.0.0.0", "0.0.0.0"),
    ("port", "0", 0),
    ("vendor", "vapi", ("vapi",)),
    ("sessions", "0", 0),
    ("seed", "-7", -7),
    ("clock", "2026-01-31T09:00:00+01:00", "2026-01-31T09:00:00+01:00"),
    ("db", "some/where.json", Path("some/where.json")),
    ("durability", "disk", "disk"),
    ("world", "ties", "ties"),
    ("load", "data.json", Path("data.json")),
    ("faults", "faults.json", Path("faults.json")),
    ("journal", "0", 0),
    ("admin_token", "t1", "t1"),
    ("cors", "http://localhost:3000 *", ("http://localhost:3000", "*")),
    ("webhook_allow", "hooks.example.com other.example.com", ("hooks.example.com", "other.example.com")),
    ("event_history", "5", 5),
    ("streams", "3", 3),
    ("slow_requests", "2", 2),
    ("connections", "20", 20),
    ("head_seconds", "0.5", 0.5),
    ("body_seconds", "90", 90.0),
    ("head_bytes", "2048", 2048),
    ("documents_mib", "3", 3),
    ("webhook_workers", "3", 3),
    ("quiet", "yes", True),
    ("check_references", "1", True),
    ("api_key", "alpha beta", ("alpha", "beta")),
    ("lenient_query", "true", True),
    ("export_all", "1", True),
    ("webhook", "https://hooks.example.com/in", "https://hooks.example.com/in"),
    ("webhook_all", "true", True),
    ("webhook_secret", "s1", "s1"),
    ("webhook_token", "t1", "t1"),
    ("user", "ann:pw bob:pw:Admin,Other:locked", ("ann:pw", "bob:pw:Admin,Other:locked")),
    ("auth", "0", False),
    ("lenient_accept", "no", False),
    ("json_auth_errors", "1", True),
    ("strict_query", "true", True),
    ("data_contract", "on", True),
]
TEXTS = [(name, text) for name, text, _ in VALUES]


def flat(settings: Settings) -> dict[str, Any]:
    """The settings as keywords: those of each section next to the server's own."""
    values = settings.model_dump()
    sections = [values.pop(vendor.name) for vendor in VENDORS]
    return {name: value for each in (values, *sections) for name, value in each.items()}


def test_defaults() -> None:
    assert flat(Settings()) == flat(Settings.from_environment({})) == DEFAULTS


@pytest.mark.parametrize(("name", "text", "value"), VALUES, ids=[name for name, _ in TEXTS])
def test_each_setting_has_a_variable(name: str, text: str, value: Any) -> None:
    settings = Settings.from_environment({f"MOCK_SERVER_{name.upper()}": text, "PATH": "/bin"})

    assert flat(settings) == {**DEFAULTS, name: value}


def test_names_of_options_and_sections_never_collide() -> None:
    vendors = [name for vendor in VENDORS for name in vendor.options.model_fields]
    names = [*Settings.model_fields, *vendors]

    assert [name for name, count in Counter(names).items() if count > 1] == []


def test_each_vendor_has_a_section_of_its_own_options() -> None:
    assert {name: type(getattr(Settings(), name)) for name in VendorSettings.model_fields} == {
        vendor.name: vendor.options for vendor in VENDORS
    }


def test_keywords_are_the_options_with_the_types_that_they_accept() -> None:
    types = get_type_hints(Keywords)

    assert {*types} == {*OPTIONS}
    for name, _, value in VALUES:
        TypeAdapter(types[name]).validate_python(value, strict=True)
        TypeAdapter(types[name]).validate_python(DEFAULTS[name], strict=True)


def test_a_section_can_be_given_as_a_whole() -> None:
    whole = Settings(vapi={"api_key": ["alpha"]}, export_all=True)

    assert whole == Settings(vapi=Settings(api_key=["alpha"]).vapi, export_all=True)
    assert (whole.vapi.api_key, whole.vapi.export_all) == (("alpha",), True)


def test_no_setting_was_forgotten_here() -> None:
    assert [name for name, _ in TEXTS] == list(DEFAULTS) == list(OPTIONS)
    assert all(field.description for field in OPTIONS.values())


@pytest.mark.parametrize("text", ["false", "0", "no", "off"])
def test_false_is_not_on(text: str) -> None:
    assert Settings.from_environment({"MOCK_SERVER_STRICT_QUERY": text}).evovoice.strict_query is False


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    assert Settings.from_environment({variable(name): "" for name in DEFAULTS}) == Settings()


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        pytest.param({"port": "x"}, ["--port 'x'", "integer"], id="port-no-number"),
        pytest.param({"port": -1}, ["--port -1", "greater than or equal to 0"], id="port-negative"),
        pytest.param({"port": 65_536}, ["--port 65536", "65535"], id="port-too-large"),
        pytest.param({"sessions": -1}, ["--sessions -1", "greater than or equal to 0"], id="sessions"),
        pytest.param({"seed": 1.5}, ["--seed 1.5", "integer"], id="seed"),
        pytest.param({"clock": "soon"}, ["--clock 'soon'", "2026-01-31T09:30:00.000Z"], id="clock"),
        pytest.param({"clock": "2026-02-30"}, ["--clock '2026-02-30'"], id="clock-no-such-day"),
        pytest.param({"durability": "forever"}, ["--durability 'forever'", "'process' or 'disk'"], id="durability"),
        pytest.param({"vendor": ["nobody"]}, ["--vendor 'nobody': unknown vendor; choose from vapi"], id="vendor"),
        pytest.param({"api_key": [""]}, ["--api-key: use at least one character"], id="key-empty"),
        pytest.param({"api_key": ["a b"]}, ["--api-key: ", "no spaces"], id="key-with-a-space"),
        pytest.param(
            {"cors": ["app.example"]}, ["--cors 'app.example': it is not an origin such as"], id="cors-no-scheme"
        ),
        pytest.param({"user": ["ann"]}, ["--user: give NAME:PASSWORD"], id="user-without-a-password"),
        pytest.param({"user": [":pw"]}, ["--user: give NAME:PASSWORD"], id="user-without-a-name"),
        pytest.param({"user": ["a:b:c:d"]}, ["NAME:PASSWORD:ROLES:locked"], id="user-in-an-unknown-state"),
        pytest.param({"strict_query": "perhaps"}, ["--strict-query 'perhaps'", "boolean"], id="switch"),
        pytest.param({"prot": 1}, ["--prot 1", "not permitted"], id="unknown"),
        pytest.param({"port": -1, "seed": "x"}, ["--port -1", "; --seed 'x'"], id="all-at-once"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(values: dict[str, Any], parts: list[str]) -> None:
    with pytest.raises(SettingsError) as error:
        Settings.of(values)

    assert [part for part in parts if part not in str(error.value)] == []
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("MOCK_SERVER_PROT", "did you mean MOCK_SERVER_PORT?"),
        ("MOCK_SERVER_PORTS", "did you mean MOCK_SERVER_PORT?"),
        ("MOCK_SERVER_APIKEY", "did you mean MOCK_SERVER_API_KEY?"),
        ("MOCK_SERVER_API_KEYS", "did you mean MOCK_SERVER_API_KEY?"),
        ("MOCK_SERVER_SESSION", "did you mean MOCK_SERVER_SESSIONS?"),
        ("MOCK_SERVER_STRICT", "did you mean MOCK_SERVER_STRICT_QUERY?"),
        ("MOCK_SERVER_", "choose from MOCK_SERVER_HOST, MOCK_SERVER_PORT, "),
        ("MOCK_SERVER_ZZZ", "choose from MOCK_SERVER_HOST, MOCK_SERVER_PORT, "),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest_name(name: str, hint: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is not a setting; ") as error:
        Settings.from_environment({name: "1", "MOCK_SERVER_PORT": "0"})

    assert hint in str(error.value)


@pytest.mark.parametrize("name", ["MOCK_PORT", "MOCKSERVER_PORT", "_MOCK_SERVER_COMPLETE", "mock_server_port"])
def test_variables_of_others_are_none_of_our_business(name: str) -> None:
    refuse_unknown_variables({name: "1"})


@pytest.mark.parametrize("values", [{"user": ["ann:s3cret::no"]}, {"api_key": ["s3cret s3cret"]}])
def test_secrets_are_not_repeated(values: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as error:
        Settings.of(values)

    assert "s3cret" not in str(error.value)
    assert "s3cret" not in repr(Settings(user=("ann:s3cret",), api_key=("s3cret",)))


def test_settings_do_not_change() -> None:
    settings = Settings()

    with pytest.raises(ValidationError):
        settings.port = 1


@pytest.mark.parametrize(
    ("text", "frozen"),
    [("real", False), ("1970-01-01T00:00:01Z", True), ("1970-01-01", True)],
)
def test_makes_the_clock_it_names(text: str, frozen: bool) -> None:
    assert Settings(clock=text).make_clock().frozen is frozen


def test_a_named_instant_is_the_time() -> None:
    assert Settings(clock="1970-01-01T01:00:01+01:00").make_clock().now() == 1000
