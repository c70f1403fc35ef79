"""A response in each of the formats (FACTS.md E6): one module each, and how the format is chosen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from mock_server.core.clock import format_instant
from mock_server.vendors.evovoice.formats import csv, html, json, jsv, xml
from mock_server.vendors.evovoice.schemas.types import DataType, ListOf

Value = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """What a writer may need besides the value. `instant` is the time in epoch milliseconds.

    `rows_only` writes a list as its items alone, in CSV and JSONL.
    """

    operation: str
    instant: int
    rows_only: bool = False


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name in suffixes and queries, its Content-Type, and its writer.

    A writer takes a value by the names in JSON. The items of a list may be JSON already, as the store returns them.
    """

    name: str
    media_type: str
    write: Callable[[DataType, Value, WriteOptions], bytes]

    @property
    def mime(self) -> str:
        """The media type without parameters."""
        return self.media_type.partition(";")[0]


def _write_json(kind: DataType, value: Value, _options: WriteOptions) -> bytes:
    return json.write(kind, value)


def _write_xml(kind: DataType, value: Value, _options: WriteOptions) -> bytes:
    return xml.write(kind, _decoded(value))


def _write_jsv(kind: DataType, value: Value, _options: WriteOptions) -> bytes:
    return jsv.write(kind, _decoded(value))


def _write_csv(kind: DataType, value: Value, options: WriteOptions) -> bytes:
    write = csv.write_rows if options.rows_only and _is_list(kind) else csv.write
    return write(kind, _decoded(value))


def _write_jsonl(kind: DataType, value: Value, options: WriteOptions) -> bytes:
    write = json.write_lines if options.rows_only and _is_list(kind) else json.write
    return write(kind, value)


def _write_html(kind: DataType, value: Value, options: WriteOptions) -> bytes:
    return html.write(json.write(kind, value), options.operation, format_instant(options.instant))


def _decoded(value: Value) -> Value:
    """Return the value with the items of its lists decoded."""
    return {
        key: [orjson.loads(item) if isinstance(item, bytes) else item for item in found]
        if isinstance(found, tuple | list)
        else found
        for key, found in value.items()
    }


def _is_list(kind: DataType) -> bool:
    return kind.name.startswith("ListResponse") and isinstance(kind.members[0].kind, ListOf)


FORMATS: Mapping[str, Format] = {
    form.name: form
    for form in (
        Format("json", "application/json; charset=utf-8", _write_json),
        Format("xml", "application/xml", _write_xml),
        Format("jsv", "application/jsv", _write_jsv),
        Format("csv", "text/csv", _write_csv),
        Format("jsonl", "text/jsonl", _write_jsonl),
        Format("html", "text/html", _write_html),
    )
}
