"""Evo Voice's AI sessions, a ServiceStack service."""

from mock_server.core.vendor import Resource, Vendor
from mock_server.vendors.evovoice.accounts import ACCOUNTS
from mock_server.vendors.evovoice.addresses import rewriter
from mock_server.vendors.evovoice.emulation import EvoVoice
from mock_server.vendors.evovoice.fidelity import FIDELITY
from mock_server.vendors.evovoice.filters import rows_asked
from mock_server.vendors.evovoice.formats import FORMATS
from mock_server.vendors.evovoice.options import EvoVoiceOptions, describe_access, sample_request
from mock_server.vendors.evovoice.problems import render_problem
from mock_server.vendors.evovoice.routes import OPERATIONS
from mock_server.vendors.evovoice.seeding.presets import PRESETS
from mock_server.vendors.evovoice.sessions import SESSIONS, USAGE

EVOVOICE = Vendor(
    name="evovoice",
    title="Evo Voice",
    resources=(Resource(name="sessions", operations=OPERATIONS, collections=(SESSIONS, ACCOUNTS, USAGE)),),
    also_claims=tuple(FORMATS),
    rows_asked=rows_asked,
    emulate=EvoVoice,
    render_problem=render_problem,
    options=EvoVoiceOptions,
    organisations=lambda _: 1,
    access=describe_access,
    sample_request=sample_request,
    fidelity=FIDELITY,
    presets=PRESETS,
    rewrite=rewriter(operation.path for operation in OPERATIONS),
    answers_options=False,
)
