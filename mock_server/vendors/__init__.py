"""The emulated vendors. A new one is a folder here, an entry in VENDORS and a base class of Options."""

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
    "ties": "30 sessions created at the same instant",
    "unicode": "names and purposes in many scripts",
    "expired": "half of the sessions have expired, the others expire one per minute",
    "near-miss": "names, ids and customers that are easily confused",
    "demo": "a few believable months; --sessions sets the number of sessions",
    "10k": "10,000 sessions",
}
"""The named data sets. Every vendor has a preset for each of them."""

WORLDS_VERSION = 2
"""Increase it when the content of a named world changes for the same seed and clock."""


class Options(EvoVoiceOptions, VapiOptions):
    """The settings of all vendors."""
