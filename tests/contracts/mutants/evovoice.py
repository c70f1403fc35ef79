"""Bugs in a stand-in for Evo Voice, from its metadata pages and the framework it runs on."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

from tests.contracts.mutants.planting import Ask, Mutant, Reply, Seen, changed, members, rows, without

LIST, ONE, ACCOUNTS, USAGE = "/ai/sessions", "/ai/sessions/*", "/accounts", "/ai/usage"
_ADMIN = "Basic " + base64.b64encode(b"admin@example.com:admin").decode()


def _mutant(id_: str, path: str, ask: Ask | None = None, reply: Reply | None = None, **others: Any) -> Mutant:
    return Mutant(id=id_, vendor="evovoice", path=path, ask=ask, reply=reply, **others)


def _told(**values: Any) -> Reply:
    return members(
        lambda body, seen: (
            {**body, **{name: value(body, seen) for name, value in values.items()}} if "items" in body else body
        )
    )


def _kept(keep: Any) -> Reply:
    def change(body: dict[str, Any], seen: Seen) -> dict[str, Any]:
        kept = [row for row in body["items"] if keep(row, seen.query)]
        return {**body, "items": kept, "totalCount": len(kept)}

    return members(change)


def _last_page_again(seen: Seen) -> Seen:
    body = seen.json if seen.is_json else {"items": [0]}
    if body["items"] or "Page" not in seen.query:
        return seen
    return seen.saying({**body, "items": seen.again(without("Page")(seen.query))["items"]})


def _text(old: bytes, new: bytes, format_: str) -> Reply:
    def reply(seen: Seen) -> Seen:
        return seen.saying(seen.body.replace(old, new)) if seen.query.get("format") == format_ else seen

    return reply


def _simplified(change: Any) -> Reply:
    return members(lambda body, seen: change(body) if seen.query.get("SimplifiedPaging") == "true" else body)


def _accepting(**bad: str) -> Ask:
    return lambda query: {name: value for name, value in query.items() if bad.get(name) != value}


def _status(status: int, when: Any) -> Reply:
    return lambda seen: replace(seen, status=status) if when(seen) else seen


def _less(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


def _admin_for(*others: bytes) -> Any:
    encoded = {"Basic " + base64.b64encode(other).decode() for other in others}

    def let_in(environ: dict[str, Any]) -> None:
        if environ.get("HTTP_AUTHORIZATION") in encoded:
            environ["HTTP_AUTHORIZATION"] = _ADMIN

    return let_in


MUTANTS = (
    # filters
    _mutant("AccountIds is ignored", LIST, without("AccountIds")),
    _mutant("AccountIds takes one", LIST, changed("AccountIds", lambda text: text.split(",")[0])),
    _mutant("AccountIds is not split", LIST, changed("AccountIds", lambda text: f'"{text}"')),
    _mutant("SpecificIds is ignored", LIST, without("SpecificIds")),
    _mutant("SpecificIds forgets the last", LIST, changed("SpecificIds", lambda text: text.rpartition(",")[0] or text)),
    _mutant("SpecificIds beats AccountIds", LIST, lambda q: without("AccountIds")(q) if "SpecificIds" in q else q),
    _mutant("NameFilter is ignored", ACCOUNTS, without("NameFilter")),
    _mutant("NameFilter minds the case", ACCOUNTS, None, _kept(lambda r, q: q.get("NameFilter", "") in r["name"])),
    _mutant(
        "NameFilter is the whole name",
        ACCOUNTS,
        None,
        _kept(lambda r, q: q.get("NameFilter", r["name"]).casefold() == r["name"].casefold()),
    ),
    # paging
    _mutant("Page counts from 1", LIST, changed("Page", lambda text: str(int(text) - 1) if text.isdecimal() else text)),
    _mutant("Page is ignored", LIST, without("Page")),
    _mutant("CountPerPage is ignored", LIST, without("CountPerPage")),
    _mutant(
        "CountPerPage is at most 20",
        LIST,
        changed("CountPerPage", lambda t: "20" if t.isdecimal() and int(t) > 20 else t),
    ),
    _mutant("All is ignored", LIST, without("All")),
    _mutant("All heeds Page", LIST, lambda query: without("All")(query) if "Page" in query else query),
    _mutant(
        "a page loses its last row", LIST, None, rows("items", lambda found, _: found[:-1] if len(found) > 1 else found)
    ),
    _mutant("a page repeats a row", ACCOUNTS, None, rows("items", lambda found, _: [*found[:1], *found[:-1]])),
    _mutant("totalCount is of the page", LIST, None, _told(totalCount=lambda body, _: len(body["items"]))),
    _mutant("totalPages is rounded down", LIST, None, _told(totalPages=lambda b, _: b["totalCount"] // 25)),
    _mutant("hasMorePages is always false", LIST, None, _told(hasMorePages=lambda *_: False)),
    _mutant("hasMorePages is always true", LIST, None, _told(hasMorePages=lambda *_: True)),
    _mutant("simplified loses a row", LIST, None, _simplified(lambda body: {**body, "items": body["items"][1:]})),
    _mutant("simplified has never more", LIST, None, _simplified(lambda body: {**body, "hasMorePages": False})),
    _mutant("simplified has always more", LIST, None, _simplified(lambda body: {**body, "hasMorePages": True})),
    _mutant("past the end comes the first page", LIST, None, _last_page_again),
    # order
    _mutant("SortOrder is ignored", LIST, without("SortOrder")),
    _mutant("SortField is ignored", LIST, without("SortField")),
    _mutant("SortOrder is turned", LIST, changed("SortOrder", lambda text: {"Ascend": "Descend"}.get(text, "Ascend"))),
    _mutant("the default order is ascending", LIST, lambda query: {"SortField": "dateCreated", **query}),
    _mutant(
        "purposes sort in any case",
        LIST,
        None,
        rows(
            "items",
            lambda found, seen: (
                sorted(found, key=lambda r: r.get("purpose", "").casefold())
                if (seen.query.get("SortField"), seen.query.get("SortOrder")) == ("purpose", "Ascend")
                else found
            ),
        ),
    ),
    _mutant(
        "numbers sort as text",
        ACCOUNTS,
        None,
        rows(
            "items",
            lambda found, seen: (
                sorted(found, key=lambda r: str(r["maxPhoneNumbers"]))
                if (seen.query.get("SortField"), seen.query.get("SortOrder")) == ("maxPhoneNumbers", "Ascend")
                else found
            ),
        ),
    ),
    # rows and formats
    _mutant(
        "every list is empty",
        LIST,
        None,
        members(lambda b, _: {**b, "items": [], "totalCount": 0, "hasMorePages": False}),
    ),
    _mutant("a row by id lacks the account", ONE, None, members(lambda body, _: _less(body, "accountName"))),
    _mutant("CSV has other numbers", LIST, None, _text(b",True", b",False", "csv")),
    _mutant("CSV quotes wrongly", LIST, None, _text(b'""', b'"', "csv")),
    _mutant("JSV loses a member", LIST, None, _text(b"createdBy:", b"createdby_:", "jsv")),
    _mutant("XML says another total", LIST, None, _text(b"<TotalCount>", b"<TotalCount>1", "xml")),
    _mutant("XML is not well formed", LIST, None, _text(b"</Items>", b"", "xml")),
    _mutant("JSONL has names in another case", LIST, None, _text(b'"purpose"', b'"purposes"', "jsonl")),
    _mutant("totalCount is text", LIST, None, _told(totalCount=lambda body, _: str(body["totalCount"]))),
    # usage
    _mutant(
        "usage forgets a customer", USAGE, None, members(lambda b, _: {**b, "customerUsage": b["customerUsage"][1:]})
    ),
    _mutant("usage ends a month early", USAGE, changed("EndDate", lambda _: "2019-12-31")),
    _mutant(
        "usage ignores its start", USAGE, changed("StartDate", lambda text: "2000-01-01" if text[4:5] == "-" else text)
    ),
    # errors and access
    _mutant("any Page is taken", LIST, _accepting(Page="one")),
    _mutant("any bool is taken", LIST, _accepting(All="yes")),
    _mutant("any SortOrder is taken", LIST, _accepting(SortOrder="Up")),
    _mutant("large numbers are taken", LIST, _accepting(Page="2147483648")),
    _mutant("errors have no errorCode", LIST, None, lambda s: s.saying({"message": "bad"}) if s.status == 400 else s),
    _mutant("unknown ids are 400", ONE, None, _status(400, lambda seen: seen.status == 404)),
    _mutant("no password is needed", "*", environ=lambda e: e.update(HTTP_AUTHORIZATION=_ADMIN), method="GET"),
    _mutant("a wrong password will do", "*", environ=_admin_for(b"admin@example.com:not admin"), method="GET|PATCH"),
    _mutant("no role is needed", "/ai/*", environ=_admin_for(b"agent@example.com:agent"), method="GET|POST|DELETE"),
    # changes
    _mutant(
        "a new session is not kept", ONE, None, _status(404, lambda seen: b"Contract rule" in seen.body), needs="full"
    ),
    _mutant(
        "an empty purpose is not taken",
        ONE,
        None,
        members(lambda b, _: {**b, "purpose": b.get("purpose") or "x"}),
        needs="full",
    ),
    _mutant(
        "what is deleted is still there",
        ONE,
        method="DELETE",
        environ=lambda e: e.update(REQUEST_METHOD="GET"),
        needs="full",
    ),
)
