"""The subcommands of `contracts`, a module each."""
