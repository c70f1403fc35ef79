"""What every session API needs. Imports neither Flask nor a vendor."""
