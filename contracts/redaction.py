"""Takes secrets out of texts and bodies, in whatever form they come back; the one place that knows the forms."""

from __future__ import annotations

import base64
import html.entities
import json
import re
from collections.abc import Iterator, Mapping

# A start of a secret that is shorter than this tells nothing.
_TELLING = 4
# A secret that is shorter than this, such as "test", is replaced as a word and not inside of words.
_WORD = 12
_SHORTEST_CORE = 8  # characters of Base64 or hexadecimal that are looked for
_ENTITIES: dict[str, list[str]] = {}
for _name, _text in html.entities.html5.items():
    _ENTITIES.setdefault(_text, []).append(_name.rstrip(";"))


class Redactor:
    """Puts something else in place of each secret, however it is spelt.

    That is: escaped for a URL, JSON, HTML, XML, a shell or Python, also twice; in UTF-16; as Base64, alone or within a
    longer text; in hexadecimal; in another case. `shown` is what is put there, with `{}` for the secret's name; a
    secret of fewer than `word` characters is replaced as a word only.
    """

    def __init__(self, secrets: Mapping[str, str], shown: str = "${}", word: int = _WORD) -> None:
        known = sorted(((secret, name) for name, secret in secrets.items() if secret), key=lambda pair: -len(pair[0]))
        self._secrets = [(_starts(secret), _spellings(secret, word), shown.format(name)) for secret, name in known]

    def __call__(self, text: str) -> str:
        """Return the text without any secret."""
        for starts, pattern, shown in self._secrets:
            text = "".join(_replaced(text, starts, pattern, shown))
        return text

    def of_bytes(self, body: bytes) -> bytes:
        """Return a body without any secret, and otherwise byte for byte as it was."""
        return self(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _replaced(text: str, starts: re.Pattern[str], pattern: re.Pattern[str], shown: str) -> Iterator[str]:
    """Look closer only where a secret can start: a body has millions of places, and a pattern many forms."""
    end = 0
    for start in starts.finditer(text):
        found = pattern.match(text, start.start()) if start.start() >= end else None
        if found is not None:
            yield text[end : found.start()]
            yield shown
            end = found.end()
    yield text[end:]


def _starts(secret: str) -> re.Pattern[str]:
    """Match one character that a form of the secret can start with."""
    starts = {"\\", "%", "=", "&", "\0", secret[0].lower(), secret[0].upper()}
    starts |= {_as_bytes(secret[0], code)[0] for code in _CODES}
    starts |= {digit for plain in _plain(secret) for digit in f"{plain[0]:02x}"[0]}
    starts |= {core[0] for core in _cores(secret)}
    return re.compile(f"[{re.escape(''.join(sorted(starts)))}]", re.IGNORECASE)


def _spellings(secret: str, word: int) -> re.Pattern[str]:
    """Match a secret with any of its characters escaped, also when cut, and what it is encoded as."""
    characters = [_spelling(character) for character in secret]
    whole = "".join(characters)
    cut_off = "".join(characters[:_TELLING]) + "".join(f"(?:{each})?+" for each in characters[_TELLING:])
    if len(characters) < word:
        whole = rf"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{{2}})){whole}(?![A-Za-z0-9])"
    else:
        whole = f"(?i:{whole})"
    return re.compile("|".join([whole, *_encoded(secret), f"{cut_off}(?= ?(?:\\.\\.\\.|…))"]))


def _encoded(secret: str) -> Iterator[str]:
    """Base64 of the secret, and hexadecimal."""
    for core in _cores(secret):
        # The character behind it holds bits of the secret too.
        yield f"{''.join(map(_spelling_of_base64, core))}[\\w+/-]?=*"
    for plain in _plain(secret):
        if len(plain) * 2 >= _SHORTEST_CORE:
            yield r"[\s:-]?".join(f"(?i:{byte:02x})" for byte in plain)


def _plain(secret: str) -> set[bytes]:
    return {secret.encode("utf-8", "surrogatepass"), secret.encode("latin-1", "ignore")} - {b""}


def _cores(secret: str) -> Iterator[str]:
    """What Base64 has of the secret alone, at each of the three offsets that it may have in a longer text."""
    for plain in _plain(secret):
        for offset, touched in enumerate((0, 2, 3)):
            code = base64.b64encode(b"\0" * offset + plain).decode().rstrip("=")
            core = code[touched : -1 if (offset + len(plain)) % 3 else None]
            if len(core) >= _SHORTEST_CORE:
                yield core


def _spelling_of_base64(character: str) -> str:
    other = {"+": "-", "/": "_"}.get(character)
    return f"(?:{_spelling(character)}|{other})" if other else _spelling(character)


def _spelling(character: str) -> str:
    """Match a character as it is or escaped, and the zero bytes around it in UTF-16."""
    coded = json.dumps(character)[1:-1]
    units = re.findall(r"\\u([0-9a-f]{4})", coded) or [f"{ord(character):04x}"]
    plain = "|".join(sorted({re.escape(character), *(re.escape(_as_bytes(character, code)) for code in _CODES)}))
    forms = [
        r"\\{1,4}+" if character == "\\" else rf"\\{{0,4}}+(?:{plain})",
        "".join(rf"\\{{1,4}}+u(?i:{unit})" for unit in units),
        rf"\\{{1,4}}+(?i:u\{{0{{0,6}}{ord(character):x}\}}|x{ord(character):02x}|U{ord(character):08x})",
        "".join(f"[%=](?:25){{0,3}}+(?i:{byte:02x})" for byte in character.encode("utf-8", "surrogatepass")),
        rf"&(?:amp;){{0,3}}+#(?:0{{0,6}}{ord(character)}|[xX]0{{0,6}}(?i:{ord(character):x}));?",
        *(f"&(?:amp;){{0,3}}+{name};?" for name in _ENTITIES.get(character, ())),
    ]
    if len(coded) == len("\\n"):
        forms.append(re.escape(coded))
    return rf"\0{{0,3}}+(?:{'|'.join(forms)})"


_CODES = ("latin-1", "cp1252")
"""What a body that is not UTF-8 may be written in."""


def _as_bytes(character: str, code: str) -> str:
    """The bytes of a character in a code, as they stand in a text decoded from UTF-8; the character if it has none."""
    try:
        return character.encode(code).decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return character
