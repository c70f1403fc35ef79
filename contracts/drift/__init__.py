"""Recordings of a vendor's own answers, and where the vendor and a stand-in differ."""
