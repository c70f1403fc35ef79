"""The vendors that are emulated. A new one is a folder here, an entry in VENDORS and a base of Options."""

from mock_server.vendors.evovoice import EVOVOICE
from mock_server.vendors.evovoice.options import EvoVoiceOptions
from mock_server.vendors.vapi import VAPI
from mock_server.vendors.vapi.options import VapiOptions

VENDORS = (VAPI, EVOVOICE)

WORLDS = {
    "empty": "no sessions",
    "one": "one session",
    "page": "exactly the default page of the list",
    "page-plus-one": "one session more than the default page",
    "ties": "30 sessions made at the same instant",
    "unicode": "names and purposes in many scripts",
    "expired": "half of the sessions completed by their time, half falling due one a minute",
    "near-miss": "names, ids and customers that are easily mistaken for each other",
    "demo": "a believable few months; --sessions says how many",
    "10k": "10,000 sessions",
}
"""The named data sets; every vendor has each of them among its shapes."""

WORLDS_VERSION = 2
"""Goes up when a named world of the same seed and clock holds something else than before."""


class Options(EvoVoiceOptions, VapiOptions):
    """The settings of all vendors."""
