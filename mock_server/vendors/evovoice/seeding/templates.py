"""What people ask the assistant to change, in their own language, and the changes that it queues for it."""

from functools import cache
from typing import Any, NamedTuple

import orjson

from mock_server.vendors.evovoice.seeding.slots import Slots


class Step(NamedTuple):
    """A change: its function, what it does in words, and the slot of each argument."""

    function: str
    description: str
    arguments: dict[str, str]

    def fill(self, slots: Slots) -> dict[str, Any]:
        """Return the action without its date, its id and whether it can be applied."""
        return {
            "functionName": self.function,
            "arguments": orjson.dumps({name: slots[slot] for name, slot in self.arguments.items()}).decode(),
            "description": self.description.format_map(slots),
        }


class Template(NamedTuple):
    """A purpose with names in braces, the changes that carry it out, and the trades that ask for it.

    A question has no changes. Without trades, every account may ask.
    """

    text: str
    steps: tuple[Step, ...] = ()
    trades: tuple[str, ...] = ()


def step(function: str, description: str, **arguments: str) -> Step:
    """Return a step whose arguments are named as the keywords."""
    return Step(function, description, arguments)


def ask(text: str, *steps: Step, only: str = "") -> Template:
    """Return a template; `only` names the trades, with spaces between."""
    return Template(text, steps, tuple(only.split()))


_RULE, _FLOW, _NEW_FLOW, _HOURS = "SetMissedCallRule", "UpdateFlow", "CreateFlow", "SetBusinessHours"
_HOLIDAY, _PROMPT, _VOICEMAIL, _PHONE = "SetHolidaySchedule", "UpdatePrompt", "UpdateVoicemail", "PatchEndpoint"
_NEW_PHONE, _PORT, _BUY, _REPORT = "CreateEndpoint", "PortNumber", "BuyNumber", "CreateReport"
_RECORD, _BLOCK = "SetCallRecording", "BlockNumber"

