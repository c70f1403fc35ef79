"""Where webhooks are sent, and how often they are retried."""

from typing import Annotated, Literal

from pydantic import Field

from mock_server.vendors.vapi.schemas.fields import Boolean, Integer, Number, Open, OpenBody, ServerUrl, Text


class BackoffPlan(OpenBody):
    type: Literal["fixed", "exponential"]
    maxRetries: Annotated[Number, Field(ge=0, le=10)]
    baseDelaySeconds: Annotated[Number, Field(ge=0, le=10)]
    excludedStatusCodes: list[Integer] | None = None


class Server(OpenBody):
    url: ServerUrl | None = None
    timeoutSeconds: Annotated[Number, Field(ge=1, le=300)] | None = None
    headers: Open | None = None
    credentialId: Text | None = None
    backoffPlan: BackoffPlan | None = None
    encryptedPaths: list[Text] | None = None
    staticIpAddressesEnabled: Boolean | None = None
