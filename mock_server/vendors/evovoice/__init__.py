"""Evo Voice's AI sessions, a ServiceStack service. A new resource is a folder here and a line in `_RESOURCES`."""

from mock_server.core.vendor import Vendor
from mock_server.vendors.evovoice import accounts, authentication, sessions, usage
from mock_server.vendors.evovoice.accounts.models import ACCOUNT
from mock_server.vendors.evovoice.emulation import EvoVoiceEmulation
from mock_server.vendors.evovoice.fidelity import FIDELITY
from mock_server.vendors.evovoice.formats import FORMATS
from mock_server.vendors.evovoice.options import EvoVoiceOptions, describe_access, sample_request
from mock_server.vendors.evovoice.paging import rows_asked
from mock_server.vendors.evovoice.problems import render_problem
from mock_server.vendors.evovoice.rewriting import rewriter
from mock_server.vendors.evovoice.schemas.errors import ERROR
from mock_server.vendors.evovoice.seeding.presets import PRESETS
from mock_server.vendors.evovoice.sessions.models import SESSION
from mock_server.vendors.evovoice.usage.models import STORED_USAGE

_RESOURCES = (
    sessions.RESOURCE,
    usage.RESOURCE,
    accounts.RESOURCE,
    authentication.RESOURCE,
)

_NAMES = ERROR.shown_names.union(SESSION.shown_names, ACCOUNT.shown_names, STORED_USAGE.model_fields)

EVOVOICE = Vendor(
    name="evovoice",
    title="Evo Voice",
    resources=_RESOURCES,
    also_claims=tuple(FORMATS),
    rows_asked=rows_asked,
    emulate=EvoVoiceEmulation,
    render_problem=render_problem,
    options=EvoVoiceOptions,
    organisations=lambda _: 1,
    access=describe_access,
    sample_request=sample_request,
    fidelity=FIDELITY,
    presets=PRESETS,
    rewrite=rewriter(operation.path for resource in _RESOURCES for operation in resource.operations),
    answers_options=False,
    names=_NAMES,
    free_names=frozenset({"minutes"}),  # of stored usage, by day
)
