"""Plants a bug into an application from outside: in what it is asked, or in what it answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from werkzeug.test import run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Query = dict[str, str]


@dataclass(frozen=True)
class Seen:
    """One request and its answer; `again` asks the sound application for another query of the same path."""

    method: str
    path: str
    query: Query
    status: int
    body: bytes
    again: Callable[[Query], Any] = field(repr=False)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def is_json(self) -> bool:
        """Whether it is a success that says something in JSON, an object."""
        is_json = self.headers.get("Content-Type", "").startswith("application/json")
        return self.status < 300 and is_json and self.body.startswith(b"{")

    def saying(self, value: Any) -> Seen:
        """The same answer with another body."""
        return replace(self, body=value if isinstance(value, bytes) else json.dumps(value).encode())


Ask = Callable[[Query], Query]
Reply = Callable[[Seen], Seen]


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A bug: what the vendor documents, as the name of it, and how it is broken for requests to `path`.

    `path` ends in `*` where anything may follow. `needs` is the level that must catch it.
    """

    id: str
    vendor: str
    path: str
    method: str = "GET"
    ask: Ask | None = None
    reply: Reply | None = None
    needs: str = "rules"
    environ: Callable[[WSGIEnvironment], None] | None = None
    operations: tuple[str, ...] = ()
    """Also asked at level full, where the table of the hunt leaves them out."""

    def concerns(self, method: str, path: str) -> bool:
        """Whether the bug is in this operation."""
        fits = path.startswith(self.path[:-1]) if self.path.endswith("*") else path == self.path
        return fits and method in self.method.split("|")


def plant(app: WSGIApplication, mutant: Mutant) -> WSGIApplication:
    """The application with the bug."""

    def spoilt(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if not mutant.concerns(method, path):
            return app(environ, start_response)
        query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        if mutant.environ is not None:
            mutant.environ(environ)
        asked = mutant.ask(dict(query)) if mutant.ask is not None else query
        status, headers, body = _run(app, environ, asked)
        if mutant.reply is not None:
            seen = Seen(
                method, path, query, status, body, lambda other: json.loads(_run(app, environ, other)[2]), headers
            )
            answer = mutant.reply(seen)
            status, headers, body = answer.status, {**answer.headers}, answer.body
        headers = {**headers, "Content-Length": str(len(body))}
        start_response(f"{status} X", list(headers.items()))
        return [body]

    return spoilt


def _run(app: WSGIApplication, environ: WSGIEnvironment, query: Query) -> tuple[int, dict[str, str], bytes]:
    chunks, status, headers = run_wsgi_app(app, {**environ, "QUERY_STRING": urlencode(query)}, buffered=True)
    return int(status.split()[0]), dict(headers), b"".join(chunks)


# How bugs are spelled in the tables.


def without(*names: str) -> Ask:
    """Parameters that are ignored."""
    return lambda query: {name: value for name, value in query.items() if name not in names}


def renamed(**names: str) -> Ask:
    """Parameters that are taken for others."""
    return lambda query: {names.get(name, name): value for name, value in query.items()}


def changed(name: str, change: Callable[[str], str]) -> Ask:
    """A parameter whose value is read wrongly."""
    return lambda query: {key: change(value) if key == name else value for key, value in query.items()}


def sending(change: Callable[[dict[str, Any]], Any]) -> Callable[[WSGIEnvironment], None]:
    """A JSON object that is read wrongly; other bodies stay as they are."""

    def rewrite(environ: WSGIEnvironment) -> None:
        sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(sent)
        try:
            value = json.loads(sent or b"{}")
        except ValueError:
            return
        if isinstance(value, dict):
            body = json.dumps(change(value)).encode()
            headers = {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/json"}
            environ.update({**headers, "wsgi.input": BytesIO(body)})

    return rewrite


def rows(at: str, change: Callable[[list[Any], Seen], list[Any]]) -> Reply:
    """Rows of a list that are wrong."""

    def reply(seen: Seen) -> Seen:
        if not seen.is_json:
            return seen
        body = seen.json
        return seen.saying({**body, at: change(body[at], seen)})

    return reply


def members(change: Callable[[dict[str, Any], Seen], dict[str, Any]]) -> Reply:
    """An object that is wrong."""
    return lambda seen: seen.saying(change(seen.json, seen)) if seen.is_json else seen
