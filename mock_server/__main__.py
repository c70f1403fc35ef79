"""The entry point of the command, `mock-server` and `python -m mock_server`."""

from mock_server import signals


def main() -> None:
    """Run the command line. Signals that arrive during its imports, which take most of a start, stay pending."""
    signals.block()
    from mock_server.cli import main as command

    command()


if __name__ == "__main__":
    main()
