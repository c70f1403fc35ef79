"""Vapi's API. A new resource is a folder here and a line in `resources`."""

from mock_server.core.vendor import Vendor
from mock_server.vendors.vapi import sessions
from mock_server.vendors.vapi.emulation import VapiEmulation
from mock_server.vendors.vapi.events import VENDOR, target_of
from mock_server.vendors.vapi.fidelity import FIDELITY
from mock_server.vendors.vapi.harmless import FREE_NAMES, NAMES
from mock_server.vendors.vapi.options import VapiOptions, count_organisations, describe_access, sample_request
from mock_server.vendors.vapi.paging import rows_asked
from mock_server.vendors.vapi.problems import render_problem
from mock_server.vendors.vapi.seeding.presets import PRESETS

# The first segments of all paths in the vendor's document, and of one that was seen to be refused (FACTS.md C7.2).
_ALSO_CLAIMS = (
    "analytics", "assistant", "call", "calls", "campaign", "chat", "eval", "file", "observability", "phone-number",
    "provider", "reporting", "session", "squad", "structured-output", "tool", "v2",
)  # fmt: skip

VAPI = Vendor(
    name=VENDOR,
    title="Vapi",
    resources=(sessions.RESOURCE,),
    also_claims=_ALSO_CLAIMS,
    rows_asked=rows_asked,
    emulate=VapiEmulation,
    render_problem=render_problem,
    options=VapiOptions,
    organisations=count_organisations,
    access=describe_access,
    sample_request=sample_request,
    fidelity=FIDELITY,
    presets=PRESETS,
    target=target_of,
    names=NAMES,
    free_names=FREE_NAMES,
)
