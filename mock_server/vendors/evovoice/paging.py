"""How a page of rows becomes a ListResponse (facts E2)."""

from typing import Any, NamedTuple

from mock_server.core.query import Page
from mock_server.vendors.evovoice.filters import ListCommand


class ListResponse(NamedTuple):
    """A page and the command that asked for it."""

    page: Page
    command: ListCommand

    def members(self) -> dict[str, Any]:
        """The members on the wire; the items stay encoded."""
        page, command = self
        if command.simplified:
            total, pages, more = 0, 0, page.more
        elif command.everything:
            total, pages, more = page.total, min(1, page.total), False
        else:
            total, pages = page.total, -(-page.total // command.count)
            more = command.page + 1 < pages
        return {"items": page.rows, "totalCount": total, "totalPages": pages, "hasMorePages": more}
