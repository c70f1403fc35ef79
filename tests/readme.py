"""The tables of the README that come from code. `python -m tests.readme` writes them."""

import re
from pathlib import Path

from mock_server.settings import Settings, variable
from mock_server.vendors import VENDORS

README = Path(__file__).parents[1] / "README.md"
_SECTION = r"(<!-- {}[^\n]*-->\n)(.*?)(<!-- end -->)"


def settings_table() -> str:
    """A row for each setting."""
    rows = ["| flag | variable | default | meaning |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        flag = "--" + name.replace("_", "-")
        default = "" if field.default in (None, ()) else f"`{field.default}`"
        rows.append(f"| `{flag}` | `{variable(name)}` | {default} | {field.description} |")
    return "\n".join(rows) + "\n"


def fidelity_table() -> str:
    """A row for each claim of each vendor."""
    rows = ["| vendor | about | behaviour | basis |", "|---|---|---|---|"]
    for vendor in VENDORS:
        for claim in vendor.fidelity:
            rows.append(f"| {vendor.title} | {claim.topic} | {claim.behaviour} | {claim.basis} |")
    return "\n".join(rows) + "\n"


TABLES = {"settings": settings_table, "fidelity": fidelity_table}


def section(name: str) -> str:
    """What stands between the marks of a section."""
    match = re.search(_SECTION.format(name), README.read_text("utf-8"), re.DOTALL)
    assert match, f"the README has no section {name}"
    return match[2]


def code(name: str) -> str:
    """The code block behind a mark."""
    match = re.search(rf"<!-- {name} -->\n```\w+\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert match, f"the README has no code block {name}"
    return match[1]


def main() -> None:
    """Write the tables into the README."""
    text = README.read_text("utf-8")
    for name, table in TABLES.items():
        before, after = _around(text, name)
        text = before + table() + after
    README.write_text(text, "utf-8")


def _around(text: str, name: str) -> tuple[str, str]:
    match = re.search(_SECTION.format(name), text, re.DOTALL)
    assert match, f"the README has no section {name}"
    return text[: match.start(2)], text[match.end(2) :]


if __name__ == "__main__":
    main()
