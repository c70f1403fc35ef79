"""The reports of a recording or a document held against ours, in the forms that a check has."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from html import escape
from types import MappingProxyType
from typing import IO, NamedTuple
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from contracts.printable import printable
from contracts.reports.junit import clean
from contracts.reports.page import write_page
from contracts.result import Difference, DriftResult

_TONES = {"holds": "good", "violated": "bad"}


class _Words(NamedTuple):
    """What the reports of a command call themselves, the two sides, and where those come from."""

    title: str
    sides: tuple[str, str]
    sources: tuple[str, str]


_WORDS: Mapping[str, _Words] = {
    "drift": _Words("Drift report", ("recorded", "target"), ("recording", "target")),
    "docs-drift": _Words("Document drift report", ("vendor", "ours"), ("document", "ours")),
}


def _write_text(result: DriftResult, stream: IO[str]) -> None:
    sides = _WORDS[result.kind].sides
    width = max(map(len, sides)) + 1
    first, second = (f"{side}:".ljust(width) for side in sides)
    for each in result.differences:
        stream.write(f"{printable(f'{each.layer}: {each.place}')}\n")
        stream.write(f"  {first} {printable(each.recorded)}\n  {second} {printable(each.target)}\n")
        stream.writelines(f"  {printable(line)}\n" for line in each.curl.split("\n") if line)
    stream.write(f"{printable(_summary(result))}\n")


def _write_json(result: DriftResult, stream: IO[str]) -> None:
    words = _WORDS[result.kind]
    document = {
        "version": 1,
        "vendor": result.vendor,
        words.sources[0]: result.recording,
        **({"recorded": result.day} if result.day else {}),
        words.sources[1]: result.target,
        "when": result.when,
        "seconds": round(result.seconds, 3),
        "differences": [_as_json(each, words.sides) for each in result.differences],
        "rules": [
            {"rule": each.rule, "words": each.words, "recorded": each.recorded, "target": each.target}
            for each in result.rules
        ],
    }
    json.dump(document, stream, indent=2, ensure_ascii=False)
    stream.write("\n")


def _as_json(each: Difference, sides: tuple[str, str]) -> dict[str, str]:
    values = {sides[0]: each.recorded, sides[1]: each.target}
    return {"layer": each.layer, "place": each.place, **values, "curl": each.curl}


def _write_junit(result: DriftResult, stream: IO[str]) -> None:
    """A test case for each rule that both sides were asked about, and a failure for each difference."""
    sides, name_ = _WORDS[result.kind].sides, f"{result.kind}.{result.vendor}"
    root = Element("testsuites")
    suite = SubElement(root, "testsuite", name=name_, time=f"{result.seconds:.3f}")
    for rule in result.rules:
        SubElement(suite, "testcase", classname=f"{name_}.rules", name=clean(rule.rule))
    for each in result.differences:
        case = SubElement(suite, "testcase", classname=f"{name_}.{each.layer}", name=clean(each.place))
        message = f"{sides[0]}: {each.recorded}; {sides[1]}: {each.target}"
        SubElement(case, "failure", message=clean(message), type=each.layer).text = clean(each.curl)
    for name, tag in (("tests", "testcase"), ("failures", "testcase/failure")):
        suite.set(name, str(len(suite.findall(tag))))
    indent(root)
    ElementTree(root).write(stream, encoding="unicode", xml_declaration=True)
    stream.write("\n")


def _write_html(result: DriftResult, stream: IO[str]) -> None:
    write_page(stream, f"{_WORDS[result.kind].title}: {result.vendor}", [_section(result)])


def _section(result: DriftResult) -> Iterator[str]:
    sides = _WORDS[result.kind].sides
    yield f"<section><h1>{escape(result.vendor)}</h1>"
    yield f'<p class="soft">{escape(_recording(result))}, against '
    yield f"{escape(result.target)}, {escape(result.when)}</p>"
    tone = "bad" if result.differences else "good"
    yield f'<p class="verdict {tone}">{_count(result)}</p><p class="soft">compared in {result.seconds:.1f} s</p>'
    for number, each in enumerate(result.differences):
        yield ("<h2>Differences</h2>" if number == 0 else "") + _article(each, sides)
    if result.rules:
        headings = "".join(f"<th>{side}</th>" for side in sides)
        yield f'<h2>Rules</h2><div class="wide"><table><tr><th>rule</th>{headings}</tr>'
        for rule in result.rules:
            yield f'<tr><td>{escape(rule.words)}<br><code class="soft">{escape(rule.rule)}</code></td>'
            yield "".join(
                f'<td class="{_TONES.get(state, "warn")}">{state}</td>' for state in (rule.recorded, rule.target)
            )
            yield "</tr>"
        yield "</table></div>"
    yield "</section>\n"


def _article(each: Difference, sides: tuple[str, str]) -> str:
    rows = "".join(
        f"<tr><th>{side}</th><td>{escape(text)}</td></tr>"
        for side, text in zip(sides, (each.recorded, each.target), strict=True)
    )
    curl = f"<pre>{escape(each.curl)}</pre>" if each.curl else ""
    return (
        f'<article><strong class="bad">{escape(each.layer)}</strong> <code>{escape(each.place)}</code>'
        f"<table>{rows}</table>{curl}</article>"
    )


def _summary(result: DriftResult) -> str:
    return f"{_count(result)} between {_recording(result)} ({result.vendor}) and {result.target}"


def _recording(result: DriftResult) -> str:
    return f"{result.recording}, recorded {result.day}" if result.day else result.recording


def _count(result: DriftResult) -> str:
    count = len(result.differences)
    return "1 difference" if count == 1 else f"{count} differences"


DRIFT_REPORTERS: Mapping[str, Callable[[DriftResult, IO[str]], None]] = MappingProxyType(
    {"text": _write_text, "json": _write_json, "junit": _write_junit, "html": _write_html}
)
