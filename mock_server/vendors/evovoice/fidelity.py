"""How well each behaviour is known: the one place for what we guess about Evo Voice, shown in the README.

Documented includes what the source of ServiceStack, on which the service runs, does unless told otherwise.
"""

from mock_server.core.vendor import Basis, Claim

_DOCUMENTED, _OBSERVED, _ASSUMED, _ABSENT = Basis.DOCUMENTED, Basis.OBSERVED, Basis.ASSUMED, Basis.ABSENT

FIDELITY = tuple(
    Claim(topic, behaviour, basis)
    for topic, behaviour, basis in (
        ("operations", "sessions, their actions, usage, accounts and signing in: paths, verbs, members", _DOCUMENTED),
        ("operations", "every operation also at /{format}/reply/{Operation}", _DOCUMENTED),
        ("operations", "there any verb is taken", _ASSUMED),
        ("operations", "a path or verb without a route is an empty 404, OPTIONS included", _ASSUMED),
        ("operations", "applying carries out what can be applied, tells of it in log and leaves the rest", _ASSUMED),
        ("operations", "usage needs both dates as yyyy-mm-dd; both days count", _ASSUMED),
        ("binding", "names in any case, repeated names, JSV lists, numbers, booleans, enums, bad fields", _DOCUMENTED),
        ("binding", "a body may be JSON, JSV, XML, CSV or a form, URL-encoded or multipart", _DOCUMENTED),
        ("binding", "members of a JSON body that have another type count as their JSON text", _DOCUMENTED),
        ("binding", "XML members in the contract's order and namespace, others skipped; no DTD", _DOCUMENTED),
        ("binding", "of CSV the first row counts, of a multipart form the fields, not the files", _DOCUMENTED),
        ("binding", "namespaces of requests without a published XML sample", _ASSUMED),
        ("binding", "a body that is not well formed is 400, another media type 415, over 1 MiB 413", _ASSUMED),
        ("binding", "JSONL as JSON; names in quotes in JSV; a body of more than 100 nested levels is 400", _ASSUMED),
        ("binding", "unknown names are ignored; --strict-query answers 400 in the query", _DOCUMENTED),
        ("lists", "names, types and defaults of all parameters", _DOCUMENTED),
        ("lists", "page from 0, 25 on a page, items and hasMorePages with simplified paging", _OBSERVED),
        ("lists", "totals, pages, hasMorePages; zero totals with simplified paging; All is one page", _ASSUMED),
        ("lists", "countPerPage below 1 is 25, page below 0 is 0, a page past the end is empty", _ASSUMED),
        ("lists", "filters together are AND; a blank item of a list matches nothing", _ASSUMED),
        ("lists", "nameFilter is a part of the name in any case", _ASSUMED),
        ("lists", "sortField is any single member in any case, others are ignored; ties go by id", _ASSUMED),
        ("lists", "without sortField the newest come first, whatever sortOrder says", _ASSUMED),
        ("fields", "names, types and order of all members; null is left out, numbers and booleans never", _DOCUMENTED),
        ("fields", "actions and log only on a single session", _ASSUMED),
        ("fields", "dates in UTC with milliseconds and Z, ids of 24 hexadecimal digits", _ASSUMED),
        ("fields", "a new session needs neither account nor purpose; --check-references answers 404", _ASSUMED),
        (
            "access",
            "cookies of signing in and out, their order and lifetimes; Basic; roles; 400, 401 and 405",
            _DOCUMENTED,
        ),
        ("access", "sessions and usage need the role SystemAdministrator, accounts a signed-in user", _DOCUMENTED),
        ("access", "401 without a body and 403 as text; --json-auth-errors answers JSON", _ASSUMED),
        ("access", "the cookie X-UAId; Allow on 405", _ASSUMED),
        ("access", "signed out, auth/status is 200 with isAuthenticated false", _ASSUMED),
        ("access", "others than administrators see some accounts only; one of the rest is 403", _ASSUMED),
        ("formats", "JSON, JSONL, CSV, JSV, XML and HTML by suffix, callback, format or Accept", _DOCUMENTED),
        ("formats", "JSON, not HTML, where nothing is asked for by name; --no-lenient-accept answers HTML", _ASSUMED),
        ("formats", "CSV and JSONL of a list are the whole page; --data-contract gives a row for each item", _ASSUMED),
        ("formats", "XML of what has no published sample: names of types, namespaces and their prefixes", _ASSUMED),
        ("formats", "a callback that is no JavaScript name is ignored", _ASSUMED),
        ("formats", "the values of X-Powered-By; the look of the HTML page", _ASSUMED),
        ("errors", "ResponseStatus in the negotiated format, codes and messages of the framework", _DOCUMENTED),
        ("errors", "an unknown id is 404 NotFound; wording of 404, 413, 415 and of usage's dates", _ASSUMED),
        ("beyond", "/metadata, /types, /api/{Operation}, the providers basic (beyond Basic) and Mcp, /login", _ABSENT),
        ("beyond", "customers, flows, endpoints and all other resources; events", _ABSENT),
    )
)
