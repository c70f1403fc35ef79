"""The vendors that are emulated. A new one is a folder here, an entry in VENDORS and a base of Options."""

from mock_server.vendors.evovoice import EVOVOICE
from mock_server.vendors.evovoice.options import EvoVoiceOptions
from mock_server.vendors.vapi import VAPI
from mock_server.vendors.vapi.options import VapiOptions

VENDORS = (VAPI, EVOVOICE)


class Options(EvoVoiceOptions, VapiOptions):
    """The settings of all vendors."""
