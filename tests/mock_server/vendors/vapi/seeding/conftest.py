"""The default set of sessions, made once."""

import pytest

from tests.mock_server.vendors.vapi.seeding.world import Document, shared


@pytest.fixture(scope="session")
def rows() -> list[Document]:
    return shared()
