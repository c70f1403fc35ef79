"""Contract checks for voice-session APIs; must not import `mock_server`, which it judges."""
