"""The emulated vendors. A new one is a folder, an entry in VENDORS and a section of VendorSettings."""

from pydantic import BaseModel, ConfigDict

from mock_server.vendors.evovoice import EVOVOICE
from mock_server.vendors.evovoice.options import EvoVoiceKeywords, EvoVoiceOptions
from mock_server.vendors.vapi import VAPI
from mock_server.vendors.vapi.options import VapiKeywords, VapiOptions

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
"""The named data sets; every vendor has a preset for each of them."""

WORLDS_VERSION = 2
"""Increased whenever a named world holds other documents than before for the same seed and clock."""


class VendorSettings(BaseModel):
    """The settings of each vendor, in a section with the vendor's name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vapi: VapiOptions = VapiOptions.model_validate({})
    evovoice: EvoVoiceOptions = EvoVoiceOptions.model_validate({})


class VendorKeywords(VapiKeywords, EvoVoiceKeywords, total=False):
    """The settings of all vendors as keyword arguments."""
