"""Where a word tells a day it is no fraction: a label, a weekday, until, a time behind it."""

import pytest

from voicejob_worker.text.normalise import normalise


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("en-US", "Due date: 4/5", "Due date: April fifth"),
        ("en-US", "Release date: 12/25.", "Release date: December twenty-fifth."),
        ("en-GB", "Deadline: 4/5", "Deadline: the fourth of May"),
        ("en-GB", "Date: 12/25", "Date: the twenty-fifth of December"),
        ("pt-BR", "Prazo: 4/5", "Prazo: quatro de maio"),
        ("es-ES", "Fecha límite de entrega: 4/5", "Fecha límite de entrega: cuatro de mayo"),
        ("es-ES", "Fechas: 25/12-31/12",
         "Fechas: veinticinco de diciembre a treinta y uno de diciembre"),
        ("fr-FR", "Date limite : 1/5", "Date limite : premier mai"),
        ("it-IT", "Scadenza: 25/12", "Scadenza: venticinque dicembre"),
        ("de-DE", "Abgabetermin: 4/5", "Abgabetermin: vierter Mai"),
        ("sv-SE", "Slutdatum: 4/5", "Slutdatum: fjärde maj"),
        ("hu-HU", "Dátum: 12/25", "Dátum: december huszonötödike"),
        ("ru-RU", "Дата: 4/5. Срок оплаты: 25/12.",
         "Дата: четвёртого мая. Срок оплаты: двадцать пятого декабря."),
        ("hi-IN", "अंतिम तिथि: 25/12", "अंतिम तिथि: पच्चीस दिसंबर"),
        ("hi-IN", "तारीख: 4/5", "तारीख: चार मई"),
        ("ar", "تاريخ الاستحقاق: 25/12", "تاريخ الاستحقاق: الخامس والعشرين من ديسمبر"),
        ("ja-JP", "次回:4/11 10時", "次回:四月十一日 十時"),
        ("zh-CN", "下次会议:4/11", "下次会议:四月十一日"),
        # Weekdays:
        ("en-US", "Wed., 3/12, and Monday 4/5",
         "Wednesday, March twelfth, and Monday April fifth"),
        ("es-ES", "el miércoles 3/4", "el miércoles tres de abril"),
        ("fr-FR", "mer. 3/12", "mercredi trois décembre"),
        ("it-IT", "mer. 3/12", "mercoledì tre dicembre"),
        ("pt-BR", "quarta, 3/4", "quarta, três de abril"),
        ("hi-IN", "बुधवार 3/12 की बैठक", "बुधवार तीन दिसंबर की बैठक"),
        ("ar", "يوم الأربعاء 3/12", "يوم الأربعاء الثالث من ديسمبر"),
        # What no share is:
        ("en-US", "I'm out until 12/15.", "I'm out until December fifteenth."),
        ("en-GB", "I'm back on 15/12.", "I'm back on the fifteenth of December."),
        ("en-US", "from 12/15 to 12/20", "from December fifteenth to December twentieth"),
        ("sv-SE", "t.o.m. 15/12", "till och med femtonde december"),
        ("it-IT", "entro 15/12", "entro quindici dicembre"),
        ("ar", "حتى 15/12", "حتى الخامس عشر من ديسمبر"),
        ("hi-IN", "15/12 तक", "पंद्रह दिसंबर तक"),
        ("zh-CN", "12/15前", "十二月十五日前"),
        # A share, or a count:
        ("en-US", "On Monday, 1/3 of the class was absent.",
         "On Monday, one third of the class was absent."),
        ("en-US", "multiply by 5/16, due by 12/15",
         "multiply by five sixteenths, due by December fifteenth"),
        ("pt-BR", "Na segunda, 1/3 dos alunos. Prazo: 1/3 do tempo.",
         "Na segunda, um terço dos alunos. Prazo: um terço do tempo."),
        ("es-ES", "El lunes, 1/3 de los alumnos", "El lunes, un tercio de los alumnos"),
        ("fr-FR", "Lundi, 1/3 des élèves", "Lundi, un tiers des élèves"),
        ("it-IT", "Domenica 2/3 della città, dopo 12/15 minuti",
         "Domenica due terzi della città, dopo dodici quindicesimi minuti"),
        ("de-DE", "Am Montag, 1/3 der Klasse", "Am Montag, ein Drittel der Klasse"),
        ("sv-SE", "efter 12/15 minuter", "efter tolv femtondelar minuter"),
        ("ru-RU", "В понедельник 1/3 класса", "В понедельник одна третья класса"),
        ("hi-IN", "सोमवार 1/3 छात्र", "सोमवार एक बटा तीन छात्र"),
        ("ar", "يوم الاثنين 1/3 الطلاب", "يوم الاثنين ثلث الطلاب"),
        # A time behind it:
        ("en-US", "3/12 at 10 a.m.", "March twelfth at ten AM."),
        ("es-ES", "11/04, a las 10", "once de abril, a las diez"),
        ("fr-FR", "11/04, à 10 h", "onze avril, à dix heures"),
        ("sv-SE", "11/4 kl. 10", "elfte april klockan tio"),
        # Shares, marks and what only ends as such a word does:
        ("en-US", "Update: 1/2 done, score: 4/5", "Update: one half done, score: four fifths"),
        ("en-US", "Due: 2/3 of the rent", "Due: two thirds of the rent"),
        ("es-ES", "Plazo: 1/2 hora", "Plazo: media hora"),
        ("en-US", "by 3/4, on 15/16 inch stock, from 1/16 to 3/16",
         "by three quarters, on fifteen sixteenths inch stock, "
         "from one sixteenth to three sixteenths"),
        ("es-ES", "hasta 3/4", "hasta tres cuartos"),
        ("fr-FR", "jusqu'à 1/2", "jusqu'à un demi"),
        ("hi-IN", "1/2 तक भरें", "एक बटा दो तक भरें"),
        ("ru-RU", "от 1/2 до 3/4", "от одна вторая до три четвёртых"),
        ("ar", "من 1/2 إلى 3/4", "من نصف إلى ثلاثة أرباع"),
        ("zh-CN", "占1/3", "占三分之一"),
        ("es-ES", "Fecha: 45/50", "Fecha: cuarenta y cinco cincuentavos"),
        ("pt-BR", "Nota: 4/5", "Nota: quatro quintos"),
        ("de-DE", "Termin: 1/2 Stunde", "Termin: eine halbe Stunde"),
        ("fr-FR", "Note : 15/20", "Note : quinze sur vingt"),
    ],
)  # fmt: skip
def test_a_labelled_day(language: str, written: str, said: str) -> None:
    assert normalise(written, language).text == said
