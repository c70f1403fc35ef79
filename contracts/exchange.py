"""Sends one fixed request and has every check judge the answer; knows neither which requests nor why."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from contracts.checks import ANSWERED, UNDOCUMENTED
from contracts.coverage import Coverage
from contracts.credentials import Credential
from contracts.fields import Fields, resolved
from contracts.loading import Contract
from contracts.recording import JudgedCase, Judgement, Record
from contracts.redaction import Redactor
from contracts.result import Closed
from contracts.targets import Connection, TargetError
from contracts.wording import Wording, curl_line, describe, shortened

if TYPE_CHECKING:
    from requests import PreparedRequest
    from schemathesis.checks import CheckResult
    from schemathesis.core.transport import Response
    from schemathesis.hooks import HookContext

    from contracts.loading import AnyCase

REQUEST_SECONDS = 10
"""How long a server may send nothing."""
_PATIENCE = 3  # responses in a row that are too large or take too long


@dataclass(slots=True)
class Exchange:
    """Everything that sending and recording needs during one run."""

    contract: Contract
    connection: Connection
    credential: Credential
    record: Record
    redact: Redactor
    progress: Callable[[str], None]
    _results: list[CheckResult] = field(default_factory=list)
    coverage: Coverage = field(init=False)
    _fields: Fields = field(init=False)
    _undocumented: dict[tuple[str, str], tuple[str, int, str]] = field(default_factory=dict)
    _unbounded: int = 0

    def __post_init__(self) -> None:
        self._fields = Fields(self.contract.schema.raw_schema)
        self.coverage = Coverage(self.contract.operations)
        # A hook of this schema alone; a registered check would stay in the process for every later run.
        self.contract.schema.hooks.register_hook_with_name(self._collect, "after_validate")

    @property
    def headers(self) -> dict[str, str]:
        """What a caller who is let in sends."""
        return self.credential.headers

    def send(
        self,
        case: AnyCase,
        phase: str,
        *,
        check: str = "",
        expect: int | None = None,
        headers: Mapping[str, str] | None = None,
        key: Hashable = None,
    ) -> Response | None:
        """Send a case, judge the answer and the status it must have, if any; None when no answer came.

        `key` is what rules know the request by. Raises Closed when too many answers in a row have no end.
        """
        from requests import RequestException
        from requests.exceptions import InvalidSchema, ProxyError

        from contracts.metering import Unbounded

        name = self.contract.name_of(case.operation.label)
        sent = {**(self.headers if headers is None else headers), **self.contract.vendor.headers}
        try:
            response = self._call(case, sent)
        except (ProxyError, InvalidSchema) as error:
            base = self.connection.base_url
            way = self.connection.transport.way(base)
            raise TargetError(f"{base} cannot be reached{way}: {_reason(error)}.") from error
        except RequestException as error:
            self.no_answer(name, phase, error, key)
            self._unbounded = self._unbounded + 1 if isinstance(error, Unbounded) else 0
            if self._unbounded >= _PATIENCE:
                raise Closed(f"Stopped after {_PATIENCE} responses in a row that are too large or too slow.") from None
            return None
        self._unbounded = 0
        judgements = self._judge(case, response, sent)
        if expect is not None:
            judgements.append(_status_judgement(check, expect, response.status_code))
        self.record.spend(name, response.elapsed)
        self.add(name, phase, response, tuple(judgements), key=key)
        return response

    def _call(self, case: AnyCase, headers: dict[str, str]) -> Response:
        connection = self.connection
        if connection.app is not None:
            return case.call(headers=headers, timeout=REQUEST_SECONDS)
        with connection.transport.session(connection.base_url) as session:
            return case.call(headers=headers, session=session, timeout=REQUEST_SECONDS)

    def recorded(self, case: AnyCase, status: int, media_type: str, text: str, key: Hashable = None) -> None:
        """Judge an answer that was given before, as if it had come now."""
        import requests
        from schemathesis.core.transport import Response as Recorded

        url = f"{self.connection.base_url}{case.formatted_path}"
        request = requests.Request("GET", url, params=dict(case.query or {})).prepare()
        headers = {"content-type": [media_type]} if media_type else {}
        response = Recorded(status, headers, text.encode(), request, elapsed=0.0, verify=False)
        name = self.contract.name_of(case.operation.label)
        self.add(name, "recorded", response, tuple(self._judge(case, response, {})), key=key)

    def add(
        self,
        name: str,
        phase: str,
        response: Response,
        judgements: tuple[Judgement, ...],
        *,
        made_up: bool = False,
        key: Hashable = None,
    ) -> None:
        """Record an answer and what was said about it. `made_up` requests have members that answers repeat."""
        request: PreparedRequest = response.request
        if not made_up:
            self._note_fields(name, response)
        self.coverage.note(name, parse_qsl(urlsplit(str(request.url)).query, keep_blank_values=True))
        self.record.add(
            JudgedCase(
                operation=name,
                phase=phase,
                status=response.status_code,
                curl=lambda: self.curl(request),
                judgements=judgements,
                key=key,
            )
        )

    def tell_undocumented(self, *, strict: bool) -> None:
        """Say which members the document does not know: as findings if `strict`, else as warnings."""
        for (name, path), (kind, status, curl) in self._undocumented.items():
            text = f"Undocumented field {path}, a {kind}"
            if strict:
                judgements = (Judgement(UNDOCUMENTED, Wording(f"{text}.", path)),)
                told = partial(str, curl)
                self.record.note(
                    JudgedCase(operation=name, phase="fields", status=status, curl=told, judgements=judgements)
                )
            else:
                label = self.contract.operations[name].label if name in self.contract.operations else name
                self.record.warn(f"{text}, in {label}.")

    def _note_fields(self, name: str, response: Response) -> None:
        operation = self.contract.operations.get(name)
        media_type = (response.headers.get("content-type") or [""])[0].partition(";")[0]
        if operation is None or media_type != "application/json":
            return
        answers = operation.definition.raw["responses"]
        declared = answers.get(str(response.status_code), answers.get(f"{response.status_code // 100}XX", {}))
        document: Any = self.contract.schema.raw_schema
        declared = resolved(declared, document)
        schema = declared.get("content", {}).get(media_type, {}).get("schema")
        if schema is None:
            return
        try:
            value = response.json()
        except (ValueError, RecursionError):
            return
        for path, kind in self._fields.undocumented(value, schema):
            if (name, path) not in self._undocumented:
                self._undocumented[name, path] = (kind, response.status_code, self.curl(response.request))

    def no_answer(self, name: str, phase: str, error: Exception, key: Hashable = None) -> None:
        """Record a request that got no HTTP answer, which no documented server does."""
        request = getattr(error, "request", None)
        kind = type(error).__name__
        wording = Wording(f"No answer: {kind}: {_reason(error)}", kind)
        self.record.add(
            JudgedCase(
                operation=name,
                phase=phase,
                status=None,
                curl=lambda: self.curl(request) if request is not None else "",
                judgements=(Judgement(ANSWERED, wording),),
                key=key,
            )
        )

    def curl(self, request: PreparedRequest) -> str:
        """The shell line for a request of this run."""
        local_base = None if self.connection.app is None else self.connection.base_url
        return curl_line(request, redact=self.redact, local_base=local_base)

    def _judge(self, case: AnyCase, response: Response, headers: dict[str, str]) -> list[Judgement]:
        from schemathesis.core.failures import FailureGroup

        self._results.clear()
        try:
            with suppress(FailureGroup):  # the hook has collected each failure with the check it came from
                case.validate_response(response, headers=headers, transport_kwargs={"headers": headers})
        except Exception as error:  # a check that cannot cope with an answer costs that check alone
            reason = f"{type(error).__name__}: {shortened(str(error))}"
            self.record.fail(f"{case.operation.label}: an answer could not be judged by every check: {reason}.")
        return [
            Judgement(result.name, describe(result.failure, case, response) if result.failure else None)
            for result in self._results
        ]

    def _collect(self, _context: HookContext, _case: AnyCase, _response: Response, results: list[CheckResult]) -> None:
        self._results.extend(results)


def _reason(error: Exception) -> str:
    cause = error.args[0] if error.args else error
    return shortened(str(getattr(cause, "reason", cause)))  # the connection pool's own words are long and say less


def _status_judgement(check: str, expect: int, status: int) -> Judgement:
    if status == expect:
        return Judgement(check)
    return Judgement(check, Wording(f"Expected status {expect}, answered {status}.", f"{expect} {status}"))