_ENGLISH = (
    ask("Send missed calls to {team} after {ring} seconds.",
        step(_RULE, "Send missed calls to {team} after {ring} seconds.", team="team", seconds="ring")),
    ask("When nobody picks up at extension {extension}, text {name} and take a voicemail.",
        step(_RULE, "Take a voicemail when extension {extension} does not answer.", extension="extension"),
        step(_VOICEMAIL, "Text {name} about new voicemails.", extension="extension", text="yes")),
    ask("Missed calls on {day}s should ring {name}'s mobile {mobile} first.",
        step(_RULE, "On {day}s, ring {mobile} first.", day="day", number="mobile")),
    ask("After {close}, ring {name} first and then {other}, {ring} seconds each.",
        step(_RULE, "After {close}, ring {name}, then {other}, for {ring} seconds each.", after="close",
             first="name", second="other", seconds="ring")),
    ask('In the flow "{flow}", move {team} to option {option}.',
        step(_FLOW, 'Move {team} to option {option} of "{flow}".', flow="flow", team="team", option="option")),
    ask('Add an option to "{flow}": press {option} for {team}.',
        step(_FLOW, 'Add option {option} for {team} to "{flow}".', flow="flow", option="option", team="team"),
        step(_PROMPT, 'Name option {option} in the greeting of "{flow}".', flow="flow", option="option")),
    ask('Callers wait too long in "{flow}". Offer a callback after {wait} seconds.',
        step(_FLOW, 'Offer a callback after {wait} seconds in "{flow}".', flow="flow", seconds="wait"),
        step(_PROMPT, 'Tell callers of "{flow}" that they can be called back.', flow="flow")),
    ask('Put {name} ahead of everyone else in "{flow}" until {until}.',
        step(_FLOW, 'Ring {name} first in "{flow}" until {until}.', flow="flow", extension="extension", until="until")),
    ask('Remove the second greeting from "{flow}"; people hang up there.',
        step(_FLOW, 'Remove the second greeting from "{flow}".', flow="flow")),
    ask('Spanish-speaking callers should reach {name} without going through "{flow}".',
        step(_FLOW, 'Add a Spanish option before "{flow}" that rings {name}.', flow="flow", extension="extension")),
    ask("Make a new flow for {team}: greet, ask for the account number, then ring extension {extension}.",
        step(_NEW_FLOW, "Create a flow for {team}.", team="team"),
        step(_PROMPT, "Ask for the account number in the new flow.", team="team"),
        step(_FLOW, "Ring extension {extension} at the end of the new flow.", extension="extension")),
    ask('Copy "{flow}" and let me edit the copy before it goes live on {date}.',
        step(_NEW_FLOW, 'Copy "{flow}" without putting the copy to use.', flow="flow", live="no")),
    ask('The hold music in "{flow}" is too loud. Turn it down, or take a calmer one.',
        step(_FLOW, 'Turn down the hold music of "{flow}".', flow="flow")),
    ask('In "{flow}" nobody presses {option}. What do callers do instead?'),
    ask('Text callers who hang up in "{flow}" a link to our website.',
        step(_RULE, 'Text a link to callers who hang up in "{flow}".', flow="flow", text="yes")),
    ask("We close at {close} on {day}s from now on.",
        step(_HOURS, "Close at {close} on {day}s.", day="day", to="close")),
    ask("Open from {open} on {day}s, for {team} only.",
        step(_HOURS, "Open at {open} on {day}s for {team}.", day="day", team="team", **{"from": "open"})),
    ask('Change the hours of "{open_flow}" to {open} to {close}, Monday to Friday.',
        step(_HOURS, 'Set the hours of "{open_flow}" to {open} to {close}, Monday to Friday.', flow="open_flow",
             to="close", **{"from": "open"})),
    ask("{date} is a training day: treat it as closed, but let {name} through.",
        step(_HOLIDAY, "Close on {date}.", date="date"),
        step(_FLOW, "Let calls for {name} through on {date}.", extension="extension", date="date")),
    ask("Closed from {range}; play the holiday greeting on those days.",
        step(_HOLIDAY, "Close from {range}.", dates="range"),
        step(_PROMPT, "Play the holiday greeting from {range}.", dates="range")),
    ask("We are off on {date}. Send urgent calls to {mobile} that day.",
        step(_HOLIDAY, "Close on {date}.", date="date"),
        step(_RULE, "Send urgent calls to {mobile} on {date}.", number="mobile", date="date")),
    ask("Play the holiday greeting on {date} only, then go back to the normal one.",
        step(_HOLIDAY, "Play the holiday greeting on {date}.", date="date")),
    ask('Say "{next_month} is almost fully booked, please leave a message" before the menu of "{open_flow}".',
        step(_PROMPT, 'Say that {next_month} is almost fully booked before the menu of "{open_flow}".',
             flow="open_flow", month="next_month"), only="dental legal plumbing"),
    ask('The greeting of "{flow}" still names our old address. Take it out.\nThe new one is on the website.',
        step(_PROMPT, 'Remove the address from the greeting of "{flow}".', flow="flow")),
    ask('Record the welcome of "{flow}" again with a friendlier voice, and shorter: at most {few} sentences.',
        step(_PROMPT, 'Record the welcome of "{flow}" again in at most {few} sentences.', flow="flow",
             sentences="few")),
    ask('Greet callers of "{flow}" in English and Spanish.',
        step(_PROMPT, 'Greet callers of "{flow}" in English and Spanish.', flow="flow")),
    ask('Say our website address at the end of the "{flow}" greeting.',
        step(_PROMPT, 'Add the website address to the greeting of "{flow}".', flow="flow")),
    ask("{leaver} left. Change the voicemail greeting of extension {old_extension} to {team}.",
        step(_VOICEMAIL, "Change the voicemail greeting of extension {old_extension} to {team}.",
             extension="old_extension", team="team")),
    ask("Send voicemails of {team} as text to {email}, with the recording attached.",
        step(_VOICEMAIL, "Send voicemails of {team} to {email} as text with the recording.", team="team",
             email="email", recording="yes")),
    ask("Delete voicemails older than {days} days, but keep those of {name}.",
        step(_VOICEMAIL, "Delete voicemails older than {days} days, except those of {name}.", days="days",
             keep="extension")),
    ask("{name} has a new desk phone, same extension {extension}.",
        step(_PHONE, "Give extension {extension} to the new desk phone of {name}.", extension="extension")),
    ask("Forward extension {extension} to {mobile} until {until}.",
        step(_PHONE, "Forward extension {extension} to {mobile} until {until}.", extension="extension",
             number="mobile", until="until")),
    ask("{name} is out until {until}; {other} covers extension {extension}.",
        step(_PHONE, "Forward extension {extension} to {other} until {until}.", extension="extension", to="other",
             until="until"),
        step(_VOICEMAIL, "Say in the voicemail greeting that {name} is out until {until}.", extension="extension",
             until="until")),
    ask("Turn off call waiting for {name}, extension {extension}.",
        step(_PHONE, "Turn off call waiting for extension {extension}.", extension="extension", callWaiting="no")),
    ask("Set up {newcomer} as extension {new_extension} in {team}, with voicemail to {new_email}.",
        step(_NEW_PHONE, "Create extension {new_extension} for {newcomer}.", extension="new_extension",
             name="newcomer"),
        step(_FLOW, "Add extension {new_extension} to {team}.", extension="new_extension", team="team"),
        step(_VOICEMAIL, "Send voicemails of extension {new_extension} to {new_email}.", extension="new_extension",
             email="new_email"),
        step(_PROMPT, "Add {newcomer} to the directory of names.", extension="new_extension")),
    ask("Two new phones for {team}: {new_extension} and the next free one.",
        step(_NEW_PHONE, "Create extension {new_extension} for {team}.", extension="new_extension", team="team"),
        step(_NEW_PHONE, "Create the next free extension for {team}.", team="team")),
    ask("Let {name} and {other} ring at the same time for {team}; whoever is free takes it.",
        step(_FLOW, "Ring {name} and {other} at the same time for {team}.", team="team", first="name",
             second="other")),
    ask("Swap {name} and {other} in the ring order of {team}.",
        step(_FLOW, "Swap {name} and {other} in the ring order of {team}.", team="team", first="name",
             second="other")),
    ask("Show {line} as the caller ID when {team} calls out.",
        step(_PHONE, "Show {line} as the caller ID of {team}.", team="team", number="line")),
    ask("Block {mobile}. It calls {team} several times a day and hangs up.",
        step(_BLOCK, "Block {mobile}.", number="mobile")),
    ask("Port {line} from our old carrier, if possible on a {day} after {close}.",
        step(_PORT, "Port {line} on a {day} after {close}.", number="line", day="day", after="close")),
    ask("What is still missing to bring {line} over? Start whatever can be started.",
        step(_PORT, "Start porting {line}.", number="line")),
    ask("We need a toll-free number for {team}, easy to remember.",
        step(_BUY, "Buy a toll-free number for {team}.", tollFree="yes", team="team"),
        step(_FLOW, "Send calls to the new number to {team}.", team="team")),
    ask("Get {several} local numbers in area code {area} for the campaign in {next_month}.",
        step(_BUY, "Buy {several} local numbers in area code {area}.", count="several", areaCode="area")),
    ask("The {last_month} invoice is ${bill}, the one for {month_before} was ${bill_before}. What changed?"),
    ask("Which calls of {team} cost more than ${limit} in {last_month}? 🤔"),
    ask("How many AI minutes did we use in {last_month}, and what would twice as many cost?"),
    ask("Show all calls from {mobile} to {team} in {last_month} and who answered."),
    ask("Who did {name} call back on {past_date}, and who is still waiting?"),
    ask('Every {day} at {open}, email a report "calls per hour" to {email}.',
        step(_REPORT, 'Email the report "calls per hour" to {email} every {day} at {open}.', day="day", time="open",
             email="email")),
    ask("A report of missed calls by team for {last_month}, please; leave out calls < {short} seconds.",
        step(_REPORT, "Report missed calls by team for {last_month}, without calls under {short} seconds.",
             month="last_month", minimumSeconds="short")),
    ask("Stop recording calls of {team}; our lawyer asked for it. Keep the old ones.",
        step(_RECORD, "Stop recording calls of {team}.", team="team", record="no"),
        only="dental plumbing water retail telecom"),
    ask("Record calls to extension {extension} for training, and say so before the call starts.",
        step(_RECORD, "Record calls to extension {extension}.", extension="extension", record="yes"),
        step(_PROMPT, "Say before calls to extension {extension} that they are recorded.", extension="extension")),
    ask('New patients should press {option} in "{open_flow}" and reach {name}.',
        step(_FLOW, 'Send option {option} of "{open_flow}" to {name}.', flow="open_flow", option="option",
             extension="extension"),
        step(_PROMPT, 'Name option {option} for new patients in the greeting of "{open_flow}".', flow="open_flow",
             option="option"), only="dental"),
    ask('Ask patients in "{open_flow}" to bring their insurance card to the first visit.',
        step(_PROMPT, 'Ask for the insurance card in the greeting of "{open_flow}".', flow="open_flow"), only="dental"),
    ask("We need an emergency flow for burst pipes: ring {name}, then {mobile}, then everybody.",
        step(_NEW_FLOW, "Create a flow for burst pipes.", name="name"),
        step(_FLOW, "Ring {name}, then {mobile}, then everybody.", extension="extension", number="mobile"),
        step(_PROMPT, "Name burst pipes in the greeting of the main line."), only="plumbing"),
    ask('Ask callers of "{flow}" for their ZIP code before ringing {team}.',
        step(_PROMPT, 'Ask callers of "{flow}" for their ZIP code.', flow="flow"), only="plumbing water"),
    ask("Calls from opposing counsel must not reach {name} directly; send them to intake.",
        step(_FLOW, "Send calls from opposing counsel for {name} to intake.", extension="extension"), only="legal"),
    ask('Ask new callers in "{flow}" for the case number before ringing {team}.',
        step(_PROMPT, 'Ask for the case number in "{flow}".', flow="flow"), only="legal"),
    ask('A main broke. Tell callers of "{flow}" that crews are on it, until {close} today.',
        step(_PROMPT, 'Tell callers of "{flow}" about the broken main until {close}.', flow="flow", until="close"),
        only="water"),
    ask("{date} is inventory: treat the whole day as closed, but let {name} through.",
        step(_HOLIDAY, "Close on {date}.", date="date"),
        step(_FLOW, "Let calls for {name} through on {date}.", extension="extension", date="date"), only="retail"),
    ask('Free returns end on {until}; say so in "{flow}".',
        step(_PROMPT, 'Say in "{flow}" that free returns end on {until}.', flow="flow", until="until"), only="retail"),
    ask('Ask for the order number in "{flow}" before ringing {team}.',
        step(_PROMPT, 'Ask for the order number in "{flow}".', flow="flow"), only="retail"),
    ask('Tell callers of "{flow}" about the maintenance on {date} from 10 pm to midnight.',
        step(_PROMPT, 'Tell callers of "{flow}" about the maintenance on {date}.', flow="flow", date="date"),
        only="telecom"),
)  # fmt: skip
_GERMAN = (
    ask("Verpasste Anrufe nach {ring} Sekunden an {name} weiterleiten.",
        step(_RULE, "Verpasste Anrufe nach {ring} Sekunden an {name} weiterleiten.", extension="extension",
             seconds="ring")),
    ask("Jeden {day} schließen wir ab jetzt um {close}.",
        step(_HOURS, "Jeden {day} um {close} schließen.", day="day", to="close")),
    ask("Am {date}, ist Inventur: den ganzen Tag als geschlossen behandeln, aber {name} durchstellen.",
        step(_HOLIDAY, "Am {date}, schließen.", date="date"),
        step(_FLOW, "Anrufe für {name} an diesem Tag durchstellen.", extension="extension", date="date")),
    ask("Bitte Anrufe für „{team}“ ab {close} an {name} weiterleiten – auch am {day}.",
        step(_RULE, "Anrufe für „{team}“ ab {close} an {name} weiterleiten.", team="team", after="close",
             extension="extension")),
    ask("Durchwahl {extension} bis zum {until} auf {mobile} umleiten.",
        step(_PHONE, "Durchwahl {extension} bis zum {until} auf {mobile} umleiten.", extension="extension",
             number="mobile", until="until")),
    ask("{newcomer} fängt bei uns an: bitte Durchwahl {new_extension} einrichten, Voicemail an {new_email}.",
        step(_NEW_PHONE, "Durchwahl {new_extension} für {newcomer} einrichten.", extension="new_extension",
             name="newcomer"),
        step(_VOICEMAIL, "Voicemails der Durchwahl {new_extension} an {new_email} schicken.",
             extension="new_extension", email="new_email")),
    ask("Die Begrüßung in „{flow}“ nennt noch die alte Adresse. Bitte herausnehmen.",
        step(_PROMPT, "Die Adresse aus der Begrüßung in „{flow}“ entfernen.", flow="flow")),
    ask("Jeden {day} um {open} einen Bericht über verpasste Anrufe an {email} schicken.",
        step(_REPORT, "Jeden {day} um {open} einen Bericht über verpasste Anrufe an {email} schicken.", day="day",
             time="open", email="email")),
    ask("Warum ist die Rechnung für {last_month} höher als die für {month_before}?"),
    ask("Wie viele KI-Minuten haben wir im {last_month} verbraucht?"),
    ask("Taste {option} in „{flow}“ bitte mit „{team}“ belegen.",
        step(_FLOW, "Taste {option} in „{flow}“ mit „{team}“ belegen.", flow="flow", team="team", option="option")),
    ask("{leaver} ist nicht mehr bei uns. Die Mailbox der Durchwahl {old_extension} geht an {name}.",
        step(_VOICEMAIL, "Die Mailbox der Durchwahl {old_extension} an {name} geben.", extension="old_extension",
             to="extension")),
    ask("Vom {range} geschlossen; an diesen Tagen die Feiertagsansage spielen.",
        step(_HOLIDAY, "Vom {range} schließen.", dates="range"),
        step(_PROMPT, "Vom {range} die Feiertagsansage spielen.", dates="range")),
    ask("Wer in „{flow}“ länger als {wait} Sekunden wartet, soll einen Rückruf angeboten bekommen.",
        step(_FLOW, "In „{flow}“ nach {wait} Sekunden einen Rückruf anbieten.", flow="flow", seconds="wait")),
    ask("{name} hat ein neues Telefon, gleiche Durchwahl {extension}.",
        step(_PHONE, "Die Durchwahl {extension} auf das neue Telefon legen.", extension="extension")),
    ask("{name} ist bis zum {until} im Urlaub; so lange übernimmt {other} die Durchwahl {extension}.",
        step(_PHONE, "Durchwahl {extension} bis zum {until} an {other} weiterleiten.", extension="extension",
             to="other", until="until")),
)  # fmt: skip
_JAPANESE = (
    ask("「{open_flow}」の営業時間の案内を{close}閉店に変更してください。",
        step(_PROMPT, "「{open_flow}」の案内を{close}閉店に変更する。", flow="open_flow", time="close")),
    ask("{date}は棚卸しのため終日休業にしてください。{name}さんへの電話だけはつないでください。",
        step(_HOLIDAY, "{date}を終日休業にする。", date="date"),
        step(_FLOW, "{date}も{name}さんへの電話をつなぐ。", extension="extension", date="date")),
    ask("内線{extension}への電話を{until}まで{other}さんに転送してください。",
        step(_PHONE, "内線{extension}を{until}まで{other}さんに転送する。", extension="extension", to="other",
             until="until")),
    ask("「{flow}」の待ち時間が{wait}秒を超えたら、折り返し電話を案内してください。",
        step(_FLOW, "「{flow}」で{wait}秒後に折り返し電話を案内する。", flow="flow", seconds="wait")),
    ask("{newcomer}さんを内線{new_extension}で登録し、留守番電話を{new_email}に送ってください。",
        step(_NEW_PHONE, "{newcomer}さんの内線{new_extension}を作成する。", extension="new_extension",
             name="newcomer"),
        step(_VOICEMAIL, "内線{new_extension}の留守番電話を{new_email}に送る。", extension="new_extension",
             email="new_email")),
    ask("{last_month}の請求額が{month_before}より高いのはなぜですか。"),
    ask("毎週{day}{open}に不在着信のレポートを{email}に送ってください。",
        step(_REPORT, "毎週{day}{open}に不在着信のレポートを{email}に送る。", day="day", time="open", email="email")),
    ask("{team}の通話の録音を止めてください。以前の録音は残してください。",
        step(_RECORD, "{team}の通話の録音を止める。", team="team", record="no")),
    ask("「{flow}」で案内している住所が古いままです。削除してください。",
        step(_PROMPT, "「{flow}」の案内から住所を削除する。", flow="flow")),
    ask("{range}休業します。その間は休日の案内を流してください。",
        step(_HOLIDAY, "{range}休業にする。", dates="range"),
        step(_PROMPT, "{range}休日の案内を流す。", dates="range")),
    ask("「{flow}」の{option}番を{team}にしてください。",
        step(_FLOW, "「{flow}」の{option}番を{team}にする。", flow="flow", option="option", team="team")),
    ask("不在着信は{ring}秒後に{name}さんへ転送してください。",
        step(_RULE, "不在着信を{ring}秒後に{name}さんへ転送する。", extension="extension", seconds="ring")),
    ask("{name}さんの電話機が新しくなりました。内線は{extension}のままです。",
        step(_PHONE, "内線{extension}を新しい電話機に割り当てる。", extension="extension")),
    ask("{last_month}のAI利用は何分でしたか。"),
)  # fmt: skip
BY_LANGUAGE = {"en": _ENGLISH, "de": _GERMAN, "ja": _JAPANESE}
ROLLOUT = {
    "en": ask("Turn on the new recording notice before each call.",
              step(_PROMPT, "Say before each call that it may be recorded.", notice="yes")),
    "de": ask("Den neuen Hinweis auf die Aufzeichnung vor jedem Gespräch einschalten.",
              step(_PROMPT, "Vor jedem Gespräch auf die Aufzeichnung hinweisen.", notice="yes")),
    "ja": ask("通話前の新しい録音案内を有効にしてください。",
              step(_PROMPT, "通話の前に録音の案内を流す。", notice="yes")),
}  # fmt: skip
"""What the reseller changes for all its customers at the same time."""


@cache
def templates_of(language: str, trade: str) -> tuple[Template, ...]:
    """Return what an account of this language and trade may ask for."""
    return tuple(each for each in BY_LANGUAGE[language] if not each.trades or trade in each.trades)
