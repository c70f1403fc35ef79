"""The vendors that are emulated. A new one is a folder here and an entry in VENDORS."""

from mock_server.vendors.vapi import VAPI

VENDORS = (VAPI,)
