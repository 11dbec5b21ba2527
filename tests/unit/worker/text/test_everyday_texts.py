"""What people send: e-mails, timetables, invoices, recipes, leaflets, CVs, manuals."""

import pytest

from voicejob_worker.text.normalise import normalise

SAID = [
    # Manuals and messages of machines:
    ("en-US", "Go to Settings > Privacy > Location.", "Go to Settings, Privacy, Location."),
    ("de-DE", "Wähle Datenschutz > Standort.", "Wähle Datenschutz, Standort."),
    ("ru-RU", "Выберите Приватность > Место.", "Выберите Приватность, Место."),
    ("zh-CN", "选择隐私 > 位置。", "选择隐私, 位置。"),
    ("es-ES", "código 0x80070005",
     "código cero X, ocho cero cero siete, cero cero cero cinco"),
    ("ru-RU", "Код 0x1F", "Код ноль X, один F"),
    ("fr-FR", "Essai 3/5", "Essai trois sur cinq"),
    ("en-US", "Retry 3/5 in 10s.", "Retry three of five in ten seconds."),
    ("de-DE", "bis 40 °C. Bei Fehlern", "bis vierzig Grad Celsius. Bei Fehlern"),
    ("ru-RU", "блок 12 В/2 А", "блок двенадцать вольт, два А"),
    ("es-ES", "versión, v. 2.1", "versión, versión dos punto uno"),
    ("sv-SE", "rapporten, v. 2.1, v. 42", "rapporten, version två punkt ett, vecka fyrtiotvå"),
    ("fr-FR", "5,97e24 kg",
     "cinq virgule quatre-vingt-dix-sept fois dix puissance vingt-quatre kilogrammes"),
    # E-mails:
    ("es-ES", "P. D.: traiga el informe", "Posdata: traiga el informe"),
    ("pt-BR", "Até logo.\n\nAtt.,\nJoana", "Até logo.\n\nAtenciosamente, Joana"),
    ("de-DE", "Kommt er am Fr. oder erst bis Fr.?", "Kommt er am Freitag oder erst bis Freitag?"),
    ("de-DE", "Durchwahl 4512", "Durchwahl vier fünf eins zwei"),
    ("ru-RU", "Совещание в ср, 3.12, переносится", "Совещание в ср, третьего декабря, переносится"),
    # Timetables and addresses:
    ("es-ES", "De lun. a vie., sáb. y dom.", "De lunes a viernes, sábado y domingo."),
    ("fr-FR", "Du lun. au ven. et le sam.", "Du lundi au vendredi"),
    ("it-IT", "sab. e dom. ogni ora", "sabato e domenica ogni ora"),
    ("it-IT", "partenze alle 6:05 e 7.05",
     "partenze alle sei e cinque minuti e sette e cinque minuti"),
    ("sv-SE", "Buss 42 avgår 6.05 och 7.05.",
     "Buss fyrtiotvå avgår sex noll fem och sju noll fem."),
    ("ar", "6:05 و6:35", "الساعة السادسة وخمس دقائق و الساعة السادسة وخمس وثلاثون دقيقة"),
    ("hi-IN", "सोम–शुक्र 10:00–11:30", "सोमवार से शुक्रवार दस बजे से साढ़े ग्यारह बजे"),
    ("de-DE", "Hauptstr. 12a, 10115 Berlin",
     "Hauptstraße zwölf a, eins null eins eins fünf Berlin"),
    ("hu-HU", "Kossuth L. tér 1.", "Kossuth L. tér egy."),
    ("en-US", "45 St. John's Rd.", "forty-five Saint John's Road"),
    ("pt-BR", "Pça. da Sé, s/n", "Praça da Sé, sem número"),
    ("es-ES", "Plaza de España, s/n", "Plaza de España, sin número"),
    # Invoices and shops:
    ("pt-BR", "10x de R$ 5,00", "dez vezes de cinco reais"),
    ("es-ES", "Envío en 24/48 h.", "Envío en veinticuatro a cuarenta y ocho horas."),
    ("ja-JP", "24/48時間で配達", "二十四から四十八時間で配達"),
    ("sv-SE", "Bankgiro 123-4567", "Bankgiro ett två tre, fyra fem sex sju"),
    ("hu-HU", "2024. 02. 16. 3 x 450 Ft",
     "kettőezer-huszonnégy február tizenhatodika háromszor négyszázötven forint"),
    ("es-ES", 'Portátil de 15,6" con', "Portátil de quince coma seis pulgadas con"),
    ("hu-HU", '15,6"-os laptop', "tizenöt egész hat tized hüvelykes laptop"),
    ("hu-HU", "35,9 x 23,6 cm",
     "harmincöt egész kilenc tizedszer huszonhárom egész hat tized centiméter"),
    ("ru-RU", "4,5/5 звёзд", "четыре целых пять десятых из пяти звёзд"),
    ("ja-JP", "980円/月", "一か月九百八十円"),
    ("zh-CN", "9.9元/月", "九点九元每月"),
    ("ar", "9 دولار/شهر", "تسعة دولار في الشهر"),
    # Recipes and leaflets:
    ("ru-RU", "1/2 л молока, 3/4 стакана воды", "половина литра молока, три четверти стакана воды"),
    ("ar", "كوب و1/4 كوب", "كوب و ربع كوب"),
    ("hi-IN", "1/2 लीटर दूध", "आधा लीटर दूध"),
    ("ja-JP", "4g/日まで", "一日四グラムまで"),
    ("de-DE", "Kinder bis 12 J.: 5 ml", "Kinder bis zwölf Jahre: fünf Milliliter"),
    ("ru-RU", "Не более 4 г/сут. Дети", "Не более четырёх граммов в сутки. Дети"),
    ("es-ES", "N-340, km 23,5", "N-trescientos cuarenta, kilómetro veintitrés coma cinco"),
    ("es-ES", "Precio: 5-10 mil euros", "Precio: cinco a diez mil euros"),
    ("fr-FR", "Pour 6 pers. Ajouter le sel.", "Pour six personnes. Ajouter le sel."),
    ("fr-FR", "4 g/j, 3x/jour", "quatre grammes par jour, trois fois par jour"),
    ("en-US", "It grew 3x faster.", "It grew three times faster."),
    # Weather and science:
    ("es-ES", "mín. 15°, máx. 27°",
     "mínimo quince grados centígrados, máximo veintisiete grados centígrados"),
    ("de-DE", "min. 15°, 420 ppm", "minimal fünfzehn Grad, vierhundertzwanzig Teile pro Million"),
    ("it-IT", "3000 giri/min", "tremila giri al minuto"),
    ("sv-SE", "Rekord: 9,58 s. Det var allt.",
     "Rekord: nio komma femtioåtta sekunder. Det var allt."),
    # Laws:
    ("de-DE", "§ 1 Abs. 2 S. 1 BGB i. V. m. § 3",
     "Paragraf eins Absatz zwei Satz eins BGB in Verbindung mit Paragraf drei"),
    ("es-ES", "el art. 5.1 y la STC 31/2010",
     "el artículo cinco punto uno y la STC treinta y uno de dos mil diez"),
    ("it-IT", "L. 241/1990, co. 3", "L. duecentoquarantuno del millenovecentonovanta, comma tre"),
    ("it-IT", "nel V sec. a.C.", "nel quinto secolo avanti Cristo."),
    ("hu-HU", "Az 1. § (2) bekezdése", "Az első paragrafus második bekezdése"),
    ("hu-HU", "A XIX. sz.-ban", "A tizenkilencedik században"),
    ("ru-RU", "п. 3 ст. 12 УК", "пункт три статьи двенадцать УК"),
    ("pt-BR", "o art. 37, XXI, da", "o artigo trinta e sete, inciso vinte e um, da"),
    # Sports and CVs:
    ("ar", "فاز 3-1 يوم السبت", "فاز ثلاثة واحد يوم السبت"),
    ("it-IT", "gol al 12' e al 45'", "gol al dodicesimo e al quarantacinquesimo"),
    ("en-US", "2018–present: engineer", "twenty eighteen to present: engineer"),
    ("de-DE", "2018–heute: Köchin", "zweitausendachtzehn bis heute: Köchin"),
    ("en-US", "GPA: 3.9/4.0", "GPA: three point nine out of four point zero"),
    ("zh-CN", "30+个国家", "三十多个国家"),
    ("ru-RU", "В 90-е гг. и в 1980-х гг. тоже",
     "В девяностые годы и в тысяча девятьсот восьмидесятых годах тоже"),
]  # fmt: skip
KEPT = [
    ("en-US", "Cats > Dogs, they say.", "Cats is greater than Dogs"),
    ("en-US", "if x > y", "x is greater than y"),
    ("en-US", "In 2015 – now ten years ago – we met.", "twenty fifteen, now ten"),
    ("de-DE", "Er kam 2015 – heute lebt er hier.", "zweitausendfünfzehn, heute"),
    ("en-US", "part 1/2 of it", "part one half of it"),
    ("en-US", "a 5-10k run", "k run"),
    ("es-ES", "el 15° aniversario", "decimoquinto"),
    ("es-ES", "en c/ mayor 5", "calle mayor"),
    ("es-ES", "P. D. James escribe.", "James escribe."),
    ("es-ES", "día 3/5", "tres de mayo"),
    ("de-DE", "Heinrich V. und Karl IV. kamen.", "der Fünfte"),
    ("de-DE", "Frau Dr. Roth und Fr. Klein", "Frau Klein"),
    ("de-DE", "8 Std. 15 Min. 30 Sek.", "fünfzehn Minuten dreißig Sekunden"),
    ("de-DE", "Siehe s. u. Er kam.", "siehe unten"),
    ("de-DE", 'Er sagte: "Es waren 15,6" und ging.', 'sechs" und ging'),
    ("hu-HU", "A rendelet. IV. Béla", "negyedik Béla"),
    ("hu-HU", "a 12. sz. melléklet", "számú melléklet"),
    ("sv-SE", "NJA 2003 s. 45", "sidan fyrtiofem"),
    ("it-IT", "in fondo al mar. Poi", "al mar."),
    ("fr-FR", "24/25 des élèves", "vingt-quatre vingt-cinquièmes"),
    ("ru-RU", "Он и пр. Мира", "прочее"),
    ("ru-RU", "цена 3.12", "три целых"),
    ("hi-IN", "घर से 5 किमी", "घर से पाँच"),
]


@pytest.mark.parametrize(("language", "written", "said"), SAID)
def test_it_is_said(language: str, written: str, said: str) -> None:
    assert said in normalise(written, language).text


@pytest.mark.parametrize(("language", "written", "said"), KEPT)
def test_what_looks_like_it_stays(language: str, written: str, said: str) -> None:
    assert said in normalise(written, language).text
