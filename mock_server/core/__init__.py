"""Everything that is true of any session API. Imports neither Flask nor a vendor."""
