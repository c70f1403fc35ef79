"""`python -m contracts`, for when the installed command is not on the path; imports the command alone."""

from contracts.cli import main

if __name__ == "__main__":
    main()
