"""Validation errors as text: where a value is wrong, and which names are valid there."""

import difflib
from collections.abc import Iterable, Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mock_server.core.problems import Violation

_UNKNOWN = "extra_forbidden"
_OF_THE_PARENT = frozenset({_UNKNOWN, "missing"})  # errors about a name at the level above


class Explanation(NamedTuple):
    """Each violation with its path, and all of them in one line."""

    violations: tuple[Violation, ...]
    text: str


class _Level(NamedTuple):
    """A model on the way to a value, and the dotted path to it."""

    path: str
    model: type[BaseModel]


def explain(model: type[BaseModel], error: ValidationError, whole: str) -> Explanation:
    """Return what is wrong with a value that does not fit `model`; `whole` names the outermost level."""
    found = [_located(model, each) for each in error.errors(include_url=False, include_input=False)]
    violations = tuple(violation for violation, _ in found)
    messages = "; ".join(f"{each.field}: {each.message}" if each.field else each.message for each in violations)
    known = "; ".join(
        f"Valid in {path or whole}: {', '.join(sorted(_fields(at))) or 'nothing'}"
        for path, at in dict.fromkeys(level for _, level in found)
    )
    return Explanation(violations, f"{messages}. {known}")


def _located(model: type[BaseModel], error: ErrorDetails) -> tuple[Violation, _Level]:
    *before, last = error["loc"] or ("",)
    of_the_parent = error["type"] in _OF_THE_PARENT
    path, level = _walk(model, before if of_the_parent else error["loc"])
    place = ".".join(filter(None, (path, str(last)))) if of_the_parent else path
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == _UNKNOWN:
        near = difflib.get_close_matches(str(last), _fields(level.model), n=1)
        message = f"unknown name (did you mean {near[0]!r}?)" if near else "unknown name"
    return Violation(place, message), level


def _walk(model: type[BaseModel], location: Iterable[int | str]) -> tuple[str, _Level]:
    """Return the dotted path of a location, and the deepest model on it.

    pydantic names the branch of a union between the members; a path has no such names.
    """
    here: Any = model
    path, level = "", _Level("", model)
    for part in location:
        branches = list(_branches(here))
        if len(branches) > 1:
            here = next((branch for branch in branches if _is_labelled(branch, part)), None)
        else:
            here = _inner(branches[0] if branches else None, part)
            path = f"{path}.{part}" if path else str(part)
        named = [branch for branch in _branches(here) if _is_model(branch)]
        if len(named) == 1:
            level = _Level(path, named[0])
    return path, level


def _branches(annotation: Any) -> Iterator[Any]:
    """Yield the types that an annotation allows, except None."""
    if get_origin(annotation) is Annotated:
        yield from _branches(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for each in get_args(annotation):
            yield from _branches(each)
    elif annotation is not NoneType:
        yield annotation


def _inner(annotation: Any, part: int | str) -> Any:
    """Return the type of a member or an item."""
    if _is_model(annotation):
        return _fields(annotation).get(str(part))
    items = get_args(annotation)
    if not items:
        return None
    return items[-1] if get_origin(annotation) is dict else items[0]


def _is_labelled(annotation: Any, label: int | str) -> bool:
    """Return whether a model is the branch with this tag."""
    if not _is_model(annotation):
        return False
    kinds = (get_args(each) for each in _fields(annotation).values() if get_origin(each) is Literal)
    return annotation.__name__ == label or any(label in values for values in kinds)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    """Return the annotations of a model's members by the names that are sent."""
    return {each.alias or name: each.annotation for name, each in model.model_fields.items()}
