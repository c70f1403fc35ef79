"""GET /_mock/health: is it up, and what does it serve. Needs no token."""

from collections.abc import Mapping
from importlib.metadata import version

import flask
import orjson
from werkzeug.wrappers import Response

from mock_server.core.vendor import Answer, Emulation
from mock_server.web.routing import respond


def mount_health(app: flask.Flask, emulations: Mapping[str, Emulation]) -> None:
    """Serve the health route."""
    release = version("voice-session-emulator")

    def health() -> Response:
        sessions = {name: emulation.count() for name, emulation in emulations.items()}
        return respond(Answer(body=orjson.dumps({"status": "ok", "version": release, "sessions": sessions})))

    app.add_url_rule("/_mock/health", endpoint="ops.health", view_func=health)
