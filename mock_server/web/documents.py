"""Documents of a world by collection: read them all, and put them into an empty database."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from mock_server.core.nesting import DEEPEST, is_nested_deeper
from mock_server.core.problems import Kind, Problem
from mock_server.core.store import Database

_PART = 100
Documents = Mapping[str, list[dict[str, Any]]]
"""Documents by collection."""


def documents_of(database: Database) -> Documents:
    """Return every document by collection."""
    collections = database.collections
    return {name: [document for _, document in collection.numbered()] for name, collection in collections.items()}


def written_documents(database: Database) -> Iterator[bytes]:
    """Yield a JSON object with every document by collection, in parts that take little memory."""
    for number, (name, collection) in enumerate(database.collections.items()):
        yield b"%b%b:[" % (b"," if number else b"{", orjson.dumps(name))
        rows = sorted(collection.rows(), key=lambda row: row.doc_id)
        for start in range(0, len(rows), _PART):
            part = b",".join(row.stored for row in rows[start : start + _PART])
            yield b"," + part if start else part
        yield b"]"
    yield b"}"


def fill(database: Database, documents: Documents) -> None:
    """Put documents into an empty database, in their order. Raise Problem, and put nothing, if one does not fit."""
    trial = database.fork()
    collections = trial.collections
    for name, rows in documents.items():
        collection = collections.get(name)
        if collection is None:
            raise Problem(Kind.INVALID, f"There is no collection {name!r}; choose from {', '.join(collections)}")
        for number, row in enumerate(rows):
            _check(collection.spec.schema, row, f"{name}: document {number}")
        try:
            collection.assign(dict(enumerate(rows, 1)))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise Problem(
                Kind.INVALID, f"{name}: a document does not fit the vendor's data model: {error!r}"
            ) from error
    database.restore(trial)


def _check(schema: type[BaseModel] | None, row: Mapping[str, Any], place: str) -> None:
    """Raise Problem for a document without an id, or one that could not be read later."""
    if not isinstance(row.get("id"), str) or not row["id"]:
        raise Problem(Kind.INVALID, f"{place} has no id; give it one that is a non-empty string")
    if is_nested_deeper(orjson.dumps(row)):
        raise Problem(Kind.INVALID, f"{place} is nested deeper than {DEEPEST} levels")
    if schema is not None:
        try:
            schema.model_validate(row)
        except ValidationError as error:
            first = error.errors()[0]
            raise Problem(Kind.INVALID, f"{place}, {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
