"""The gender of German nouns: by a list of what is counted most, else by the ending."""

from typing import Final

from voicejob_worker.text.european.grammar import Gender
from voicejob_worker.text.lexicon.schema import word_set

_MASCULINE: Final = word_set(
    "Stock Platz Weltkrieg Krieg Tag Geburtstag Hochzeitstag Spieltag Versuch Teil Band Akt "
    "Satz Absatz Gang Bezirk Rang Mann Junge Sohn Bruder Vater Herr Euro Dollar Cent Monat "
    "Abend Morgen Punkt Schritt Fall Freund Gast Mensch Kreis Zug Bus Wagen Tisch Stuhl Apfel "
    "Liter Meter Kilometer Zentimeter Millimeter Stern Sieg Titel Kapitän Präsident König "
    "Kaiser Papst Fuß Rubel Franken Rappen Pfennig Penny Punkt Advent Feiertag Sonntag Montag "
    "Dienstag Mittwoch Donnerstag Freitag Samstag Zweig Grad Hund Baum Brief Preis Anruf Schuss "
    "Takt Hinweis Grund Abschnitt Artikel Durchgang Lauf Start Zoll Kandidat Spieler Gegner "
    "Schüler Lehrer Löffel Becher Korb Sack Hektar Abstieg Aufstieg Aufzug Eingang Jahrgang "
    "Arbeitstag Werktag FC FSV Hj"
)
_FEMININE: Final = word_set(
    "Etage Auflage Klasse Liga Bundesliga Runde Halbzeit Woche Stufe Stelle Ausgabe Staffel "
    "Folge Person Frau Tochter Schwester Mutter Stunde Minute Sekunde Nacht Stadt Straße Seite "
    "Zeile Phase Reihe Hand Zahl Welle Dosis Impfung Mahnung Chance Million Milliarde Billion "
    "Mark Mal Tonne Rupie Lira Krone Unze Meile Kalorie Gallone Atmosphäre Internationale "
    "Strophe Szene Instanz Tafel Flasche Tasse Kanne Dose Karte Katze Kuh Maus Idee Frage "
    "Antwort Bank Tür Uhr Spur Wahl Zeit Art Hälfte Hilfe Schule Firma Fahrt Kraft Prise "
    "Packung Scheibe Portion Kiste"
) - {"Mal"}
_NEUTER: Final = word_set(
    "Kapitel Jahrhundert Jahrtausend Jahrzehnt Mal Quartal Semester Jahr Lebensjahr Schuljahr "
    "Obergeschoss Untergeschoss Geschoss OG UG Kind Mädchen Buch Haus Auto Bild Tor Spiel Pfund "
    "Kilo Gramm Kilogramm Milligramm Prozent Brot Ei Glas Stück Zimmer Bett Team Land Wort "
    "Gebot Gleis Drittel Viertel Achtel Halbjahr Trimester Rennen Album Lied Programm Gerät "
    "Pferd Schiff Gigabyte Megabyte Byte Watt Volt Ampere Hertz Blatt Paket Ticket Los Treffen "
    "Turnier Konzert Regiment Bataillon Reich Bier Regal Fach Stockwerk Training Foto Video "
    "Fenster Kelvin Milliampere Mikroampere Dezibel Newton Pascal Joule Kilojoule Lux Mol"
)
_FEMININE_ENDINGS: Final = (
    *("ung", "heit", "keit", "schaft", "tion", "sion", "tät", "ik", "ur", "enz", "anz", "ei", "in"),
    *("ie", "e", "frist", "schicht", "nacht", "stadt", "wahl", "liga"),
)
_NEUTER_ENDINGS: Final = (
    *("chen", "lein", "ment", "um", "ma", "tum", "nis", "jahr", "kapitel", "spiel", "haus", "buch"),
    *("geschoss", "byte", "meisterschaftsspiel", "jahrhundert", "quartal"),
)
_MASCULINE_E: Final = word_set(
    "Junge Kunde Kollege Name Käse Zeuge Löwe Affe Hase Experte Deutsche"
)


def known_gender(noun: str) -> Gender | None:
    """The gender of a noun with its capital; None if it is in no list."""
    for words, gender in (
        (_MASCULINE, Gender.MASCULINE),
        (_FEMININE, Gender.FEMININE),
        (_NEUTER, Gender.NEUTER),
    ):
        if noun in words or noun.removesuffix("s") in words or noun.removesuffix("es") in words:
            return gender
    return None


def gender_of(noun: str) -> Gender:
    """The gender of a noun with its capital, as far as list and ending tell."""
    known = known_gender(noun)
    if known is not None:
        return known
    if noun in _MASCULINE_E:
        return Gender.MASCULINE
    lower = noun.lower()
    if lower.endswith(_NEUTER_ENDINGS):
        return Gender.NEUTER
    return Gender.FEMININE if lower.endswith(_FEMININE_ENDINGS) else Gender.MASCULINE
