"""Spanish: what is written and what is said."""

import pytest
from making.chunks import split_chunks

from voicejob_worker.text.normalise import normalise

SAID = [
    # numbers in the gender of what they count
    ("1 mesa, 1 vaso", "una mesa, un vaso"),
    ("31 cartas, 31 días", "treinta y una cartas, treinta y un días"),
    ("500 páginas, 700 años", "quinientas páginas, setecientos años"),
    ("400 canciones, 21 problemas", "cuatrocientas canciones, veintiún problemas"),
    ("300.000 personas, 200 millones", "trescientas mil personas, doscientos millones"),
    ("1 de cada 7, quedan 21", "uno de cada siete, quedan veintiuno"),
    ("2 300 habitantes", "dos mil trescientos habitantes"),
    # ordinals
    ("la 2.ª vez, el 3.er intento", "la segunda vez, el tercer intento"),
    ("el 14.º y la 25.ª", "el decimocuarto y la vigesimoquinta"),
    ("el 1er día, la 4ta", "el primer día, la cuarta"),
    # dates
    ("el 4 de julio de 1986", "el cuatro de julio de mil novecientos ochenta y seis"),
    ("12 mar. 2001", "doce de marzo de dos mil uno"),
    ("abril 9, 2010", "nueve de abril de dos mil diez"),
    ("hasta el 7/9", "hasta el siete de septiembre"),
    # times
    ("a las 9:30, a las 16:40", "a las nueve y media, a las dieciséis y cuarenta"),
    ("a la 1:00, a las 3.15 h", "a la una, a las tres y cuarto"),
    ("8:10 a. m., 4 p.m.", "ocho y diez de la mañana, cuatro de la tarde"),
    ("11:00 UTC-5", "once U T C menos cinco"),
    ("2 h 5 min 1 s", "dos horas cinco minutos y un segundo"),
    ("L-V 9.30-14.00 h", "lunes a viernes nueve y media a catorce"),
    ("9:00-14:00", "nueve a catorce"),
    # money, units, fractions, decimals
    ("7,30 €, 1,00 $", "siete euros treinta céntimos, un dólar"),
    ("3 M€, 1 millón $", "tres millones de euros, un millón de dólares"),
    ("21 £, 200 libras", "veintiuna libras, doscientas libras"),
    ("9 €/mes, 3 €/kg", "nueve euros al mes, tres euros por kilogramo"),
    ("50 MXN", "cincuenta pesos mexicanos"),
    ("Cuesta S/. 12 hoy", "Cuesta doce soles hoy"),
    (
        "S/.3.50, S/. 1,250.50",
        "tres soles cincuenta centavos, mil doscientos cincuenta soles cincuenta centavos",
    ),
    ("41 %", "cuarenta y un por ciento"),
    ("1 t, 6 mg/l", "una tonelada, seis miligramos por litro"),
    ("2 1/2 horas", "dos horas y media"),
    ("3/8, 1/12", "tres octavos, un doceavo"),
    ("2,7182", "dos coma setenta y uno ochenta y dos"),
    # Roman digits
    ("Carlos III y Alfonso XIII", "Carlos tercero y Alfonso trece"),
    ("el siglo XIX, la I Guerra Mundial", "el siglo diecinueve, la primera Guerra Mundial"),
    ("vitamina C, DVD, un mix", "vitamina C, DVD, un mix"),
    # abbreviations
    ("la Sra. Gil, pág. 8, p. ej. hoy", "la Señora Gil, página ocho, por ejemplo hoy"),
    ("tel. 912 345 678", "teléfono nueve uno dos, tres cuatro cinco, seis siete ocho"),
    ("en el km 8, s. XII, Cap. V", "en el kilómetro ocho, siglo doce, Capítulo cinco"),
    ("en EE. UU. desde 1999", "en Estados Unidos desde mil novecientos noventa y nueve"),
]


@pytest.mark.parametrize(("written", "said"), SAID)
def test_it_is_said_as_spaniards_say_it(written: str, said: str) -> None:
    assert normalise(written, "es-ES").text == said


def test_an_abbreviation_ends_a_sentence_only_where_another_begins() -> None:
    text = "Cuesta aprox. Luego baja. El Sr. Ruiz pagó aprox. 20 euros."
    said = normalise(text, "es").text
    assert [chunk.text for chunk in split_chunks(said, "es", 300, 0)] == [
        "Cuesta aproximadamente. Luego baja.",
        "El Señor Ruiz pagó aproximadamente veinte euros.",
    ]
