"""Phone numbers."""

from mock_server.vendors.vapi.schemas.fields import Body, Boolean, Name, Open, Text
from mock_server.vendors.vapi.schemas.servers import Server


class ImportTwilioPhoneNumberDTO(Body):
    fallbackDestination: Open | None = None
    hooks: list[Open] | None = None
    smsEnabled: Boolean | None = None
    twilioPhoneNumber: Text
    twilioAccountSid: Text
    twilioAuthToken: Text | None = None
    twilioApiKey: Text | None = None
    twilioApiSecret: Text | None = None
    name: Name | None = None
    assistantId: Text | None = None
    workflowId: Text | None = None
    squadId: Text | None = None
    server: Server | None = None
