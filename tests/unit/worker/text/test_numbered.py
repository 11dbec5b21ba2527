"""Numbers of laws, cases and issues with their year are no months, dates or fractions."""

import pytest

from voicejob_worker.text.normalise import normalise


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("pt-BR", "a Lei 3/2018", "a Lei três de dois mil e dezoito"),
        ("pt-BR", "a Lei nº 12/2014", "a Lei número doze de dois mil e catorze"),
        ("pt-BR", "Lei Complementar nº 7/1970",
         "Lei Complementar número sete de mil novecentos e setenta"),
        ("pt-BR", "Lei 8.666/93", "Lei oito mil seiscentos e sessenta e seis de noventa e três"),
        ("pt-BR", "o PL 12/2020", "o PL doze de dois mil e vinte"),
        ("es-ES", "la Ley 3/2018", "la Ley tres de dos mil dieciocho"),
        ("es-ES", "el artículo 3/2018", "el artículo tres de dos mil dieciocho"),
        ("es-ES", "leyes 3/2018 y 4/2019",
         "leyes tres de dos mil dieciocho y cuatro de dos mil diecinueve"),
        ("es-ES", "Reglamento (UE) 2016/679",
         "Reglamento (UE) dos mil dieciséis, seiscientos setenta y nueve"),
        ("fr-FR", "la loi 3/2018", "la loi trois de deux mille dix-huit"),
        ("fr-FR", "loi n° 2018-12", "loi numéro deux mille dix-huit, douze"),
        ("it-IT", "legge 104/92", "legge centoquattro del novantadue"),
        ("it-IT", "d.lgs. 81/08", "decreto legislativo ottantuno del duemilaotto"),
        ("de-DE", "das Landesgesetz 3/2018", "das Landesgesetz drei zweitausendachtzehn"),
        ("de-DE", "Ausgabe 03/2018", "Ausgabe drei zweitausendachtzehn"),
        ("de-DE", "Verordnung (EG) Nr. 1924/2006",
         "Verordnung (EG) Nummer eintausendneunhundertvierundzwanzig zweitausendsechs"),
        ("sv-SE", "proposition 3/2018", "proposition tre tjugoarton"),
        ("hu-HU", "a 3/2018. (II. 5.) rendelet",
         "a három per kettőezer-tizennyolc (február ötödike) rendelet"),
        ("en-GB", "Law 3/2018, case No. 12/2014",
         "Law three of twenty eighteen, case number twelve of twenty fourteen"),
        ("ru-RU", "Закон 3/2018", "Закон три дробь две тысячи восемнадцать"),
        ("ru-RU", "Постановление Правительства № 12/2014",
         "Постановление Правительства номер двенадцать дробь две тысячи четырнадцать"),
        ("ar", "القانون رقم 12/2014", "القانون رقم اثنا عشر لسنة ألفين وأربعة عشر"),
        ("hi-IN", "अधिनियम सं. 3/1998", "अधिनियम संख्या तीन बटा उन्नीस सौ अट्ठानबे"),
        ("ja-JP", "法律3/2018と規則第12/2014号", "法律三の二千十八と規則第十二の二千十四号"),
        ("zh-CN", "条例12/2014和第3/2018号法令", "条例十二杠二零一四和第三杠二零一八号法令"),
    ],
)  # fmt: skip
def test_a_law_has_its_number_and_its_year(language: str, written: str, said: str) -> None:
    assert normalise(written, language).text == said


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("pt-BR", "a lei de 3/2018", "março"),
        ("pt-BR", "em 03/2018 a lei mudou", "março"),
        ("pt-BR", "Nos Estados Unidos 3/2018 foi frio", "março"),
        ("en-US", "no 12/2014 issue", "December"),
        ("es-ES", "la ley aprobada en 3/2018", "marzo"),
        ("es-ES", "la ley, 2/3 de los votos", "dos tercios"),
        ("es-ES", "la ley 80/20", "veinteavos"),
        ("es-ES", "resolución 16/10", "décimos"),
        ("fr-FR", "avis 18/20", "dix-huit sur vingt"),
        ("fr-FR", "la loi du 3/2018", "mars"),
        ("it-IT", "lei 3/2018", "marzo"),
        ("it-IT", "auto 3/2018", "marzo"),
        ("de-DE", "Gesetz vom 12/2014", "Dezember"),
        ("de-DE", "Bericht 2018/19", "zweitausendachtzehn neunzehn"),
        ("sv-SE", "lagen från 3/2018", "mars"),
        ("hu-HU", "3/2018 óta", "március"),
        ("en-US", "in case 3/4 of them come", "three quarters"),
        ("en-US", "order by 3/2018", "March"),
        ("hi-IN", "अधिनियम का 3/4", "तीन बटा चार"),
        ("ja-JP", "規則の1/3", "三分の一"),
        ("ja-JP", "法律1/3", "三分の一"),
        ("zh-CN", "规定1/3的人", "三分之一"),
        ("zh-CN", "第1/3号", "三分之一"),
        ("ru-RU", "в деле 3/4", "три четвёртых"),
    ],
)
def test_what_only_stands_near_a_law_stays(language: str, written: str, said: str) -> None:
    assert said in normalise(written, language).text
