"""The command line: what it says, what it refuses, how it ends."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from threading import Thread
from typing import Any

import click
import httpx
import pytest
import tinydb
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from mock_server import MockServer, signals
from mock_server.cli import main
from mock_server.settings import OPTIONS, variable
from tests.patience import PATIENCE
from tests.sampling import first_quick

TOKEN = {"Authorization": "Bearer any-token"}
SLOW = pytest.mark.slow
SERVE = main.commands["serve"]
PARAMETERS = {parameter.name: parameter for parameter in SERVE.params}
Launch = Callable[..., Any]  # makes Served, see conftest
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def invoke() -> Iterator[Callable[..., Result]]:
    """Run the command line in this process. `serve` blocks signals, so they are unblocked afterwards."""
    yield lambda *arguments, **variables: CliRunner().invoke(main, arguments, env=variables)
    signals.unblock()


def text_of(result: Result) -> str:
    """The output without the line breaks that the width of a terminal asks for."""
    return " ".join(result.output.split())


# Help


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ([], ["Commands:", "serve", "seed"]),
        (["--help"], ["mock-server serve --port 0", "_MOCK_SERVER_COMPLETE=bash_source", "--version"]),
        (["serve", "-h"], ["Serve the emulated APIs until Ctrl-C.", "MOCK_SERVER_PORT=9000 mock-server serve"]),
        (["seed", "--help"], ["mock-server seed --db sessions.json --sessions 10000 --seed 7", "required"]),
    ],
)
def test_help_shows_examples(invoke: Callable[..., Result], arguments: list[str], parts: list[str]) -> None:
    result = invoke(*arguments)

    assert [part for part in parts if part not in text_of(result)] == []


@pytest.mark.parametrize("name", OPTIONS)
def test_help_names_each_flag_with_its_variable(invoke: Callable[..., Result], name: str) -> None:
    shown = text_of(invoke("serve", "--help"))

    assert f"--{name.replace('_', '-')} " in shown
    assert f"[env var: {variable(name)}]" in shown
    assert OPTIONS[name].description in shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("host", "HOST"), ("port", "PORT"), ("vendor", "[vapi|evovoice]"), ("durability", "[process|disk]"),
        ("clock", "real|INSTANT"), ("db", "FILE"), ("load", "FILE"), ("faults", "FILE"), ("journal", "N"),
        ("admin_token", "TOKEN"), ("cors", "ORIGIN"), ("webhook", "URL"), ("webhook_allow", "HOST"),
        ("webhook_secret", "SECRET"), ("webhook_token", "TOKEN"), ("api_key", "KEY"),
    ],
)  # fmt: skip
def test_help_says_what_a_flag_takes(name: str, shown: str) -> None:
    assert PARAMETERS[name].make_metavar(click.Context(SERVE)) == shown


def test_only_numbers_are_called_n() -> None:
    shown = {name for name, parameter in PARAMETERS.items() if parameter.make_metavar(click.Context(SERVE)) == "N"}

    assert shown == {
        "sessions",
        "seed",
        "journal",
        "event_history",
        "streams",
        "slow_requests",
        "connections",
        "head_bytes",
        "documents_mib",
        "webhook_workers",
    }


@pytest.mark.parametrize(
    ("flag", "typed", "completed"),
    [
        ("--world", "page", ["page", "page-plus-one"]),
        ("--vendor", "", ["vapi", "evovoice"]),
        ("--durability", "d", ["disk"]),
        ("--worl", "", []),
    ],
)
def test_the_shell_completes_values(flag: str, typed: str, completed: list[str]) -> None:
    shell = ShellComplete(main, {}, "mock-server", "_MOCK_SERVER_COMPLETE")

    assert [each.value for each in shell.get_completions(["serve", flag], typed)] == completed


@pytest.mark.parametrize("flag", ["--db", "--load", "--faults"])
def test_the_shell_completes_files(flag: str) -> None:
    shell = ShellComplete(main, {}, "mock-server", "_MOCK_SERVER_COMPLETE")

    assert [each.type for each in shell.get_completions(["serve", flag], "")] == ["file"]


def test_help_of_health_describes_a_server_that_is_running(invoke: Callable[..., Result]) -> None:
    shown = text_of(invoke("health", "--help"))

    assert "Port that the server listens on." in shown
    assert "0 picks a free one" not in shown


def test_version(invoke: Callable[..., Result]) -> None:
    assert invoke("--version").output == f"mock-server, version {version('voice-session-emulator')}\n"


# Refusals


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["serve", "--port", "abc"], "--port 'abc': Input should be a valid integer", id="port"),
        pytest.param(["serve", "--prot", "1"], "No such option '--prot'.", id="flag"),
        pytest.param(["serve", "--clock", "soon"], "--clock 'soon'", id="clock"),
        pytest.param(["serve", "--vendor", "nobody"], "'nobody' is not one of 'vapi', 'evovoice'", id="vendor"),
        pytest.param(["serve", "--world", "mars"], "'mars' is not one of 'empty', 'one', 'page'", id="world"),
        pytest.param(["serve", "--durability", "x"], "'x' is not one of 'process', 'disk'", id="durability"),
        pytest.param(["serve", "--api-key", ""], "--api-key: use at least one character", id="empty-key"),
        pytest.param(["serve", "--user", "ann"], "--user: give NAME:PASSWORD", id="user"),
        pytest.param(["serve", "extra"], "unexpected extra argument", id="argument"),
        pytest.param(["sevre"], "No such command 'sevre'.", id="command"),
        pytest.param(["seed"], "Missing option '--db'", id="seed-without-file"),
        pytest.param(["seed", "--db", "x.json", "--port", "1"], "No such option '--port'", id="flag-of-serve"),
    ],
)
def test_a_usage_error_is_explained(invoke: Callable[..., Result], arguments: list[str], message: str) -> None:
    result = invoke(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert message in text_of(result)
    assert "Usage: " in result.stderr


@pytest.mark.parametrize("arguments", [("serve",), ("seed", "--db", "never.json")])
def test_an_unknown_variable_is_refused_with_the_nearest_name(
    invoke: Callable[..., Result], arguments: tuple[str, ...]
) -> None:
    result = invoke(*arguments, MOCK_SERVER_SESSION="5")

    assert result.exit_code == 2
    assert "MOCK_SERVER_SESSION is not a setting; did you mean MOCK_SERVER_SESSIONS?" in text_of(result)
    assert not Path("never.json").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--host", "nowhere.invalid"], "Error: Cannot start: ", id="no-such-host"),
        pytest.param(["--db", "/nowhere/x.json"], "Error: /nowhere ", id="no-such-folder"),
        pytest.param(["--db", "broken.json"], "Error: broken.json cannot be read as a database", id="no-database"),
    ],
)
def test_what_cannot_start_says_why_in_one_line(
    invoke: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken.json").write_text("{")

    result = invoke("serve", "--port", "0", *arguments)

    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith(message)


def test_a_busy_port_is_one_line(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        result = run("serve", "--port", port, "--sessions", 0)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        f"Error: Port {port} of 127.0.0.1 is in use; choose another with --port, or --port 0 for a free one\n"
    )


@pytest.mark.parametrize(
    ("flags", "warned"),
    [
        (("--webhook", "https://Hooks.example.com/in"), True),
        (("--webhook", "http://192.0.2.1:9000/"), True),
        (("--webhook", "https://hooks.example.com/", "--webhook-allow", "other.example.com"), True),
        (("--webhook", "https://hooks.example.com/", "--webhook-allow", "hooks.example.com"), False),
        (("--webhook", "http://127.0.0.1:9000/"), False),
        (("--webhook", "http://[::1]:9000/"), False),
        (("--webhook", "http://hook.localhost:9000/"), False),
        ((), False),
    ],
)
def test_a_webhook_to_another_machine_that_is_not_allowed_is_warned_of(
    invoke: Callable[..., Result], flags: tuple[str, ...], warned: bool
) -> None:
    result = invoke("serve", "--port", "0", "--db", "/nowhere/x.json", *flags)

    assert ("Warning: --webhook leads to" in result.stderr) is warned
    assert ("Add --webhook-allow" in result.stderr) is warned


# Health


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param(b"", "does not answer: Remote end closed connection without response", id="hangs-up"),
        pytest.param(b"what?\r\n\r\n", "does not answer: what?", id="no-http"),
        pytest.param(b"HTTP/1.1 404 Not Found\r\n\r\n", "answers 404 to GET /_mock/health", id="another-server"),
    ],
)
def test_health_of_something_else_is_1(invoke: Callable[..., Result], answer: bytes, message: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        other = Thread(target=_answer_once, args=(listener, answer))
        other.start()
        result = invoke("health", "--port", port)
        other.join()

    assert (result.exit_code, result.stdout) == (1, "")
    assert f"Error: 127.0.0.1:{port} {message}" in text_of(result)


def _answer_once(listener: socket.socket, answer: bytes) -> None:
    with listener.accept()[0] as client:
        client.recv(1000)
        client.sendall(answer)


def test_health_of_nothing_is_1(invoke: Callable[..., Result]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])

    result = invoke("health", "--port", port)

    assert (result.exit_code, "does not answer: " in result.output) == (1, True)


def test_health_of_any_free_port_is_a_usage_error(invoke: Callable[..., Result]) -> None:
    result = invoke("health", "--port", "0")

    assert (result.exit_code, "give the port that the server listens on" in text_of(result)) == (2, True)


# Serving


def test_the_banner_says_all_that_is_needed(launch: Launch) -> None:
    served = launch("--port", 0, "--sessions", 12, "--seed", 5, "--clock", "2026-01-31T09:00:00Z")

    assert served.url.startswith("http://127.0.0.1:")
    assert served.banner == [
        f"Vapi, Evo Voice at {served.url}",
        "  12 Vapi sessions, 12 Evo Voice sessions, world demo, seed 5, clock 2026-01-31T09:00:00Z, in memory",
        "  Vapi: any bearer token",
        f"    curl -H 'Authorization: Bearer any-token' '{served.url}/session?limit=1'",
        "  Evo Voice: admin@example.com / admin (SystemAdministrator), agent@example.com / agent",
        f"    curl -u admin@example.com:admin '{served.url}/ai/sessions?countPerPage=1'",
        "  Ctrl-C stops it",
    ]


WORLD_OF_TWO: dict[str, list[Any]] = {"vapi.sessions": []}
BANNERS = [
    pytest.param(("--sessions", 1), "  1 Vapi session, 1 Evo Voice session, world demo, seed 1", id="one", marks=SLOW),
    pytest.param(
        ("--sessions", 2_000), "  2,000 Vapi sessions, 2,000 Evo Voice sessions, world demo", id="many", marks=SLOW
    ),
    pytest.param(("--world", "ties"), "  30 Vapi sessions, 30 Evo Voice sessions, world ties, seed 1", id="world"),
    pytest.param(("--world", "empty"), "  0 Vapi sessions, 0 Evo Voice sessions, world empty", id="empty", marks=SLOW),
    pytest.param(
        ("--sessions", 3, "--vendor", "evovoice"), "  3 Evo Voice sessions, world demo", id="vendor", marks=SLOW
    ),
    pytest.param(
        ("--load", "world.json"),
        "  0 Vapi sessions, 0 Evo Voice sessions, loaded from world.json",
        id="load",
        marks=SLOW,
    ),
]


@pytest.mark.parametrize(("flags", "said"), BANNERS)
def test_the_banner_says_what_a_new_world_holds(
    launch: Launch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: tuple[object, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("world.json").write_text(json.dumps(WORLD_OF_TWO))

    assert launch("--port", 0, *flags).banner[1].startswith(said + ",")


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        pytest.param((), None, marks=SLOW),
        pytest.param(("--sessions", 9), "  Ignored, because the file already exists: --sessions", marks=SLOW),
        (("--world", "ties", "--load", "world.json"), "  Ignored, because the file already exists: --world, --load"),
        pytest.param(("--vendor", "vapi", "--seed", 7), None, marks=SLOW),
    ],
)
def test_the_banner_says_what_a_file_holds_that_was_there_before(
    run: Run,
    launch: Launch,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    flags: tuple[object, ...],
    line: str | None,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("world.json").write_text(json.dumps(WORLD_OF_TWO))
    run("seed", "--db", "sessions.json", "--sessions", 4)

    banner = launch("--port", 0, "--db", "sessions.json", *flags).banner

    one, seed = "--vendor" in flags, 7 if "--seed" in flags else 1
    counts = "4 Vapi sessions" if one else "4 Vapi sessions, 4 Evo Voice sessions"
    assert banner[1] == f"  {counts}, from that file, seed {seed}, clock real, kept in sessions.json"
    assert [each for each in banner if "Ignored" in each] == ([line] if line else [])


@pytest.mark.parametrize(
    ("flags", "lines"),
    [
        (("--user", "ann:s3cret:Admin"), ["  Evo Voice: sign in as ann", "    curl -u ann:PASSWORD "]),
        pytest.param(("--no-auth",), ["  Evo Voice: every caller is an administrator", "    curl "], marks=SLOW),
    ],
)
def test_one_vendor_alone(launch: Launch, flags: tuple[str, ...], lines: list[str]) -> None:
    served = launch("--port", 0, "--sessions", 12, "--vendor", "evovoice", *flags)

    assert served.banner[0] == f"Evo Voice at {served.url}"
    assert served.banner[2:] == [
        lines[0], f"{lines[1]}'{served.url}/ai/sessions?countPerPage=1'", "  Ctrl-C stops it",
    ]  # fmt: skip
    assert httpx.get(f"{served.url}/session", headers=TOKEN).json()["error"] == "no such path"
    assert httpx.get(f"{served.url}/_mock/health").json()["sessions"] == {"evovoice": 12}


@pytest.mark.parametrize(
    "flags",
    [
        pytest.param((), id="any-key", marks=SLOW),
        pytest.param(("--api-key", "alpha", "--api-key", "beta"), id="own-keys"),
    ],
)
def test_the_banner_s_request_works(launch: Launch, flags: tuple[str, ...]) -> None:
    served = launch("--port", 0, "--sessions", 12, *flags)

    request = served.request
    request.headers["Authorization"] = request.headers["Authorization"].replace("API-KEY", "alpha")
    with httpx.Client() as client:
        answer = client.send(request)

    assert answer.status_code == 200
    assert (len(answer.json()["results"]), answer.json()["metadata"]["totalItems"]) == (1, 12)


def test_the_banner_shows_no_secret_that_was_given(launch: Launch) -> None:
    given = ("--api-key", "alpha-key", "--admin-token", "given-token", "--user", "ann:ann-password")
    served = launch("--port", 0, "--sessions", 0, *given)

    banner = "\n".join(served.banner)

    assert [secret for secret in ("alpha-key", "given-token", "ann-password") if secret in banner] == []
    assert "Authorization: Bearer API-KEY'" in banner
    assert "X-Mock-Token: the value of --admin-token" in banner


def test_health_needs_no_token(launch: Launch) -> None:
    served = launch("--port", 0, "--sessions", 12, "--api-key", "alpha", "--api-key", "beta")

    answer = httpx.get(f"{served.url}/_mock/health")

    release = version("voice-session-emulator")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert answer.json() == {"status": "ok", "version": release, "sessions": {"vapi": 24, "evovoice": 12}}


@pytest.mark.parametrize("number", first_quick([signal.SIGTERM, signal.SIGINT]))
def test_a_signal_stops_it_cleanly(launch: Launch, number: signal.Signals) -> None:
    served = launch("--port", 0, "--sessions", 0)
    with httpx.Client(base_url=served.url) as kept_alive:
        kept_alive.get("/_mock/health")

        served.process.send_signal(number)
        stopped = served.process.wait(PATIENCE)

    assert (stopped, *served.process.communicate()) == (0, "", "")


@pytest.mark.slow
def test_a_client_that_never_finishes_cannot_hold_it_up(launch: Launch) -> None:
    served = launch("--port", 0, "--sessions", 0)
    with socket.create_connection(("127.0.0.1", int(served.url.rpartition(":")[2]))) as stuck:
        stuck.sendall(b"POST /session HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer x\r\nContent-Length: 9\r\n\r\n{")
        httpx.get(f"{served.url}/_mock/health")  # answered after the stuck one was taken

        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(PATIENCE) == 0


def test_flags_have_variables(launch: Launch, tmp_path: Path) -> None:
    served = launch(
        MOCK_SERVER_HOST="localhost",
        MOCK_SERVER_PORT="0",
        MOCK_SERVER_VENDOR="vapi",
        MOCK_SERVER_SESSIONS="3",
        MOCK_SERVER_SEED="-9",
        MOCK_SERVER_CLOCK="2026-01-31T09:00:00Z",
        MOCK_SERVER_DB=str(tmp_path / "sessions.json"),
        MOCK_SERVER_DURABILITY="disk",
        MOCK_SERVER_API_KEY="alpha beta",
        MOCK_SERVER_STRICT_QUERY="true",
        MOCK_SERVER_CHECK_REFERENCES="yes",
    )

    with httpx.Client(base_url=served.url, headers={"Authorization": "Bearer beta"}) as client:
        unknown = client.get("/session?bogus=1").status_code
        dangling = client.post("/session", json={"assistantId": "00000000-0000-4000-8000-000000000000"}).status_code
        stranger = client.get("/session", headers=TOKEN).status_code
        sessions = client.get("/_mock/health").json()["sessions"]

    assert served.banner[1] == (
        f"  6 Vapi sessions, world demo, seed -9, clock 2026-01-31T09:00:00Z, kept in {tmp_path / 'sessions.json'}"
    )
    assert (unknown, dangling, stranger, sessions) == (400, 400, 401, {"vapi": 6})
    assert not served.url.endswith(":8400")


def test_a_flag_beats_its_variable(launch: Launch) -> None:
    served = launch(
        "--port", 0, "--sessions", 2, "--lenient-query", MOCK_SERVER_SESSIONS="3", MOCK_SERVER_LENIENT_QUERY="0"
    )

    answer = httpx.get(f"{served.url}/session?bogus=1", headers=TOKEN)

    assert (answer.status_code, answer.json()["metadata"]["totalItems"]) == (200, 2)


# Files


def test_seed_writes_a_file_that_serve_opens(run: Run, launch: Launch, tmp_path: Path) -> None:
    file = tmp_path / "sessions.json"
    made = run("seed", "--db", file, "--sessions", 30, "--seed", 4, "--clock", "2026-01-31T09:00:00Z")

    served = launch("--port", 0, "--db", file, "--seed", 4, "--clock", "2026-01-31T09:00:00Z")
    stored = httpx.get(f"{served.url}/session?limit=100", headers=TOKEN)

    with MockServer(sessions=30, seed=4, clock="2026-01-31T09:00:00Z") as fresh:
        assert stored.content == httpx.get(f"{fresh.url}/session?limit=100", headers=TOKEN).content
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.startswith(f"{file}: 30 Vapi sessions, 30 Evo Voice sessions, ")


def test_seed_touches_no_file_that_is_there(invoke: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "sessions.json"
    file.write_text("mine")

    result = invoke("seed", "--db", str(file))

    assert (result.exit_code, file.read_text()) == (2, "mine")
    assert f"{file} exists; move it away or choose another path for --db" in text_of(result)


def test_seed_counts_the_sessions_of_all_organisations(invoke: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "sessions.json"

    result = invoke("seed", "--db", str(file), "--sessions", "5", "--api-key", "alpha", "--api-key", "beta")

    with tinydb.TinyDB(file) as stock:
        assert len(stock.table("vapi.sessions")) == 10
    assert result.output.startswith(f"{file}: 10 Vapi sessions, 5 Evo Voice sessions, ")


@pytest.mark.slow
def test_what_was_changed_is_there_after_a_restart(launch: Launch, tmp_path: Path) -> None:
    file = tmp_path / "sessions.json"
    first = launch("--port", 0, "--sessions", 3, "--db", file)
    created = httpx.post(f"{first.url}/session", headers=TOKEN, json={"name": "kept"}).json()
    first.process.send_signal(signal.SIGINT)
    first.process.wait(PATIENCE)

    second = launch("--port", 0, "--sessions", 3, "--db", file)

    assert httpx.get(f"{second.url}/session/{created['id']}", headers=TOKEN).json() == created
    assert httpx.get(f"{second.url}/_mock/health").json()["sessions"] == {"vapi": 4, "evovoice": 3}


@pytest.mark.slow
def test_kill_9_while_it_writes_loses_nothing_that_was_answered(launch: Launch, tmp_path: Path) -> None:
    file = tmp_path / "sessions.json"
    served = launch("--port", 0, "--sessions", 20, "--db", file)
    answered: list[str] = []
    writers = [Thread(target=_write_until_it_dies, args=(served.url, answered)) for _ in range(4)]
    for writer in writers:
        writer.start()
    deadline = time.monotonic() + PATIENCE
    while len(answered) < 60 and time.monotonic() < deadline:
        time.sleep(0.001)
    served.process.kill()
    served.process.wait(PATIENCE)
    for writer in writers:
        writer.join()

    with MockServer(db=file) as reopened:
        rows = httpx.get(f"{reopened.url}/session?limit=1000", headers=TOKEN).json()["results"]

    assert len(answered) >= 60
    assert {*answered} <= {row["id"] for row in rows}
    assert 20 + len(answered) <= len(rows) <= 20 + len(answered) + 4


def _write_until_it_dies(url: str, answered: list[str]) -> None:
    with httpx.Client(base_url=url, headers=TOKEN) as client:
        while True:
            try:
                answered.append(client.post("/session", json={"name": "written"}).json()["id"])
            except httpx.HTTPError:
                return
