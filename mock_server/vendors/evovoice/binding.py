"""How the texts of a request become the members of its operation (FACTS.md E2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from mock_server.core.problems import Kind, Problem, Violation
from mock_server.core.vendor import Context, Request
from mock_server.vendors.evovoice.bodies import read_body
from mock_server.vendors.evovoice.contract import TEXT, Contract, Sent, Type, Unreadable
from mock_server.vendors.evovoice.options import EvoVoiceOptions

Values = Mapping[str, Any]
"""The members of a request that have a value, by declared name."""

UNBOUND = frozenset({"format", "callback", "x-http-method-override"})
"""The query parameters that every operation knows, in lower case."""


@dataclass(frozen=True, eq=False)
class Reads:
    """The parse step of an operation whose request has the members of a contract."""

    contract: Contract

    def __call__(self, request: Request, context: Context) -> Values:
        """Return the members that the request gives a value. Raises Problem."""
        return bind(request, self.contract, strict=refuses_unknown_names(context))


def reads(operation: str, *texts: str, namespace: str, ordered: bool = False, **others: Type) -> Reads:
    """Return the parse step of an operation whose request has these members: `texts` by name, `others` by type."""
    return Reads(Contract(operation, {**dict.fromkeys(texts, TEXT), **others}, namespace, ordered=ordered))


def refuses_unknown_names(context: Context) -> bool:
    """Return whether an unknown query parameter is an error."""
    options: EvoVoiceOptions = context.options
    return context.strict_query or options.strict_query


def bind(request: Request, contract: Contract, *, strict: bool = False) -> Values:
    """Return the members that the request gives a value.

    A later source wins: body, path, query, form. `strict` refuses unknown names in the query.
    Raises Problem with every value that cannot be read.
    """
    body, form = read_body(request, contract)
    query = _joined(parse_qsl(request.query, keep_blank_values=True) if request.query else ())
    sources: tuple[Mapping[str, Sent], ...] = (
        {sent.name.lower(): sent for sent in body},
        {name.lower(): Sent(name, text) for name, text in request.path_values.items()},
        query,
        _joined(form),
    )
    sent = {name: value for source in sources for name, value in source.items()}
    names = {name.lower(): name for name in contract.members}
    values: dict[str, Any] = {}
    violations = []
    for lower, value in sent.items():
        name = names.get(lower)
        if name is None:
            if strict and lower in query and lower not in UNBOUND:
                violations.append(Violation(value.name, f"'{value.name}' is not a member of '{contract.name}'"))
            continue
        try:
            read = _read(contract.members[name], value)
        except Unreadable:
            violations.append(Violation(value.name, f"'{value.text}' is an Invalid value for '{value.name}'"))
            continue
        if read is not None:
            values[name] = read
    if violations:
        raise Problem(Kind.INVALID, f"Unable to bind to request '{contract.name}'", fields=tuple(violations))
    return values


def _read(kind: Type, value: Sent) -> Any:
    if value.items is not None and kind.read_list is not None:
        return kind.read_list(value.items)
    return None if value.text is None else kind.read(value.text)


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, Sent]:
    """Return values by name in lower case: empty ones are skipped, repeated ones joined by commas."""
    found: dict[str, tuple[str, list[str]]] = {}
    for spelled, value in pairs:
        found.setdefault(spelled.lower(), (spelled, []))[1].append(value)
    joined = {lower: Sent(spelled, ",".join(values)) for lower, (spelled, values) in found.items()}
    return {lower: sent for lower, sent in joined.items() if sent.text}
