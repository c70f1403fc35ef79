"""Calls the control API of an application in this process."""

from typing import Any

import flask

from mock_server.ops.guard import TOKEN

_FAILED = 400
_PREFIX = "/_mock/"


class ControlError(Exception):
    """The control API refused a request; the message has its status and its reason."""


def call_control(app: flask.Flask, token: str | None, method: str, path: str, json: Any = None) -> Any:
    """Return the JSON that the control API answers; `path` is what comes after /_mock/. Raise ControlError."""
    headers = {} if token is None else {TOKEN: token}
    url = _PREFIX + path.removeprefix(_PREFIX).lstrip("/")
    with app.test_client().open(url, method=method, json=json, headers=headers) as response:
        if response.mimetype != "application/json":
            raise ControlError(f"{method} {url} answered {response.status_code} {response.mimetype}, which is not JSON")
        answer = response.get_json()
    if response.status_code >= _FAILED:
        raise ControlError(f"{method} {url} answered {response.status_code}: {answer.get('message', answer)}")
    return answer
