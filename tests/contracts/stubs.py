"""Small servers that answer as the vendors do, written apart from the emulator, and write down what they get."""

from __future__ import annotations

import base64
import copy
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Row = dict[str, Any]
_COLUMNS = (
    "id", "name", "status", "assistantId", "squadId", "customerName", "customerNumber", "phoneNumberId", "cost",
    "messages", "createdAt", "updatedAt",
)  # fmt: skip
_START = datetime.fromisoformat("2026-01-20T08:00:00+00:00")


class Stub:
    """Rows in memory. `change(row)` spoils each row shown, `asked(query)` each query; `seen` is what came in."""

    def __init__(self, rows: list[Row], authorization: str) -> None:
        self.rows = rows
        self.before = copy.deepcopy(rows)
        self.authorization = authorization
        self.seen: list[tuple[str, str, str]] = []
        self.change: Callable[[Row], Row] = lambda row: row
        self.asked: Callable[[dict[str, str]], dict[str, str]] = lambda query: query
        self.answered: Callable[[Response], None] = lambda _: None
        self._lock = Lock()
        self._made = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        with self._lock:
            self.seen.append((request.method, request.full_path.rstrip("?"), request.headers.get("Authorization", "")))
            response = self.answer(request)
            self.answered(response)
            return response(environ, start_response)

    @property
    def methods(self) -> set[str]:
        """All methods that came in."""
        return {method for method, _, _ in self.seen}

    def answer(self, request: Request) -> Response:
        """One answer."""
        raise NotImplementedError

    def shown(self, rows: Iterable[Row]) -> list[Row]:
        """The rows as they are shown."""
        return [self.change(copy.deepcopy(row)) for row in rows]


