"""Turns a vendor's document into a schema that makes cases, and picks operations; knows no target."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from contracts.catalog import Vendor
from contracts.result import USAGE, CannotRun

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from schemathesis.config import SchemathesisConfig
    from schemathesis.generation.case import Case
    from schemathesis.schemas import APIOperation, BaseSchema

    AnyOperation = APIOperation[Any, Any, Any, Any]
    AnyCase = Case[AnyOperation]


class DocumentError(CannotRun):
    """The contract document cannot be used."""


class SelectionError(CannotRun):
    """The asked operations are not in the document."""

    exit_code = USAGE


@dataclass(frozen=True, slots=True)
class Contract:
    """A loaded document, all its operations by operationId, and the ids that a run is about."""

    vendor: Vendor
    schema: BaseSchema
    operations: Mapping[str, AnyOperation]
    chosen: tuple[str, ...]

    def select(self, names: Sequence[str]) -> Contract:
        """Keep the named operations, all when none is named; raises SelectionError for an unknown name."""
        for name in names:
            if name not in self.operations:
                raise SelectionError(unknown("operation", name, self.operations))
        chosen = tuple(name for name in self.operations if name in names)
        return replace(self, chosen=chosen) if chosen else self

    def aimed_at(self, base_url: str, app: WSGIApplication | None, headers: Mapping[str, str]) -> Contract:
        """The same contract, with every request going to one place and nowhere else."""
        # Without it requests would go to the vendor's own server, which the document names.
        self.schema.config.update(base_url=base_url, headers=dict(headers))
        schema = self.schema.clone()
        schema.app = app
        return replace(self, schema=schema, operations=_by_id(self.vendor, schema))

    def name_of(self, label: str) -> str:
        """The operationId behind a label such as `GET /session`; the label itself when there is none."""
        return next((name for name, operation in self.operations.items() if operation.label == label), label)


def load(vendor: Vendor, config: SchemathesisConfig) -> Contract:
    """Read the vendor's document; raises DocumentError."""
    import schemathesis  # here, so that `contracts --help` does not wait for it
    from schemathesis.core.errors import LoaderError, SchemathesisError

    try:
        schema = schemathesis.openapi.from_path(vendor.document, config=config)
        operations = _by_id(vendor, schema)
    except OSError as error:
        raise DocumentError(f"Cannot read the contract of {vendor.name}: {error}. Is it installed?") from error
    except LoaderError as error:
        details = "; ".join((str(error), *error.extras))
        raise DocumentError(f"{vendor.document} is not a usable OpenAPI document: {details}") from error
    except SchemathesisError as error:
        raise DocumentError(f"{vendor.document} cannot be turned into requests: {error}") from error
    if not operations:
        raise DocumentError(f"{vendor.document} declares no operation, so there is nothing to check.")
    _expect_walk(vendor, operations)
    return Contract(vendor, schema, operations, tuple(operations))


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """The one wording for a name that is not in a table."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return f"Unknown {kind} {name!r}. {hint}Known: {', '.join(names)}."


def _by_id(vendor: Vendor, schema: BaseSchema) -> dict[str, AnyOperation]:
    operations: dict[str, AnyOperation] = {}
    for outcome in schema.get_all_operations():
        if not hasattr(outcome, "ok"):
            raise DocumentError(f"{vendor.document} has an operation that cannot be read: {outcome.err()}")
        operation = outcome.ok()
        name = operation.definition.raw.get("operationId")
        if not name or name in operations:
            raise DocumentError(
                f"{operation.label} in {vendor.document} has operationId {name!r}; "
                "each operation needs one of its own, since reports and --operation go by it."
            )
        operations[name] = operation
    return operations


def _expect_walk(vendor: Vendor, operations: Iterable[str]) -> None:
    known = set(operations)
    for step in vendor.walk:
        if step.operation not in known:
            raise DocumentError(f"The walk of {vendor.name}: " + unknown("operation", step.operation, known))
