"""How long a test waits for a condition, or for an answer, before it fails.

Only a failing test waits that long, so that a machine with far more to do than it has cores changes nothing.
"""

PATIENCE = 90.0
"""Seconds."""
