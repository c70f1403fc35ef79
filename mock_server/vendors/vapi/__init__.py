"""Vapi's session API."""

from mock_server.core.vendor import Resource, Vendor
from mock_server.vendors.vapi.events import target_of
from mock_server.vendors.vapi.fidelity import FIDELITY
from mock_server.vendors.vapi.filters import rows_asked
from mock_server.vendors.vapi.options import VapiOptions, count_organisations, describe_access, sample_request
from mock_server.vendors.vapi.problems import render_problem
from mock_server.vendors.vapi.routes import OPERATIONS
from mock_server.vendors.vapi.seeding.presets import PRESETS
from mock_server.vendors.vapi.sessions import SESSIONS, Sessions

# The first segments of all paths in the vendor's document, and one that was seen to be refused.
ALSO_CLAIMS = (
    "analytics", "assistant", "call", "calls", "campaign", "chat", "eval", "file", "observability", "phone-number",
    "provider", "reporting", "session", "squad", "structured-output", "tool", "v2",
)  # fmt: skip

VAPI = Vendor(
    name="vapi",
    title="Vapi",
    resources=(Resource(name="sessions", operations=OPERATIONS, collections=(SESSIONS,)),),
    also_claims=ALSO_CLAIMS,
    rows_asked=rows_asked,
    emulate=Sessions,
    render_problem=render_problem,
    options=VapiOptions,
    organisations=count_organisations,
    access=describe_access,
    sample_request=sample_request,
    fidelity=FIDELITY,
    presets=PRESETS,
    target=target_of,
)
