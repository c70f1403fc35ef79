"""An answer in each of the formats (facts E6): one module each, and how the format is chosen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from mock_server.core.clock import format_instant
from mock_server.vendors.evovoice.formats import csv, html, json, jsv, xml
from mock_server.vendors.evovoice.models import DataType, ListOf


@dataclass(frozen=True, slots=True)
class Writing:
    """What a writer may need to know beside the value: `instant` is the time in epoch milliseconds.

    `rows_only` writes a list as its items alone, in CSV and JSONL.
    """

    operation: str
    instant: int
    rows_only: bool = False


Write = Callable[[DataType, Mapping[str, Any], Writing], bytes]


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name in suffixes and queries, what Content-Type says, and its writer.

    A value has the keys of the wire; items of its lists may be encoded as JSON already. What is `dated` tells
    the time, so that no two texts are the same.
    """

    name: str
    media_type: str
    write: Write
    dated: bool = False

    @property
    def mime(self) -> str:
        """The media type without parameters."""
        return self.media_type.partition(";")[0]


def _whole(write: Callable[[DataType, Mapping[str, Any]], bytes]) -> Write:
    return lambda kind, value, _: write(kind, value)


def _rows_or_whole(
    write_rows: Callable[[DataType, Mapping[str, Any]], bytes],
    write: Callable[[DataType, Mapping[str, Any]], bytes],
    kind: DataType,
    value: Mapping[str, Any],
    writing: Writing,
) -> bytes:
    is_list = isinstance(kind.members[0].kind, ListOf) and kind.name.startswith("ListResponse")
    return (write_rows if writing.rows_only and is_list else write)(kind, value)


def _page(kind: DataType, value: Mapping[str, Any], writing: Writing) -> bytes:
    return html.write(json.write(kind, value), writing.operation, format_instant(writing.instant))


FORMATS: Mapping[str, Format] = {
    form.name: form
    for form in (
        Format("json", "application/json; charset=utf-8", _whole(json.write)),
        Format("xml", "application/xml", _whole(xml.write)),
        Format("jsv", "application/jsv", _whole(jsv.write)),
        Format("csv", "text/csv", partial(_rows_or_whole, csv.write_rows, csv.write)),
        Format("jsonl", "text/jsonl", partial(_rows_or_whole, json.write_lines, json.write)),
        Format("html", "text/html", _page, dated=True),
    )
}
