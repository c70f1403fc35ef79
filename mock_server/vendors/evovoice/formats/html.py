"""HTML: a small page that shows the JSON (FACTS.md E6.12). Its design is ours."""

from html import escape

import orjson

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --line: #8884; --soft: #777 }}
body {{ margin: 0 auto; padding: 1.5rem; max-width: 72rem; font: 15px/1.5 system-ui, sans-serif }}
h1 {{ font-size: 1.25rem; margin: 0 }}
p {{ margin: .25rem 0 1rem; color: var(--soft) }}
pre {{ margin: 0; padding: 1rem; overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem;
  font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere }}
</style>
</head>
<body>
<h1>{operation}</h1>
<p>Snapshot of {moment}</p>
<pre>{json}</pre>
</body>
</html>
"""


def write(json: bytes, operation: str, moment: str) -> bytes:
    """Return the page. Everything is escaped, so that no text in the JSON can end its element."""
    return _PAGE.format(
        title=escape(f"{operation} Snapshot of {moment}"),
        operation=escape(operation),
        moment=escape(moment),
        json=escape(orjson.dumps(orjson.loads(json), option=orjson.OPT_INDENT_2).decode()),
    ).encode()
