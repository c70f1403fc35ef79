"""Flask around the vendors' tables. Names no vendor."""
