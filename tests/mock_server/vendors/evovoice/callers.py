"""The seeded users, as they put themselves into an Authorization header."""

import base64

NINE = "2026-01-31T09:00:00Z"


def basic(name: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


ADMIN = basic("admin@example.com", "admin")
AGENT = basic("agent@example.com", "agent")
