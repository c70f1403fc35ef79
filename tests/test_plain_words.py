"""Wording that we avoid stays out of docstrings, comments, messages, help and documents.

Fronted objects ("Kept of answers are refusals") cannot be tested; a reader has to find them.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests import readme

ROOT = readme.ROOT

# Spaces stand for any white space.
BANNED = {
    "who as a noun": (
        r"(?:^|[;:(]|\b(?:of|to|by|from|with|that|than|unless|until|since|whether|if|when) ) *"
        r"who (?:never |always |only )?(?:has|have|had|is|was|are|may|can|will|must|does|do|[a-z]+s)\b"
    ),
    "for who": r"\bfor who\b",
    "is no X": r"(?<!\bthere) \b(?:is|are|was|were) no (?!longer\b|more than\b|less than\b)[a-z]\w*",
    "known are": r"\bknown are\b",
    "anew": r"\banew\b",
    "beside": r"\bbeside\b",
    "so many": r"\bso (?:many|much)\b(?! (?:\w+ )?(?:that|as)\b)",
    "told of": r"\b(?:told|tells?|telling) of\b",
    "shall": r"\bshall\b",
}

# Words that are not ours to choose: a file, a pattern in its line, and why.
ALLOWED: tuple[tuple[str, str, str], ...] = (("mock_server/vendors/*/seeding/*", r"", "what seeded people say"),)

# Parts that still have to be cleaned.
UNCLEAN: frozenset[str] = frozenset()


def offences(text: str) -> Iterator[tuple[int, str]]:
    """Return the line, from 1, of each wording in a text that we avoid, and what it is; it may run over lines."""
    for name, pattern in BANNED.items():
        for match in re.finditer(pattern.replace(" ", r"\s+").replace(r"\s+*", r"\s*"), text, re.IGNORECASE):
            start = match.end() - len(match[0].lstrip())
            yield text.count("\n", 0, start) + 1, f"{name}: {' '.join(match[0].split())}"


def words_of_python(source: str) -> Iterator[tuple[int, str]]:
    """Return docstrings, other texts, and comments, each with its first line; comments that follow are one text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
    block: list[str] = []
    first = last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if token.start[0] != last + 1 and block:
                yield first, "\n".join(block)
                block = []
            first = first if block else token.start[0]
            last = token.start[0]
            block.append(token.string.lstrip("# "))
    if block:
        yield first, "\n".join(block)


def words_of_markdown(source: str) -> Iterator[tuple[int, str]]:
    """Return the text without its code blocks and generated tables, whose words are checked where they come from."""
    blanked = re.sub(
        r"```.*?```|<!-- [\w-]+: .*?<!-- end -->", lambda match: "\n" * match[0].count("\n"), source, flags=re.DOTALL
    )
    yield 1, re.sub(r"`[^`\n]*`", "`", blanked)


def found(paths: Iterable[Path]) -> list[str]:
    lines = []
    for path in sorted(paths):
        source, name = path.read_text("utf-8"), path.relative_to(ROOT).as_posix()
        words = words_of_python(source) if path.suffix == ".py" else words_of_markdown(source)
        for start, text in words:
            for offset, what in offences(text):
                if not is_allowed(name, what):
                    lines.append(f"{name}:{start + offset - 1}: {what}")
    return lines


def is_allowed(name: str, what: str) -> bool:
    return any(Path(name).match(pattern) and re.search(word, what) for pattern, word, _ in ALLOWED)


def part(path: Path) -> str:
    """Return the folder right below `mock_server` that a file is in."""
    first, *rest = path.relative_to(ROOT / "mock_server").parts
    return first if rest else "top"


PARTS = sorted({part(path) for path in (ROOT / "mock_server").rglob("*.py")})


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.xfail(strict=False, reason="to be cleaned")) if name in UNCLEAN else name
        for name in PARTS
    ],
)
def test_the_emulator_is_plain(name: str) -> None:
    lines = found(path for path in (ROOT / "mock_server").rglob("*.py") if part(path) == name)

    assert not lines, "\n" + "\n".join(lines)


def test_the_documents_are_plain() -> None:
    facts = (ROOT / "mock_server").rglob("*.md")

    lines = found({*readme.DOCUMENTS, *facts})

    assert not lines, "\n" + "\n".join(lines)


def test_every_exception_has_a_reason() -> None:
    files = [path.relative_to(ROOT) for path in (ROOT / "mock_server").rglob("*.py")]

    assert [pattern for pattern, _, _ in ALLOWED if not any(path.match(pattern) for path in files)] == []
    assert all(reason for _, _, reason in ALLOWED)


@pytest.mark.parametrize(
    "text",
    [
        "Send everybody home (who waits)",
        "None for who has not paid",
        "so that who never sorts by it does not pay",
        "'x' is no vendor",
        "known are vapi, evovoice",
        "Number the rows anew",
        "a path beside it",
        "Make so many sessions",
        "Make so\nmany sessions",
        "What is told of a change",
        "Let go wrong what shall",
    ],
)
def test_planted_words_are_found(text: str) -> None:
    assert [*offences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Return the users who have the role.",
        "There is no session with this id",
        "It is no longer there",
        "so many that it fails",
        "Tell the caller",
        "is not a vendor",
    ],
)
def test_plain_words_pass(text: str) -> None:
    assert not [*offences(text)]


def test_lines_are_those_of_the_file() -> None:
    source = '"""One.\n\nIt shall be.\n"""\n# so\n# many\nx = "fine"\n'

    places = [start + line - 1 for start, text in words_of_python(source) for line, _ in offences(text)]

    assert places == [3, 5]
