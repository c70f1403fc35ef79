"""What is logged of an exception that nobody expected."""

import traceback

_MOST_CAUSES = 4
_MOST_FRAMES = 6  # of each; a recursion has a thousand


def describe_defect(error: BaseException) -> str:
    """Return where an exception and its causes were raised, without messages, which may hold what a client sent."""
    described, each = list[str](), error
    while len(described) < _MOST_CAUSES:
        frames = traceback.extract_tb(each.__traceback__)[-_MOST_FRAMES:]
        lines = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        described.append("\n  ".join([type(each).__qualname__, *lines]))
        cause = each.__cause__ or each.__context__
        if cause is None:
            break
        each = cause
    return "\nafter ".join(described)
