"""What people say to the hotel's assistants, in three languages."""

from mock_server.vendors.vapi.seeding.dialogue import Script, agent, call, output, user

HOTEL_SCRIPTS = (
    Script(
        "Lindenhof Reception", "Room for {nights} nights",
        output("Reservation", number="{booking}", arrival="{isoday}", nights="{nights}"),
        (
            user("Hello, do you have a {room} from {day} for {nights} nights?"),
            agent("One moment, let me check."),
            call("find_room", {"kind": "{room}", "arrival": "{isoday}", "nights": "{nights}"},
                 {"free": True, "eurosPerNight": "{euros}"}),
            agent("Yes, the {room} is €{euros} a night with breakfast."),
            user("Is there parking?", "Can we bring a small dog?"),
            agent("Yes, for €12 a night."),
            user("Then please book it under {name}."),
            agent("With pleasure. Your reservation is {booking}, free to cancel until the day before."),
            user("Thank you very much."),
        ),
    ),
    Script(
        "Lindenhof Reception", "Late arrival",
        output("Reservation", number="{booking}", late=True),
        (
            user("My train is delayed, I'll only arrive after midnight.", "We land late, is anyone there at 1 am?"),
            agent("No problem. What is your reservation number, please?"),
            user("{booking}, for {name}."),
            agent("Thank you, {first}. The night door opens with the last four digits of {booking}."),
            user("Brilliant."),
        ),
        hours=(11, 22), weight=0.7,
    ),
    Script(
        "Lindenhof Reception", "Lost scarf",
        output("Lost property", found=False, ticket="{ticket}"),
        (
            user("I think I left a green scarf in my room.", "I can't find my scarf, I must have left it with you."),
            agent("I'm sorry. I have noted it as {ticket}; housekeeping will look today."),
            user("Could you mail it if it turns up?"),
            agent("Of course, to the address we have."),
        ),
        hours=(6, 17), weight=0.4,
    ),
    Script(
        "Lindenhof Reception", "Arrival on {isonear}",
        output("Reservation", number="{booking}", arrival="{isonear}", confirmed=True),
        (
            agent("Hotel Lindenhof here. We look forward to your stay from {near}. When do you expect to arrive?"),
            user("Around four in the afternoon.", "In the evening, about eight."),
            agent("Thank you, {first}. I have noted it for reservation {booking}."),
        ),
        weight=0.4, greeted=False,
    ),
    Script(
        "Lindenhof Rezeption", "Zimmeranfrage",
        output("Reservation", number="{booking}", arrival="{isoday}", nights="{nights}"),
        (
            user("Guten Tag, haben Sie ab dem {day} ein {zimmer} für {nights} Nächte?"),
            agent("Einen Moment bitte, ich sehe nach."),
            call("find_room", {"kind": "{zimmer}", "arrival": "{isoday}", "nights": "{nights}"},
                 {"free": True, "eurosPerNight": "{euros}"}),
            agent("Ja, für {euros} € pro Nacht, Frühstück inbegriffen. Auf welchen Namen darf ich buchen?"),
            user("Schön, dann nehme ich es. Auf den Namen {name}.", "Gern, auf {name} bitte."),
            agent("Sehr gern. Ihre Buchungsnummer ist {booking}."),
            user("Vielen Dank, auf Wiederhören!"),
        ),
    ),
    Script(
        "Lindenhof Rezeption", "Rechnung {booking}",
        output("Reservation", number="{booking}", invoice="corrected"),
        (
            user("Auf meiner Rechnung zu {booking} fehlt die Firmenadresse."),
            agent("Das ändere ich gern. Welche Adresse soll darauf stehen?"),
            user("{street} {house}, {town}."),
            agent("Danke, die neue Rechnung über {total} € ist unterwegs."),
            user("Prima, danke schön."),
        ),
        weight=0.7,
    ),
    Script(
        "Lindenhof Rezeption", "Anreise am {isonear}",
        output("Reservation", number="{booking}", arrival="{isonear}", confirmed=True),
        (
            agent("Hier ist das Hotel Lindenhof. Wir erwarten Sie am {near}. Wann möchten Sie anreisen?"),
            user("Gegen 16 Uhr.", "Erst am Abend, gegen 20 Uhr."),
            agent("Danke, ich habe es zu Ihrer Buchung {booking} notiert."),
        ),
        weight=0.4, greeted=False,
    ),
    Script(
        "Lindenhof Réception", "Demande de chambre",
        output("Reservation", number="{booking}", arrival="{isoday}", nights="{nights}"),
        (
            user("Bonjour, avez-vous une {chambre} à partir du {day} pour {nights} nuits ?"),
            agent("Un instant, je vérifie."),
            call("find_room", {"kind": "{chambre}", "arrival": "{isoday}", "nights": "{nights}"},
                 {"free": True, "eurosPerNight": "{euros}"}),
            agent("Oui, à {euros} € la nuit, petit-déjeuner compris. À quel nom dois-je réserver ?"),
            user("{name}, s'il vous plaît.", "Très bien. {name}."),
            agent("C'est noté. Votre réservation porte le numéro {booking}."),
            user("Merci beaucoup, au revoir."),
        ),
    ),
    Script(
        "Lindenhof Réception", "Arrivée tardive",
        output("Reservation", number="{booking}", late=True),
        (
            user("Mon train a du retard, je n'arriverai qu'après minuit."),
            agent("Pas de problème. Quel est votre numéro de réservation ?"),
            user("{booking}. Mon nom est {name}."),
            agent("Merci. La porte s'ouvre la nuit avec les quatre derniers chiffres de ce numéro."),
            user("Parfait, merci."),
        ),
        hours=(11, 22), weight=0.6,
    ),
)  # fmt: skip
