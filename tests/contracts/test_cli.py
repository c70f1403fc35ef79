"""The command from outside: usage, exit codes, reports, secrets, and the emulator, sound and spoilt."""

from __future__ import annotations

import base64
import json
import socket
import socketserver
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from werkzeug.wrappers import Request, Response

from contracts.checks import BUILT_IN, OWN
from contracts.cli import main

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Make = Callable[..., Any]
ONE = ("--operation", "SessionController_findOne", "--max-examples", "2")
ROOT = str(Path(__file__).parents[2])
SECRET = 's3cret/"key"+1'


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    assert [path.name for path in tmp_path.iterdir() if path.suffix not in (".xml", ".json")] == []


def contracts(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environment)


def check_vapi(*arguments: str, **environment: str) -> Result:
    return contracts("check", "--vendor", "vapi", "--level", "full", *arguments, **environment)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def echoing(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer everything with what was sent, as a careless server might."""
    sent = environ.get("HTTP_AUTHORIZATION", "")
    start_response("200 OK", [("Content-Type", "application/json"), ("X-Echo", "yes")])
    return [json.dumps({"id": sent, "orgId": sent, "createdAt": sent, "status": sent}).encode()]


@pytest.fixture
def hanging_up() -> Iterator[str]:
    """The URL of a server that closes each connection as soon as it has read from it."""

    class HangUp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(1024)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), HangUp) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_help_shows_examples_and_exit_codes() -> None:
    result = contracts("check", "--help")

    assert result.exit_code == 0
    assert "contracts check --vendor vapi --app mock_server:create_app" in result.output
    assert "3  the run could not be done" in result.output


def test_every_check_is_listed_with_its_reason() -> None:
    result = contracts("check", "--list-checks")

    assert result.exit_code == 0
    assert all(use.name in result.output and use.reason in result.output for use in BUILT_IN + OWN)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("--vendor", "vapi"), "got neither", id="no target"),
        pytest.param(("--vendor", "vapi", "--app", "a:b", "--target", "http://x"), "got both", id="two targets"),
        pytest.param(("--target", "http://x"), "Missing --vendor. Known: vapi", id="no vendor"),
        pytest.param(
            ("--vendor", "vapy", "--app", "a:b"), "'vapy' is not one of 'vapi', 'evovoice', 'all'", id="unknown vendor"
        ),
        pytest.param(("--vendor", "vapi", "--app", "no_colon"), "module:attribute", id="app without a colon"),
        pytest.param(
            ("--vendor", "vapi", "--target", "127.0.0.1:1"),
            "a URL such as http://127.0.0.1:8400",
            id="no URL",
        ),
        pytest.param(
            ("--vendor", "vapi", "--target", "http://me:pw@127.0.0.1:1"),
            "belongs in --token",
            id="password in URL",
        ),
        pytest.param(("--vendor", "vapi", "--app", "a:b", "--seed", "-1"), "--seed", id="negative seed"),
        pytest.param(("--vendor", "vapi", "--app", "a:b", "--max-examples", "0"), "--max-examples", id="no examples"),
        pytest.param(
            ("--vendor", "vapi", "--app", "a:b", "--operation", "SessionController_findone"),
            "Did you mean 'SessionController_findOne'",
            id="unknown operation",
        ),
        pytest.param(
            ("--vendor", "vapi", "--app", "a:b", "--json", "gone/report.json"),
            "does not exist",
            id="no folder",
        ),
    ],
)
def test_wrong_usage_exits_2_and_says_what_is_allowed(arguments: tuple[str, ...], message: str) -> None:
    result = contracts("check", *arguments)

    assert result.exit_code == 2
    assert message in result.output
    assert "pw" not in result.output


@pytest.mark.parametrize("token", ["", " ", "a\nb", "schlüssel"])
def test_a_token_that_no_header_can_carry_is_wrong_usage(token: str) -> None:
    result = check_vapi("--app", "a:b", "--token", token)

    assert result.exit_code == 2
    assert "a token is visible ASCII" in result.output


def test_a_base_install_is_told_what_to_install() -> None:
    script = "import sys; sys.modules['schemathesis'] = None; from contracts.cli import main; main()"
    command = [sys.executable, "-c", script, "check", "--vendor", "vapi", "--app", "a:b"]

    result = subprocess.run(command, check=False, capture_output=True, text=True, env={"PYTHONPATH": ROOT})

    assert result.returncode == 3
    assert "pip install 'voice-session-emulator[contracts]'" in result.stderr


def test_an_unknown_variable_is_an_error_that_suggests_the_nearest() -> None:
    result = check_vapi("--app", "a:b", CONTRACTS_SEDE="7")

    assert result.exit_code == 2
    assert "Unknown environment variable 'CONTRACTS_SEDE'. Did you mean 'CONTRACTS_SEED'?" in result.output


def test_every_option_is_a_variable_too() -> None:
    options = [option for option in main.commands["check"].params if option.name != "list_checks"]

    assert {str(option.envvar) for option in options} == {
        f"CONTRACTS_{option.opts[0].removeprefix('--').replace('-', '_').upper()}" for option in options
    }


@pytest.mark.parametrize(
    ("app", "message"),
    [
        pytest.param("no_such_module:app", "importing 'no_such_module' failed", id="no module"),
        pytest.param("json:no_such_name", "no attribute 'no_such_name'", id="no attribute"),
        pytest.param("json:__name__", "not a WSGI application", id="no callable"),
        pytest.param("uuid:uuid4", "made a UUID", id="factory of something else"),
        pytest.param("string:Formatter.get_field", "", id="wrong callable", marks=pytest.mark.slow),
    ],
)
def test_an_application_that_cannot_be_had_exits_3(app: str, message: str) -> None:
    result = check_vapi("--app", app, *ONE)

    assert result.exit_code in (1, 3) if not message else result.exit_code == 3
    assert message in result.output


def test_a_factory_that_raises_exits_3(importable: Make) -> None:
    def create_app() -> WSGIApplication:
        raise RuntimeError("no database")

    result = check_vapi("--app", importable(create_app), *ONE)

    assert result.exit_code == 3
    assert "the factory raised RuntimeError: no database" in result.output


def test_a_target_that_does_not_answer_exits_3() -> None:
    result = check_vapi("--target", f"http://127.0.0.1:{free_port()}")

    assert result.exit_code == 3
    assert "Nothing answers at" in result.output
    assert "Start the server first" in result.output


@pytest.mark.parametrize("by_variable", [False, True], ids=["flag", "variable"])
def test_the_token_is_in_no_output(importable: Make, tmp_path: Path, by_variable: bool) -> None:
    files = ("--junit", "report.xml", "--json", "report.json")
    token = () if by_variable else ("--token", SECRET)
    environment = {"CONTRACTS_TOKEN": SECRET} if by_variable else {}

    result = check_vapi("--app", importable(echoing), *ONE, *files, *token, **environment)

    told = result.output + (tmp_path / "report.xml").read_text() + (tmp_path / "report.json").read_text()
    assert result.exit_code == 1
    assert "$TOKEN" in told
    assert "s3cret" not in told


def test_a_crash_of_the_harness_is_no_finding_and_keeps_the_token(
    importable: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError(f"cannot use {SECRET}")

    monkeypatch.setattr("contracts.commands.running.check_all", broken)
    result = check_vapi("--app", importable(echoing), "--token", SECRET)

    assert result.exit_code == 3
    assert "contracts itself failed" in result.output
    assert "s3cret" not in result.output


def test_a_server_that_hangs_up_is_a_finding(hanging_up: str) -> None:
    result = check_vapi("--target", hanging_up, *ONE)

    assert result.exit_code == 1
    assert "GET /session/{id}: answered" in result.output
    assert "No answer: ConnectionError" in result.output


@pytest.fixture
def emulator() -> WSGIApplication:
    import mock_server

    # What the newest session is like depends on the time of day.
    return mock_server.create_app(mock_server.Settings(vendor=("vapi",), sessions=40, clock="2026-01-31T09:00:00Z"))


@pytest.mark.slow
def test_the_emulator_keeps_the_contract(tmp_path: Path) -> None:
    # All but create, whose coverage alone is thousands of cases; .ci/run checks everything.
    names = ("findAllPaginated", "sessionsExport", "findOne", "update", "remove")
    chosen = [word for name in names for word in ("--operation", f"SessionController_{name}")]

    result = check_vapi("--app", "mock_server:create_app", *chosen, "--max-examples", "3", "--json", "report.json")

    assert result.exit_code == 0, result.output
    assert "PASS" in result.output
    assert json.loads((tmp_path / "report.json").read_text())["cases"] > 1000


def test_the_emulator_keeps_the_contract_over_http(emulator: WSGIApplication, serve: Make) -> None:
    result = check_vapi("--target", serve(emulator), *ONE)

    assert result.exit_code == 0, result.output


def without_org_id(row: dict[str, Any]) -> None:
    row.pop("orgId", None)


def with_cost_as_text(row: dict[str, Any]) -> None:
    row["cost"] = str(row.get("cost", 0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(without_org_id, '"orgId" is a required property', id="required field dropped"),
        pytest.param(with_cost_as_text, ".cost", id="cost as text"),
    ],
)
def test_an_emulator_with_wrong_rows_is_found(
    emulator: WSGIApplication, change_rows: Make, importable: Make, change: Make, message: str
) -> None:
    result = check_vapi("--app", importable(change_rows(emulator, change)), *ONE)

    assert result.exit_code == 1
    assert "GET /session: response_schema_conformance" in result.output
    assert "GET /session/{id}: response_schema_conformance" in result.output
    assert message in result.output


def test_an_emulator_that_skips_the_token_is_found(emulator: WSGIApplication, importable: Make) -> None:
    def trusting(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return emulator({**environ, "HTTP_AUTHORIZATION": "Bearer anyone"}, start_response)

    result = check_vapi("--app", importable(trusting), *ONE)

    assert result.exit_code == 1
    assert "GET /session/{id}: token_required" in result.output
    assert "Expected status 401" in result.output


@pytest.mark.parametrize(
    ("attribute", "value", "finding"),
    [
        pytest.param("status_code", 500, "not_a_server_error", id="500"),
        pytest.param("content_type", "text/html", "content_type_conformance", id="wrong content type"),
    ],
)
def test_an_emulator_with_a_wrong_answer_is_found(
    emulator: WSGIApplication, rewrite: Make, importable: Make, attribute: str, value: object, finding: str
) -> None:
    def spoil(request: Request, response: Response) -> None:
        if request.path.startswith("/session/") and response.status_code == 200:
            setattr(response, attribute, value)

    result = check_vapi("--app", importable(rewrite(emulator, spoil)), *ONE)

    assert result.exit_code == 1
    assert f"GET /session/{{id}}: {finding}" in result.output


# Evo Voice, and all vendors

EVO = ("--vendor", "evovoice")
EVO_ONE = ("--operation", "GetAISession", "--max-examples", "2")


@pytest.fixture
def evovoice() -> WSGIApplication:
    import mock_server

    return mock_server.create_app(mock_server.Settings(vendor=("evovoice",), sessions=40))


@pytest.mark.slow
def test_the_emulator_of_evo_voice_keeps_the_contract(
    evovoice: WSGIApplication, importable: Make, tmp_path: Path
) -> None:
    result = contracts(
        "check",
        *EVO,
        "--level",
        "full",
        "--app",
        importable(evovoice),
        "--max-examples",
        "3",
        "--json",
        str(tmp_path / "r.json"),
    )

    assert result.exit_code == 0, result.output
    report = json.loads((tmp_path / "r.json").read_text())
    assert (report["vendor"], report["warnings"], report["cases"] > 500) == ("evovoice", [], True)
    judged = {name for operation in report["operations"] for name in operation["checks"]}
    assert {"token_required", "token_refused", "role_required", "walk_status"} <= judged


def test_all_vendors_are_one_report(importable: Make, tmp_path: Path) -> None:
    import mock_server

    app = mock_server.create_app(mock_server.Settings(sessions=20))
    options = ("--operation", "SessionController_findOne", "--operation", "GetAISession", "--max-examples", "2")

    files = ("--json", str(tmp_path / "r.json"), "--junit", str(tmp_path / "r.xml"))
    result = contracts("check", "--vendor", "all", "--app", importable(app), *options, *files)

    assert result.exit_code == 0, result.output
    assert [run["vendor"] for run in json.loads((tmp_path / "r.json").read_text())["runs"]] == ["vapi", "evovoice"]
    suites = ElementTree.parse(tmp_path / "r.xml").getroot()
    assert [suite.get("name") for suite in suites] == ["contracts.vapi", "contracts.evovoice"]
    assert result.output.count("PASS: ") == 2


def test_with_all_an_operation_need_be_known_to_one_only(importable: Make, evovoice: WSGIApplication) -> None:
    result = contracts("check", "--vendor", "all", "--app", importable(evovoice), *EVO_ONE)
    unknown = contracts("check", "--vendor", "all", "--app", importable(evovoice), "--operation", "GetAISesion")

    assert (result.exit_code, result.output.count("PASS: ")) == (0, 1), result.output
    assert unknown.exit_code == 2
    assert "GetAISession" in unknown.output


def test_the_application_is_made_once_for_all_vendors(importable: Make) -> None:
    import mock_server

    made = []

    def factory() -> WSGIApplication:
        made.append(mock_server.create_app(mock_server.Settings(sessions=5)))
        return made[-1]

    contracts("check", "--vendor", "all", "--app", importable(factory), *EVO_ONE, "--operation", ONE[1])

    assert len(made) == 1


@pytest.mark.parametrize("given", ["EVOVOICE_USER", "EVOVOICE_PASSWORD", "EVOVOICE_AGENT_USER"])
def test_a_name_without_its_password_is_wrong_usage(given: str) -> None:
    result = contracts("check", *EVO, "--app", "a:b", **{given: "x"})

    assert result.exit_code == 2
    assert "Set both of EVOVOICE_" in result.output


def test_signs_in_as_the_environment_says(importable: Make) -> None:
    import mock_server

    app = mock_server.create_app(
        mock_server.Settings(vendor=("evovoice",), sessions=5, user=(f"ann:{SECRET}:SystemAdministrator",))
    )
    signed_in = {"EVOVOICE_USER": "ann", "EVOVOICE_PASSWORD": SECRET}

    result = contracts("check", *EVO, "--app", importable(app), *EVO_ONE, **signed_in)
    seeded = contracts("check", *EVO, "--app", importable(app), *EVO_ONE)

    assert result.exit_code == 0, result.output
    assert seeded.exit_code == 3
    assert "signing in as admin@example.com was refused (401)" in seeded.output


def test_a_password_is_in_no_output(importable: Make, tmp_path: Path) -> None:
    signed_in = {"EVOVOICE_USER": "ann", "EVOVOICE_PASSWORD": SECRET}
    files = ("--junit", "report.xml", "--json", "report.json")

    result = contracts("check", *EVO, "--app", importable(echoing), *EVO_ONE, *files, **signed_in)

    told = result.output + (tmp_path / "report.xml").read_text() + (tmp_path / "report.json").read_text()
    encoded = base64.b64encode(f"ann:{SECRET}".encode()).decode()
    assert result.exit_code == 1
    assert "$EVOVOICE_BASIC" in told
    assert [secret for secret in (SECRET, "s3cret", encoded) if secret in told] == []


@pytest.mark.parametrize(
    ("authorization", "finding"),
    [
        pytest.param("admin@example.com:admin", "GET /ai/sessions/{sessionId}: role_required", id="role"),
        pytest.param("admin@example.com:admin", "GET /ai/sessions/{sessionId}: token_refused", id="password"),
    ],
)
def test_an_emulator_that_lets_in_the_wrong_people_is_found(
    evovoice: WSGIApplication, importable: Make, authorization: str, finding: str
) -> None:
    header = "Basic " + base64.b64encode(authorization.encode()).decode()

    def confused(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return evovoice({**environ, "HTTP_AUTHORIZATION": header}, start_response)

    result = contracts("check", *EVO, "--app", importable(confused), *EVO_ONE)

    assert result.exit_code == 1
    assert finding in result.output


def with_a_number_as_text(row: dict[str, Any]) -> None:
    if "totalCount" in row:
        row["totalCount"] = str(row["totalCount"])


def test_a_list_of_evo_voice_with_a_wrong_type_is_found(
    evovoice: WSGIApplication, change_rows: Make, importable: Make
) -> None:
    app = importable(change_rows(evovoice, with_a_number_as_text))

    result = contracts("check", *EVO, "--app", app, "--operation", "ListAISessions", "--max-examples", "2")

    assert result.exit_code == 1
    assert "GET /ai/sessions: response_schema_conformance" in result.output
