"""The server's own API under /_mock/. Knows the core, names no vendor."""
