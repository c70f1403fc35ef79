"""How a page of rows becomes a ListResponse (facts E2)."""

from typing import Any

from mock_server.core.query import Page
from mock_server.vendors.evovoice.filters import ListCommand


def page_of(page: Page, command: ListCommand) -> dict[str, Any]:
    """The ListResponse; its items stay encoded."""
    if command.simplified:
        total, pages, more = 0, 0, page.more
    elif command.everything:
        total, pages, more = page.total, min(1, page.total), False
    else:
        total, pages = page.total, -(-page.total // command.count)
        more = command.page + 1 < pages
    return {"items": page.rows, "totalCount": total, "totalPages": pages, "hasMorePages": more}
