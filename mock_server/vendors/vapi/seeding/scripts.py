"""What people say to the seeded assistants: conversations with slots."""

import json
from typing import Any, NamedTuple


class Say(NamedTuple):
    """One turn; of several wordings one is chosen."""

    role: str
    texts: tuple[str, ...]


class Call(NamedTuple):
    """A tool call and its answer, both as JSON with slots."""

    tool: str
    arguments: str
    result: str


class Script(NamedTuple):
    """One conversation, after the greeting of the assistant."""

    assistant: str
    name: str
    output: tuple[str, str]  # name of a structured output, and its value as JSON with slots
    lines: tuple[Say | Call, ...]


def _user(*texts: str) -> Say:
    return Say("user", texts)


def _agent(*texts: str) -> Say:
    return Say("assistant", texts)


def _json(value: dict[str, Any]) -> str:
    """A flat object as a template: its own braces escaped, those of the slots not."""
    return "{{" + json.dumps(value, ensure_ascii=False, separators=(",", ":"))[1:-1] + "}}"


def _call(tool: str, arguments: dict[str, Any], result: dict[str, Any]) -> Call:
    return Call(tool, _json(arguments), _json(result))


def _output(name: str, **value: Any) -> tuple[str, str]:
    return name, _json(value)


SCRIPTS = (
    Script(
        "Brightwater Reception", "Check-up booking",
        _output("Appointment", booked=True, kind="check-up", date="{isoday}", time="{time}"),
        (
            _user("Hi, I'd like to book a check-up, please.", "Hello, can I get a check-up sometime soon?"),
            _agent("Of course. Are you registered with us already?"),
            _user("Yes, the name is {name}.", "I am, under {name}."),
            _agent("Thank you, {first}. Let me see what is free."),
            _call("find_slots", {"kind": "check-up", "from": "{isoday}"},
                  {"dentist": "{dentist}", "date": "{isoday}", "time": "{time}"}),
            _agent("{dentist} has {day} at {time}. Would that suit you?"),
            _user("That works.", "Yes, {time} is perfect."),
            _call("book_slot", {"account": "{account}", "date": "{isoday}", "time": "{time}"}, {"booked": True}),
            _agent("Booked: {day}, {time}, with {dentist}. Please come ten minutes early."),
            _user("Great, thank you. Bye!", "Lovely, see you then."),
        ),
    ),
    Script(
        "Brightwater Reception", "Toothache, same day",
        _output("Triage", urgent=True, slot="{time}", dentist="{dentist}"),
        (
            _user("I've had a bad toothache since last night.", "My tooth is killing me, can anyone see me today?"),
            _agent("I'm sorry to hear that, {first}. Is there any swelling, or a fever?"),
            _user("A little swelling, no fever.", "No, just the pain."),
            _agent("We keep an emergency slot every day. Can you be here at {time}?"),
            _user("Yes, I'll be there.", "I can make that."),
            _agent("{dentist} will see you at {time}. If breathing or swallowing gets hard, call 999 at once."),
            _user("Understood. Thanks so much."),
        ),
    ),
    Script(
        "Brightwater Reception", "Move appointment to {isoday}",
        _output("Appointment", booked=True, moved=True, date="{isoday}", time="{time}"),
        (
            _user("I need to move my appointment, something came up at work."),
            _agent("No problem. May I have your patient number?"),
            _user("It's {account}.", "{account}, I think."),
            _call("find_appointment", {"account": "{account}"}, {"dentist": "{dentist}", "kind": "hygiene"}),
            _agent("I see your hygiene visit with {dentist}. The next free one is {day} at {time}."),
            _user("Could it be later in the day?", "Is there nothing earlier?"),
            _agent("Not that week, I'm afraid."),
            _user("Fine, I'll take it."),
            _agent("Done. You will get a text message as confirmation."),
        ),
    ),
    Script(
        "Brightwater Reception", "Whitening price",
        _output("Enquiry", topic="whitening", quoted="£{pounds}"),
        (
            _user("How much is whitening at your practice?"),
            _agent("Home whitening starts at £{pounds}, including two fittings."),
            _user("And does it hurt?"),
            _agent("Some people feel it with cold drinks for a day or two. The dentist can tell you more."),
            _user("OK, I'll think about it.", "Thanks, I'll call back."),
        ),
    ),
    Script(
        "Brightwater Recall", "Recall",
        _output("Recall", accepted=True, date="{isoday}", time="{time}"),
        (
            _agent("Your six-month check-up is due. Would {day} at {time} suit you?"),
            _user("Oh, right. Yes, put me down.", "Is that with {dentist}? Then yes."),
            _call("book_slot", {"account": "{account}", "date": "{isoday}", "time": "{time}"}, {"booked": True}),
            _agent("Wonderful, {first}. {day} at {time} it is."),
            _user("Thank you."),
        ),
    ),
    Script(
        "Brightwater Recall", "Recall, declined",
        _output("Recall", accepted=False),
        (
            _agent("Your six-month check-up is due. Shall I look for a date?"),
            _user("Not now, I'm travelling.", "No thanks, I have moved away."),
            _agent("That's fine. We won't remind you again before spring."),
        ),
    ),
    Script(
        "Northpine Orders", "Order {order}",
        _output("Order question", order="{order}", solved=True, topic="delivery"),
        (
            _user("Where is my order? It should have come two days ago.", "Hi! Order {order} still isn't here."),
            _agent("Sorry about the wait. Is {order} the right number?"),
            _user("Yes, that's the one.", "Yep, {order}."),
            _call("find_order", {"order": "{order}"}, {"state": "in transit", "item": "{item}", "due": "{isoday}"}),
            _agent("Your {item} is with {carrier} and should reach you on {day}."),
            _user("Can you send me the tracking link?"),
            _agent("It is on its way to the address in your account, {first}."),
            _user("Got it, thanks!", "Perfect, that's all."),
        ),
    ),
    Script(
        "Northpine Orders", "New address for {order}",
        _output("Order question", order="{order}", solved=True, topic="address"),
        (
            _user("I just ordered a {item}, but to my old address."),
            _agent("Let me see whether it has left us. What is the order number?"),
            _user("{order}"),
            _call("find_order", {"order": "{order}"}, {"state": "packing", "item": "{item}"}),
            _agent("We are lucky, it is still being packed. What is the new address?"),
            _user("{house} {street}, same town."),
            _call("change_address", {"order": "{order}", "line1": "{house} {street}"}, {"changed": True}),
            _agent("Changed to {house} {street}. You will get a new confirmation by e-mail."),
            _user("You saved my weekend."),
        ),
    ),
    Script(
        "Northpine Orders", "Charged twice?",
        _output("Order question", order="{order}", solved=False, topic="payment"),
        (
            _user("My card shows ${dollars} twice for order {order}."),
            _agent("One of the two is a reservation that the bank lifts within three days."),
            _user("And if it doesn't?", "Are you sure? It says paid."),
            _agent("Then a colleague will look into it. I have opened ticket {ticket} for you."),
            _user("Alright. Thanks."),
        ),
    ),
    Script(
        "Northpine Returns", "Return {item}",
        _output("Return", item="{item}", reason="size", exchange="{size}"),
        (
            _user("I'd like to return the {item}, it's too small.", "The {item} doesn't fit. Can I swap it?"),
            _agent("Sure. Would you like another size or the money back?"),
            _user("Size {size}, if you have it."),
            _call("check_stock", {"item": "{item}", "size": "{size}"}, {"inStock": True}),
            _agent("Size {size} is in stock. I have sent the label for {order}, drop the parcel off by {day}."),
            _user("Do I pay for shipping?"),
            _agent("No, exchanges are free."),
            _user("Excellent, thank you!"),
        ),
    ),
    Script(
        "Northpine Returns", "Refund status",
        _output("Return", item="{item}", reason="defect", refund="{dollars}"),
        (
            _user("I sent the {item} back a week ago and have heard nothing."),
            _agent("I can check that. Which order was it?"),
            _user("{order}"),
            _call("find_refund", {"order": "{order}"}, {"amount": "{dollars}", "paid": "{isoday}"}),
            _agent("We booked ${dollars} back to your card; it should show by {day}."),
            _user("OK, then I'll wait.", "Finally! Thanks."),
        ),
    ),
    Script(
        "Lindenhof Reception", "Room for {nights} nights",
        _output("Reservation", number="{booking}", arrival="{isoday}", nights="{nights}"),
        (
            _user("Hello, do you have a {room} from {day} for {nights} nights?"),
            _agent("One moment, I check."),
            _call("find_room", {"kind": "{room}", "arrival": "{isoday}", "nights": "{nights}"},
                  {"free": True, "eurosPerNight": "{euros}"}),
            _agent("Yes, the {room} is €{euros} a night with breakfast."),
            _user("Is there parking?", "Can we bring a small dog?"),
            _agent("Yes, for €12 a night."),
            _user("Then please book it under {name}."),
            _agent("With pleasure. Your reservation is {booking}, free to cancel until the day before."),
            _user("Thank you very much."),
        ),
    ),
    Script(
        "Lindenhof Reception", "Late arrival",
        _output("Reservation", number="{booking}", late=True),
        (
            _user("My train is delayed, I'll only arrive after midnight.", "We land late, is anyone there at 1 am?"),
            _agent("No problem. What is your reservation number, please?"),
            _user("{booking}, for {name}."),
            _agent("Thank you, {first}. The night door opens with the last four digits of {booking}."),
            _user("Brilliant."),
        ),
    ),
    Script(
        "Lindenhof Reception", "Lost scarf",
        _output("Lost property", found=False, ticket="{ticket}"),
        (
            _user("I think I left a green scarf in my room."),
            _agent("I'm sorry. I have noted it as {ticket}; housekeeping will look today."),
            _user("Could you mail it if it turns up?"),
            _agent("Of course, to the address we have."),
        ),
    ),
    Script(
        "Lindenhof Rezeption", "Zimmeranfrage",
        _output("Reservation", number="{booking}", arrival="{isoday}", nights="{nights}"),
        (
            _user("Guten Tag, haben Sie ab {day} ein {zimmer} für {nights} Nächte?"),
            _agent("Einen Moment bitte, ich sehe nach."),
            _call("find_room", {"kind": "{zimmer}", "arrival": "{isoday}", "nights": "{nights}"},
                  {"free": True, "eurosPerNight": "{euros}"}),
            _agent("Ja, für {euros} € pro Nacht, Frühstück inbegriffen."),
            _user("Schön, dann nehme ich es. Auf den Namen {name}.", "Gut. Und kann ich später anreisen?"),
            _agent("Sehr gern. Ihre Buchungsnummer ist {booking}."),
            _user("Vielen Dank, auf Wiederhören!"),
        ),
    ),
    Script(
        "Lindenhof Rezeption", "Rechnung {booking}",
        _output("Reservation", number="{booking}", invoice="corrected"),
        (
            _user("Auf meiner Rechnung zu {booking} fehlt die Firmenadresse."),
            _agent("Das ändere ich gern. Welche Adresse soll darauf stehen?"),
            _user("Schönhauser Straße {house}, 10119 Berlin."),
            _agent("Danke, die neue Rechnung über {euros} € ist unterwegs."),
            _user("Prima, danke schön."),
        ),
    ),
    Script(
        "Cedar Valley Billing", "{month} bill",
        _output("Billing", account="{account}", topic="high bill", solved=True),
        (
            _user("My {month} bill is ${more}. It's normally around ${dollars}!"),
            _agent("That is a jump. May I have your account number?"),
            _user("{account}", "Sure, it's {account}."),
            _call("get_bill", {"account": "{account}", "month": "{month}"}, {"total": "{more}", "estimated": True}),
            _agent("The reading was estimated. Can you read me your meter?"),
            _user("It says {reading}."),
            _agent("Thank you, {first}. I corrected it; the new bill comes to ${dollars}."),
            _user("That's a relief, thank you.", "OK, that sounds right."),
        ),
    ),
    Script(
        "Cedar Valley Billing", "Payment plan {ticket}",
        _output("Billing", account="{account}", topic="payment plan", installments=4),
        (
            _user("I can't pay the whole ${more} at once this month."),
            _agent("I understand. We can split it into four payments without a fee."),
            _user("When would the first one be due?"),
            _agent("On {day}. Shall I set that up for account {account}?"),
            _user("Yes, please.", "Please do."),
            _call("create_plan", {"account": "{account}", "parts": 4, "first": "{isoday}"}, {"plan": "{ticket}"}),
            _agent("All set, your plan is {ticket}. You will get it in writing."),
        ),
    ),
    Script(
        "Cedar Valley Billing", "Moving out",
        _output("Billing", account="{account}", topic="moving", final="{isoday}"),
        (
            _user("We're moving out on {day}. What do I need to do?"),
            _agent("I only need the final reading and your new address."),
            _user("{reading}, and {house} {street} from then on."),
            _agent("Noted. The last bill for {account} goes to {house} {street}."),
            _user("Easy. Thanks!"),
        ),
    ),
    Script(
        "Cedar Valley Outages", "Outage on {street}",
        _output("Outage", street="{street}", safe=True, ticket="{ticket}"),
        (
            _user("Power's out on {street}, the whole block.", "We have no power at {house} {street}."),
            _agent("Is everyone safe, and do you see any wires down?"),
            _user("We're fine, no wires.", "Everybody is okay."),
            _call("find_outage", {"street": "{street}"}, {"homes": "{homes}", "hours": "{hours}"}),
            _agent("Thank you. It is {cause}, {homes} homes are affected. We expect {hours} hours."),
            _user("Can you text me when it's back?"),
            _agent("Yes, {first}. Your report is {ticket}."),
        ),
    ),
    Script(
        "Cedar Valley Outages", "Planned work",
        _output("Outage", planned=True, street="{street}"),
        (
            _user("I got a letter about work on {street}. When exactly is that?"),
            _agent("On {day} from {time}, for about {hours} hours."),
            _user("I work from home, can it be another day?"),
            _agent("I'm afraid not, but we can lend you a battery pack."),
            _user("That would help."),
        ),
    ),
)  # fmt: skip
