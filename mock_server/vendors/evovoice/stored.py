"""What documents from outside must be like, so that nothing that reads them later fails; more members are kept."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class _Stored(BaseModel):
    model_config = ConfigDict(strict=True, alias_generator=to_camel)

    id: str


class StoredAction(_Stored):
    """A queued action."""

    function_name: str
    description: str
    date: str = ""
    arguments: str = ""
    can_be_applied: bool = True


class StoredSession(_Stored):
    """An AI session with its actions and its log."""

    date_created: str
    date_last_modified: str
    account_id: str = ""
    account_name: str = ""
    purpose: str = ""
    created_by: str = ""
    last_modified_by: str = ""
    actions: list[StoredAction] = []
    log: str = ""


class _BillingItem(BaseModel):
    model_config = ConfigDict(strict=True, alias_generator=to_camel)

    base_cost: float = 0
    raw_unit_multiplier: float = 0
    unit_cost: float = 0
    allowance: int = 0


class StoredAccount(_Stored):
    """An account."""

    name: str
    date_created: str
    date_last_modified: str
    ancestor_ids: list[str]
    parent_account_id: str = ""
    twilio_account_sid: str = ""
    max_phone_numbers: int = 0
    is_byoa: Annotated[bool, Field(alias="isBYOA")] = False
    trust_hub_profile_sid: str = ""
    logo_id: str = ""
    logo_uri: str = ""
    billing_settings: dict[str, _BillingItem] = {}
    created_by: str = ""
    last_modified_by: str = ""


class StoredUsage(_Stored):
    """A customer's minutes by day."""

    account_id: str
    customer_id: str
    minutes: dict[str, int]
