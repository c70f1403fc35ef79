"""Filters, order and pages of the two lists (FACTS.md E2)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

Row = dict[str, Any]
Everything = list[Row]


def page(client: FlaskClient, path: str = "/ai/sessions", /, **members: Any) -> Row:
    response = client.get(f"{path}?{urlencode(members)}")
    assert response.status_code == 200, response.text
    return dict(response.json)


def ids(found: Row) -> list[str]:
    return [row["id"] for row in found["items"]]


def test_the_default_is_the_first_25_newest_first(seeded: FlaskClient, everything: Everything) -> None:
    found = page(seeded)

    assert list(found) == ["items", "totalCount", "totalPages", "hasMorePages"]
    assert found == {"items": everything[:25], "totalCount": 250, "totalPages": 10, "hasMorePages": True}
    dates = [(row["dateCreated"], row["id"]) for row in everything]
    assert dates == sorted(dates, reverse=True)


@pytest.mark.parametrize("count", [1, 7, 25, 249, 250, 251])
def test_pages_add_up_to_everything(seeded: FlaskClient, everything: Everything, count: int) -> None:
    pages = [page(seeded, page=number, countPerPage=count) for number in range(-(-250 // count))]

    assert [row for found in pages for row in found["items"]] == everything
    assert {(found["totalCount"], found["totalPages"]) for found in pages} == {(250, -(-250 // count))}
    assert [found["hasMorePages"] for found in pages] == [True] * (len(pages) - 1) + [False]


@pytest.mark.parametrize("members", [{"page": 10}, {"page": 2**31 - 1, "countPerPage": 2**31 - 1}], ids=["next", "far"])
@pytest.mark.parametrize("simplified", ["true", "false"])
def test_past_the_end_is_an_empty_page(seeded: FlaskClient, members: dict[str, int], simplified: str) -> None:
    found = page(seeded, **members, simplifiedPaging=simplified)

    assert (found["items"], found["hasMorePages"]) == ([], False)


@pytest.mark.parametrize("members", [{"page": -1}, {"page": -(2**31)}, {"countPerPage": 0}, {"countPerPage": -5}])
def test_values_that_are_too_small_are_the_default(seeded: FlaskClient, members: dict[str, int]) -> None:
    assert page(seeded, **members) == page(seeded)


def test_all_is_everything_on_one_page(seeded: FlaskClient, everything: Everything) -> None:
    found = page(seeded, all="true", page=3, countPerPage=7)

    assert found == {"items": everything, "totalCount": 250, "totalPages": 1, "hasMorePages": False}


@pytest.mark.parametrize("members", [{}, {"all": 1}, {"page": 5}])
def test_no_matches(seeded: FlaskClient, members: dict[str, Any]) -> None:
    found = page(seeded, specificIds="none", **members)

    assert found == {"items": [], "totalCount": 0, "totalPages": 0, "hasMorePages": False}


@pytest.mark.parametrize("count", [1, 7, 125, 250])
def test_simplified_paging_counts_nothing(seeded: FlaskClient, everything: Everything, count: int) -> None:
    pages = [
        page(seeded, page=number, countPerPage=count, simplifiedPaging="true") for number in range(-(-250 // count))
    ]

    assert [row for found in pages for row in found["items"]] == everything
    assert {(found["totalCount"], found["totalPages"]) for found in pages} == {(0, 0)}
    assert [found["hasMorePages"] for found in pages] == [True] * (len(pages) - 1) + [False]


def test_all_and_simplified(seeded: FlaskClient, everything: Everything) -> None:
    found = page(seeded, all="true", simplifiedPaging="true")

    assert found == {"items": everything, "totalCount": 0, "totalPages": 0, "hasMorePages": False}


# Filters


@pytest.mark.parametrize("count", [1, 2, 3])
def test_sessions_of_some_accounts(seeded: FlaskClient, everything: Everything, count: int) -> None:
    accounts = sorted({row["accountId"] for row in everything})[:count]

    found = page(seeded, accountIds=",".join(accounts), all="true")

    assert found["items"] == [row for row in everything if row["accountId"] in accounts] != []


@pytest.mark.parametrize(
    "spell", [",".join, lambda items: f"[{','.join(items)}]", lambda items: ",".join(map('"{}"'.format, items))]
)
def test_specific_ids_in_any_order(
    seeded: FlaskClient, everything: Everything, spell: Callable[[list[str]], str]
) -> None:
    wanted = [everything[200]["id"], everything[3]["id"], "none", everything[99]["id"]]

    assert ids(page(seeded, specificIds=spell(wanted))) == [everything[at]["id"] for at in (3, 99, 200)]


def test_filters_are_combined_with_and(seeded: FlaskClient, everything: Everything) -> None:
    one, other = everything[0], next(row for row in everything if row["accountId"] != everything[0]["accountId"])

    found = page(seeded, accountIds=one["accountId"], specificIds=f"{one['id']},{other['id']}")

    assert ids(found) == [one["id"]]


@pytest.mark.parametrize("items", [",", '""', "none", "a,,"])
def test_empty_and_unknown_items_match_nothing(seeded: FlaskClient, items: str) -> None:
    assert page(seeded, accountIds=items)["totalCount"] == 0


@pytest.mark.parametrize("items", ["", "[]"])
def test_an_empty_list_filters_nothing(seeded: FlaskClient, items: str) -> None:
    assert page(seeded, accountIds=items, specificIds=items) == page(seeded)


def test_ids_compare_exactly(seeded: FlaskClient, everything: Everything) -> None:
    key = everything[0]["id"]

    assert page(seeded, specificIds=f"{key[:-1]},{key.upper()},{key}0, {key}")["totalCount"] == (key == key.upper())


def test_a_session_without_an_account_is_found_without_a_filter(
    client: FlaskClient, create: Callable[..., Row]
) -> None:
    key = create()["id"]

    assert ids(page(client)) == [key]
    assert ids(page(client, accountIds=",")) == []


# Order


@pytest.mark.parametrize(
    "field",
    ["accountId", "accountName", "purpose", "id", "dateCreated", "dateLastModified", "createdBy", "lastModifiedBy"],
)
@pytest.mark.parametrize("order", ["Ascend", "Descend", None])
def test_sort_fields(seeded: FlaskClient, everything: Everything, field: str, order: str | None) -> None:
    found = page(seeded, all="true", sortField=field, **({} if order is None else {"sortOrder": order}))

    expected = sorted(everything, key=lambda row: (row.get(field, ""), row["id"]), reverse=order == "Descend")
    assert ids(found) == [row["id"] for row in expected]


@pytest.mark.parametrize(
    ("spelled", "order"), [("DATECREATED", "descend"), ("dateCREATED", "1"), ("DateCreated", "Descend")]
)
def test_sort_fields_and_orders_in_any_case(seeded: FlaskClient, spelled: str, order: str) -> None:
    assert page(seeded, sortField=spelled, sortOrder=order) == page(seeded)


@pytest.mark.parametrize("field", ["bogus", "actions", "purpose,id", " purpose", "items"])
def test_unknown_sort_fields_are_ignored(seeded: FlaskClient, field: str) -> None:
    assert page(seeded, sortField=field, sortOrder="Ascend") == page(seeded)


def test_an_order_without_a_field_is_ignored(seeded: FlaskClient) -> None:
    assert page(seeded, sortOrder="Ascend") == page(seeded)


def test_an_undefined_order_is_ascending(seeded: FlaskClient) -> None:
    assert page(seeded, sortField="id", sortOrder=7) == page(seeded, sortField="id")


def test_ties_are_ordered_by_id(seeded: FlaskClient, everything: Everything) -> None:
    dates = [row["dateCreated"] for row in everything]
    tied = [row for row in everything if dates.count(row["dateCreated"]) > 1]

    assert len(tied) >= 12
    ascending = page(seeded, all="true", sortField="dateCreated")["items"]
    assert ascending == everything[::-1]


# Accounts


@pytest.fixture(scope="session")
def accounts(seeded: FlaskClient) -> list[Row]:
    return list(page(seeded, "/accounts", all="true")["items"])


def test_pages_of_accounts(seeded: FlaskClient, accounts: list[Row]) -> None:
    assert len(accounts) > 5
    found = page(seeded, "/accounts", page=1, countPerPage=3)

    assert found == {
        "items": accounts[3:6], "totalCount": len(accounts), "totalPages": -(-len(accounts) // 3), "hasMorePages": True,
    }  # fmt: skip


@pytest.mark.parametrize("length", [1, 4, 6, 100])
def test_name_filter_matches_part_of_the_name_in_any_case(
    seeded: FlaskClient, accounts: list[Row], length: int
) -> None:
    for account in accounts:
        text = account["name"][1 : 1 + length].swapcase()

        found = page(seeded, "/accounts", nameFilter=text, all="true")

        assert found["items"] == [row for row in accounts if text.casefold() in row["name"].casefold()] != []


def test_name_filter_without_matches(seeded: FlaskClient) -> None:
    assert page(seeded, "/accounts", nameFilter="nobody is called that")["totalCount"] == 0


@pytest.mark.parametrize("field", ["name", "maxPhoneNumbers", "isBYOA", "parentAccountId", "logoId"])
def test_accounts_are_sorted_by_any_single_value(seeded: FlaskClient, accounts: list[Row], field: str) -> None:
    found = page(seeded, "/accounts", sortField=field, sortOrder="Descend", all="true")

    absent: Any = 0 if field in ("maxPhoneNumbers", "isBYOA") else ""
    assert found["items"] == sorted(accounts, key=lambda row: (row.get(field, absent), row["id"]), reverse=True)


def test_account_filters_are_combined_with_and(seeded: FlaskClient, accounts: list[Row]) -> None:
    first, second = accounts[:2]

    found = page(seeded, "/accounts", nameFilter=first["name"], specificIds=f"{first['id']},{second['id']}")

    assert first["id"] in ids(found)
    assert all(first["name"].casefold() in row["name"].casefold() for row in found["items"])
