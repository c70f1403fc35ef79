"""The default users by their Authorization header, and what responses to them have in common."""

import base64
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

NINE = "2026-01-31T09:00:00Z"
EXPIRES = "expires=Wed, 31 Jan 2046 09:00:00 GMT"
"""Of a cookie that is set at nine."""
ATTRIBUTES = "path=/; samesite=lax; httponly"


def basic(name: str, password: str) -> str:
    """Return the value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


ADMIN = basic("admin@example.com", "admin")
AGENT = basic("agent@example.com", "agent")


def cookies_of(response: TestResponse) -> dict[str, str]:
    """Return the values of the cookies that a response sets."""
    return dict(line.partition(";")[0].split("=", 1) for line in response.headers.getlist("Set-Cookie"))


def status_of(client: FlaskClient, cookies: dict[str, str], **headers: str) -> dict[str, Any]:
    """Return who is signed in for a request with these cookies."""
    line = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return dict(client.get("/auth/status", headers={"Cookie": line, **headers}).json)


def envelope(code: str, message: str) -> dict[str, Any]:
    """Return the body of an error without fields."""
    return {"responseStatus": {"errorCode": code, "message": message, "errors": []}}
