"""How well each behaviour is known: the one list of what we assume about Evo Voice, shown in the documentation.

Documented includes what the source of ServiceStack, on which the service runs, does by default; see FACTS.md.
"""

from mock_server.core.vendor import Basis, Claim

_DOCUMENTED, _OBSERVED, _ASSUMED, _ABSENT = Basis.DOCUMENTED, Basis.OBSERVED, Basis.ASSUMED, Basis.ABSENT

FIDELITY = tuple(
    Claim(topic, behaviour, basis)
    for topic, behaviour, basis in (
        ("operations", "sessions, their actions, usage, accounts and signing in: paths, methods, members", _DOCUMENTED),
        ("operations", "every operation also at /{format}/reply/{Operation}", _DOCUMENTED),
        ("operations", "any method is accepted there", _ASSUMED),
        ("operations", "a path or method without a route gets an empty 404, OPTIONS included", _ASSUMED),
        ("operations", "apply runs the actions that can be applied, lists them in log and keeps the others", _ASSUMED),
        ("operations", "usage requires both dates as yyyy-mm-dd; both days are included", _ASSUMED),
        ("binding", "names in any case, repeated names, JSV lists, numbers, booleans, enums, bad fields", _DOCUMENTED),
        ("binding", "a body may be JSON, JSV, XML, CSV or a form, URL-encoded or multipart", _DOCUMENTED),
        ("binding", "a member of a JSON body with another type is read as its JSON text", _DOCUMENTED),
        ("binding", "XML members in the contract's order and namespace; others are skipped; no DTD", _DOCUMENTED),
        ("binding", "CSV: only the first row is read; multipart: only the fields, not the files", _DOCUMENTED),
        ("binding", "namespaces of requests without a published XML sample", _ASSUMED),
        ("binding", "a malformed body gets 400, another media type 415, more than 1 MiB 413", _ASSUMED),
        ("binding", "JSONL is read as JSON; JSV names may be quoted; more than 100 nested levels get 400", _ASSUMED),
        ("binding", "unknown names are ignored; --strict-query answers 400 to those in the query", _DOCUMENTED),
        ("lists", "names, types and defaults of all parameters", _DOCUMENTED),
        ("lists", "pages from 0, 25 items per page, items and hasMorePages with simplified paging", _OBSERVED),
        ("lists", "totals, pages, hasMorePages; zero totals with simplified paging; All is one page", _ASSUMED),
        ("lists", "countPerPage below 1 is 25, page below 0 is 0, a page past the end is empty", _ASSUMED),
        ("lists", "filters are combined with AND; an empty item of a list matches nothing", _ASSUMED),
        ("lists", "nameFilter matches part of the name, in any case", _ASSUMED),
        ("lists", "sortField is any single-valued member in any case; others are ignored; ties by id", _ASSUMED),
        ("lists", "without sortField the newest come first, whatever sortOrder says", _ASSUMED),
        (
            "fields",
            "names, types and order of all members; null is left out, numbers and booleans are not",
            _DOCUMENTED,
        ),
        ("fields", "actions and log only on a single session", _ASSUMED),
        ("fields", "dates in UTC with milliseconds and Z, ids of 24 hexadecimal digits", _ASSUMED),
        ("fields", "account and purpose are optional; --check-references answers 404 to an unknown account", _ASSUMED),
        (
            "access",
            "cookies of signing in and out, their order and lifetimes; Basic; roles; 400, 401 and 405",
            _DOCUMENTED,
        ),
        ("access", "sessions and usage need the role SystemAdministrator, accounts a signed-in user", _DOCUMENTED),
        ("access", "401 without a body and 403 as text; --json-auth-errors answers JSON", _ASSUMED),
        ("access", "the cookie X-UAId; Allow on 405", _ASSUMED),
        ("access", "signed out, auth/status is 200 with isAuthenticated false", _ASSUMED),
        ("access", "users who are not administrators see some accounts; any other account gets 403", _ASSUMED),
        ("formats", "JSON, JSONL, CSV, JSV, XML and HTML by suffix, callback, format or Accept", _DOCUMENTED),
        ("formats", "JSON, not HTML, when no format is named; --no-lenient-accept answers HTML", _ASSUMED),
        ("formats", "a list in CSV or JSONL is the whole response; --data-contract writes a row per item", _ASSUMED),
        ("formats", "XML without a published sample: names of types, namespaces and their prefixes", _ASSUMED),
        ("formats", "a callback that is not a JavaScript name is ignored", _ASSUMED),
        ("formats", "the values of X-Powered-By; the look of the HTML page", _ASSUMED),
        ("errors", "ResponseStatus in the negotiated format, codes and messages of the framework", _DOCUMENTED),
        ("errors", "an unknown id is 404 NotFound; wording of 404, 413, 415 and of usage's dates", _ASSUMED),
        ("errors", "400 for a request that is not HTTP; 408, 414, 431 and 503 at the server's own limits", _ASSUMED),
        ("beyond", "/metadata, /types, /api/{Operation}, the providers basic (beyond Basic) and Mcp, /login", _ABSENT),
        ("beyond", "customers, flows, endpoints and all other resources; events", _ABSENT),
    )
)