def _json(value: Any, status: int = 200, **headers: str) -> Response:
    return Response(json.dumps(value), status, headers, content_type="application/json; charset=utf-8")


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class VapiStub(Stub):
    """Lists, exports, makes, changes and deletes sessions."""

    KEY = "sk-live-1234567890abcdef"
    _MEMBERS = ("id", "name", "assistantId", "squadId", "phoneNumberId")
    _CUSTOMER = ("number", "sipUri", "name", "email", "externalId", "extension")

    def __init__(self, count: int = 60) -> None:
        super().__init__([self._row(number) for number in range(count)], f"Bearer {self.KEY}")

    @staticmethod
    def _row(number: int) -> Row:
        created = _START + timedelta(minutes=number // 2 * 7)
        names = ("Booking", "booking", "Booking 2", 'Refund, "late"')
        return {
            "id": f"a000000{number % 10}-0000-4000-8000-{number + 1:012d}",
            "orgId": "00000000-0000-4000-9000-000000000001",
            "createdAt": _text(created),
            "updatedAt": _text(created + timedelta(minutes=number % 5 * 30)),
            "cost": (9.5, 10, 100.25, 0)[number % 4],
            "name": names[number % 4],
            "status": "completed",
            "expirationSeconds": 86400,
            **({"assistantId": f"00000000-0000-4000-a000-00000000000{number % 3}"} if number % 7 else {}),
            **({"squadId": "00000000-0000-4000-b000-000000000001"} if number % 7 == 0 else {}),
            "messages": [{"role": "user", "content": f"Hello {number}"}],
            "customer": {
                "number": f"+1415555{100 + number % 5:04d}", "name": ("Ann Lee", "ann lee", "Ann")[number % 3],
                "email": f"a{number % 4}@example.com", "externalId": f"c{number % 11}",
                "extension": str(number % 13), "sipUri": f"sip:{number % 6}@example.com",
            },
            "phoneNumberId": f"00000000-0000-4000-c000-00000000000{number % 4}",
        }  # fmt: skip

    def answer(self, request: Request) -> Response:
        if request.headers.get("Authorization") != self.authorization:
            return _json({"message": "Invalid Key.", "error": "Unauthorized", "statusCode": 401}, 401)
        if request.path == "/session" and request.method == "POST":
            return self._create(request)
        if request.path in ("/session", "/session/export"):
            return self._list(request)
        row = next((row for row in self.rows if request.path == f"/session/{row['id']}"), None)
        if not re.fullmatch(r"/session/[0-9a-f]{8}-[0-9a-f-]{27}", request.path):
            return self._refuse("Validation failed (uuid is expected)")
        if row is None:
            return _json({"message": "Session Not Found", "error": "Not Found", "statusCode": 404}, 404)
        if request.method == "PATCH":
            moved = _text(_instant(row["updatedAt"]) + timedelta(seconds=1))
            sent = json.loads(request.data or b"{}")
            if {"messages", "assistantId"} & sent.keys():
                return self._refuse(["the body breaks a rule"])
            row.update({**sent, "updatedAt": moved})
        if request.method == "DELETE":
            self.rows.remove(row)
        return _json(*self.shown([row]))

    def _create(self, request: Request) -> Response:
        sent = json.loads(request.data or b"{}")
        if self._breaks_a_rule(sent):
            return self._refuse(["the body breaks a rule"])
        self._made += 1
        now = _text(_START + timedelta(days=1, seconds=self._made))
        key = f"ffffffff-0000-4000-8000-{self._made:012d}"
        fixed = {"id": key, "orgId": self.rows[0]["orgId"], "createdAt": now, "updatedAt": now}
        row = {**fixed, "status": "active", "expirationSeconds": 86400, **sent}
        self.rows.append(row)
        return _json(self.change(dict(row)), 201)

    @staticmethod
    def _breaks_a_rule(sent: Row) -> bool:
        parts = [part for owner in ("assistant", "assistantOverrides") for part in sent.get(owner, {}).values()]
        providers = [part.get("provider") for part in parts if isinstance(part, dict)]
        number = sent.get("customer", {}).get("number", "+1")
        return "metadata" in sent or not set(providers) <= {"openai"} or not number.startswith("+")

    @staticmethod
    def _refuse(message: str | list[str]) -> Response:
        return _json({"message": message, "error": "Bad Request", "statusCode": 400}, 400)

    def _list(self, request: Request) -> Response:
        sent = request.args.to_dict()
        problems = list(self._problems(sent))
        if problems:
            return self._refuse(problems)
        query = self.asked(sent)
        found = [row for row in self.rows if self._keeps(row, query)]
        down = query.get("sortOrder", "DESC") == "DESC"
        found.sort(key=lambda row: (self._key(row, query), row["id"]), reverse=down)
        if "cursor" in query:
            after = int(query["cursor"])
        else:
            after = (int(query.get("page", "1")) - 1) * int(query.get("limit", "100"))
        limit = int(query.get("limit", "100"))
        page = found[after : after + limit]
        if request.path.endswith("export"):
            return self._export(self.shown(page), query)
        metadata = {
            "itemsPerPage": limit,
            "totalItems": len(found),
            "currentPage": int(query.get("page", "1")),
            "totalPages": -(-len(found) // limit) if limit else 0,
            "hasNextPage": bool(page) and after + limit < len(found),
            **({"nextCursor": str(after + limit)} if page and after + limit < len(found) else {}),
        }
        return _json({"results": self.shown(page), "metadata": metadata})

    @staticmethod
    def _problems(query: dict[str, str]) -> Iterator[str]:
        if not re.fullmatch(r"[1-9]\d*", query.get("page", "1")):
            yield "page must not be less than 1"
        if not re.fullmatch(r"\d{1,3}|1000", query.get("limit", "1")):
            yield "limit must not be greater than 1000"
        if query.get("sortBy", "cost") not in ("createdAt", "duration", "cost"):
            yield "sortBy must be one of createdAt, duration, cost"
        if query.get("sortOrder", "ASC") not in ("ASC", "DESC"):
            yield "sortOrder must be one of ASC, DESC"
        if "offset" in query:
            yield "property offset should not exist"
        for name, value in query.items():
            if name.startswith(("createdAt", "updatedAt")) and not value[:4].isdigit():
                yield f"{name} must be a valid ISO 8601 date string"

    def _keeps(self, row: Row, query: dict[str, str]) -> bool:
        several = {
            "idAny": row["id"],
            "assistantIdAny": row.get("assistantId"),
            "phoneNumberIdAny": row.get("phoneNumberId"),
        }
        several["customerNumberAny"] = (row.get("customer") or {}).get("number")
        compare: dict[str, Callable[[datetime, datetime], bool]] = {
            "Gt": lambda a, b: a > b, "Ge": lambda a, b: a >= b, "Lt": lambda a, b: a < b, "Le": lambda a, b: a <= b,
        }  # fmt: skip
        return all(
            (
                *(row.get(name) == query[name] for name in self._MEMBERS if name in query),
                *(value in query[name].split(",") for name, value in several.items() if name in query),
                *(
                    (row.get("customer") or {}).get(n) == query[f"customer[{n}]"]
                    for n in self._CUSTOMER
                    if f"customer[{n}]" in query
                ),
                *(
                    holds(_instant(row[field]), _instant(query[field + ending]))
                    for field in ("createdAt", "updatedAt")
                    for ending, holds in compare.items()
                    if field + ending in query
                ),
            )
        )

    @staticmethod
    def _key(row: Row, query: dict[str, str]) -> Any:
        field = query.get("sortBy", "createdAt")
        if field == "duration":
            return _instant(row["updatedAt"]) - _instant(row["createdAt"])
        return row.get("cost", 0) if field == "cost" else row["createdAt"]

    @staticmethod
    def _export(rows: list[Row], query: dict[str, str]) -> Response:
        columns = query.get("columns", ",".join(_COLUMNS)).split(",")
        flat = [
            {**row, "customerName": row["customer"]["name"], "customerNumber": row["customer"]["number"]}
            for row in rows
        ]
        if query.get("format") == "json":
            kept = [{name: row[name] for name in columns if name in row} for row in flat]
            return _json(
                [{**row, **({"messages": json.dumps(row["messages"])} if "messages" in row else {})} for row in kept]
            )

        def cell(value: Any) -> str:
            text = value if isinstance(value, str) else json.dumps(value)
            return '"' + text.replace('"', '""') + '"'

        lines = [",".join("" if name not in row else cell(row[name]) for name in columns) for row in flat]
        return Response("\r\n".join([",".join(columns), *lines]) + "\r\n", content_type="text/csv; charset=utf-8")


class EvoVoiceStub(Stub):
    """Lists, makes, changes and deletes sessions; of accounts and usage as little as is asked for."""

    USER, PASSWORD = "ann@example.com", "s3cret pass"

    def __init__(self, count: int = 60) -> None:
        encoded = base64.b64encode(f"{self.USER}:{self.PASSWORD}".encode()).decode()
        super().__init__([self._row(number) for number in range(count)], f"Basic {encoded}")
        self.accounts = [self._account(number) for number in range(12)]

    @staticmethod
    def _row(number: int) -> Row:
        moment = _text(_START + timedelta(minutes=number // 2))
        return {
            "accountId": f"acc{number % 5}", "accountName": f"Account {number % 5}", "purpose": f"Purpose {number % 9}",
            "id": f"{number:024x}", "dateCreated": moment, "createdBy": f"u{number % 3}",
        }  # fmt: skip

    @staticmethod
    def _account(number: int) -> Row:
        name = ("Harbor", "harbor", "Harbor North", "Acme")[number % 4]
        return {
            "name": f"{name} {number // 4}", "maxPhoneNumbers": (5, 10, 100)[number % 3], "isBYOA": False,
            "id": f"acc{number}", "dateCreated": _text(_START - timedelta(days=number)),
        }  # fmt: skip

    def answer(self, request: Request) -> Response:
        if request.path == "/auth/status":
            return _json({"isAuthenticated": request.headers.get("Authorization") == self.authorization})
        if request.headers.get("Authorization") != self.authorization:
            return Response(b"", 401, {"WWW-Authenticate": 'basic realm="/auth/basic"'})
        if request.path in ("/ai/sessions", "/accounts") and request.method == "GET":
            return self._list(request, self.rows if request.path == "/ai/sessions" else self.accounts)
        if request.path == "/ai/usage":
            return self._usage(request.args.to_dict())
        if request.path == "/ai/sessions":
            return self._create(json.loads(request.data))
        key = request.path.rpartition("/")[2]
        row = next((row for row in [*self.rows, *self.accounts] if row["id"] == key), None)
        if row is None:
            return self._problem(404, "NotFound", "not found")
        if request.method == "PATCH":
            row.update({**json.loads(request.data), "dateLastModified": _text(_START)})
        if request.method == "DELETE":
            self.rows.remove(row)
            return Response(b"", 204)
        return _json(*self.shown([row]))

    def _create(self, sent: Row) -> Response:
        self._made += 1
        row = {**sent, "id": f"f{self._made:023x}", "dateCreated": _text(_START + timedelta(days=1))}
        self.rows.append(row)
        return _json(self.change(dict(row)))

    @staticmethod
    def _problem(status: int, code: str, message: str) -> Response:
        return _json({"responseStatus": {"errorCode": code, "message": message, "errors": []}}, status)

    def _usage(self, query: dict[str, str]) -> Response:
        if not all(re.fullmatch(r"\d{4}-\d\d-\d\d", query.get(name, "")) for name in ("StartDate", "EndDate")):
            return self._problem(400, "NotEmpty", "dates are needed")
        days = [_START.date() + timedelta(days=number) for number in range(-30, 1)]
        minutes = sum(query["StartDate"] <= day.isoformat() <= query["EndDate"] for day in days)
        row = {"accountId": "acc1", "aiMinutes": minutes}
        return _json({"accountUsage": [row], "customerUsage": [{**row, "customerId": "c1"}]})

    def _list(self, request: Request, rows: list[Row]) -> Response:
        query = self.asked(request.args.to_dict())
        for name, pattern in (("Page", r"-?\d{1,9}"), ("CountPerPage", r"-?\d{1,9}"), ("All", "true|false")):
            if not re.fullmatch(pattern, query.get(name, "0" if name != "All" else "true")):
                return self._problem(400, "SerializationException", f"bad {name}")
        if query.get("SortOrder", "Ascend") not in ("Ascend", "Descend") or query.get("SimplifiedPaging") == "maybe":
            return self._problem(400, "SerializationException", "bad value")
        found = [row for row in rows if self._keeps(row, query)]
        field = query.get("SortField", "dateCreated")
        down = query.get("SortOrder") == "Descend" or "SortField" not in query
        found.sort(key=lambda row: (row.get(field, ""), row["id"]), reverse=down)
        size, page = int(query.get("CountPerPage", "25")), int(query.get("Page", "0"))
        everything = query.get("All") == "true"
        start, size = (0, max(1, len(found))) if everything else (page * size, size)
        items = self.shown(found[start : start + size])
        more = start + size < len(found) and bool(items)
        plain = query.get("SimplifiedPaging") == "true"
        total, pages = (0, 0) if plain else (len(found), -(-len(found) // size))
        body = {"items": items, "totalCount": total, "totalPages": pages, "hasMorePages": more}
        return (
            _json(body) if query.get("format", "json") in ("json", "jsonl") else self._in_format(body, query["format"])
        )

    @staticmethod
    def _keeps(row: Row, query: dict[str, str]) -> bool:
        def items(name: str) -> list[str]:
            return query[name].strip("[]").split(",")

        return (
            ("AccountIds" not in query or row.get("accountId") in items("AccountIds"))
            and ("SpecificIds" not in query or row["id"] in items("SpecificIds"))
            and query.get("NameFilter", "").casefold() in row.get("name", "").casefold()
        )

    @staticmethod
    def _in_format(body: Row, name: str) -> Response:
        def jsv(value: Any) -> str:
            if isinstance(value, dict):
                return "{" + ",".join(f"{key}:{jsv(item)}" for key, item in value.items()) + "}"
            if isinstance(value, list):
                return "[" + ",".join(map(jsv, value)) + "]"
            text = str(value)
            return '"' + text.replace('"', '""') + '"' if not text or re.search(r'[",:{}\[\]]', text) else text

        if name == "jsv":
            return Response(jsv(body), content_type="application/jsv")
        if name == "csv":
            cell = '"' + jsv(body["items"]).replace('"', '""') + '"'
            line = f"{cell},{body['totalCount']},{body['totalPages']},{body['hasMorePages']}"
            return Response(f"Items,TotalCount,TotalPages,HasMorePages\r\n{line}\r\n", content_type="text/csv")

        def xml(key: str, value: Any) -> str:
            tag = key[0].upper() + key[1:]
            if isinstance(value, list):
                return f"<{tag}>" + "".join(xml("row", item) for item in value) + f"</{tag}>"
            if isinstance(value, dict):
                return f"<{tag}>" + "".join(xml(*pair) for pair in value.items()) + f"</{tag}>"
            return f"<{tag}>{str(value).lower() if isinstance(value, bool) else value}</{tag}>"

        return Response('<?xml version="1.0"?>' + xml("page", body), content_type="application/xml")
