"""Ordinary sentences whose words or digits look like something shortened, or like a date."""

import pytest

from voicejob_worker.text.normalise import normalise

STAY = [
    ("ru", "Я сказал им."),
    ("ru", "Мы помогли им. Они рады."),
    ("ru", "Мы вернули театр им. Они рады."),
    ("ru", "Нашли пять тел. Полиция ищет."),
    ("ru", "На фронт прибыл полк. Начался бой."),
    ("ru", "Он глух и нем. Она плачет."),
    ("ru", "Длина указана в см. Это важно."),
    ("ru", "Открыт новый ген. Учёные рады."),
    ("ru", "Мы ели рис. Потом пили чай."),
    ("ru", "Пришёл Макс. Он рад."),
    ("hu", "Gyertek ide ti. Jól van."),
    ("hu", "Az só jól old. Ez biztos."),
    ("fr", "Un roman de J.-C. Grangé."),
    ("fr", "Il vit près de la mer. Il est heureux."),
    ("ar", "أ. مقدمة"),
]
KEPT = [
    ("fr", "près de la mer. 12 maisons", "la mer."),
    ("it", "(v. Figura 2)", "v."),
    ("it", "Affondò in fondo al mar. 1500 barche tornarono.", "mar."),
    ("es", "Vive cerca del mar. 2000 turistas llegan.", "mar."),
    ("ru", "Там пять тел. 3 из них", "тел."),
    ("ru", "Флот ВС 12-го округа", "ВС"),
    ("ru", "Заседание СБ 22-го числа", "СБ"),
    ("ar", "القناة 2 يوم الجمعة", "يوم الجمعة"),
]
NOT_SAID = [
    ("es", "Ley Orgánica 3/2018", "marzo"),
    ("es", "Real Decreto 8/2020", "agosto"),
    ("es", "Ley Orgánica 10/1995", "octubre"),
    ("it", "legge 7/2000", "luglio"),
    ("it", "n. 6/2002", "giugno"),
    ("de", "Nr. 6/2002", "Juni"),
    ("de", "1 BvR 12/07", "Juli"),
    ("de", "Heft 3/09", "September"),
    ("fr", "Décision 15/04", "avril"),
    ("hu", "a 3/2018. (II. 5.) EMMI rendelet", "március"),
    ("sv", "Bildformatet är 16/9", "september"),
    ("sv", "15/9 rätt", "september"),
    ("sv", "Betyget blev 20/4", "april"),
    ("sv", "1/2–3/4 dl", "februari"),
    ("ja", "確率は1/20", "月"),
    ("ja", "シャッター速度は1/30秒", "月"),
    ("ja", "1/16サイズ", "月"),
    ("ja", "縮尺1/25", "月"),
    ("ja", "答えは1/20です", "月"),
    ("ja", "1/20の確率で当たる", "月"),
    ("hi", "सुबह 10:5 बजे", "अनुपात"),
    ("hi", "गीता 2:4", "अनुपात"),
    ("zh", "菜单 > 5 级", "大于"),
    ("ko", "메뉴 > 3 단계", "초과"),
]
INTENDED = [
    ("ru", "(см. рис. 3)", "смотри рисунок"),
    ("ru", "см. также", "смотри также"),
    ("ru", "театр им. Пушкина", "имени Пушкина"),
    ("ru", "МГУ им. М. В. Ломоносова", "имени М"),
    ("ru", "тел. 112", "телефон сто двенадцать"),
    ("ru", "ген. Иванов", "генерал Иванов"),
    ("ru", "ген. директор", "генеральный директор"),
    ("ru", "с нем. языка", "немецкий"),
    ("ru", "ВС: 10:00", "Воскресенье: десять"),
    ("hu", "Elmegy, ti. fáradt", "tudniillik"),
    ("hu", "A 12. old. alján", "oldal"),
    ("fr", "44 av. J.-C.", "avant Jésus-Christ"),
    ("fr", "mer. 12 mai", "mercredi douze mai"),
    ("fr", "le 14/07", "le quatorze juillet"),
    ("it", "v. Roma", "via Roma"),
    ("it", "mar. 5 dic.", "martedì"),
    ("es", "en mar. 2020", "marzo"),
    ("es", "el 7/09", "septiembre"),
    ("es", "desde 3/2018", "marzo"),
    ("de", "Beschluss vom 12/07", "Juli"),
    ("sv", "den 15/9", "femtonde september"),
    ("sv", "15/9–20/9", "september"),
    ("ja", "締め切りは12/25に決まった", "十二月二十五日"),
    ("ar", "د. أحمد", "الدكتور أحمد"),
    ("ar", "2 يوم", "يومان"),
    ("hi", "2:1 के अनुपात में", "अनुपात एक"),
    ("zh", "x > 5", "大于"),
    ("ru", "Ср. с 10 до 18", "Среда с десяти"),
    ("ru", "ср. с рис. 2", "сравни с"),
    ("ru", "Центр хирургии им. Петровского", "имени Петровского"),
]


@pytest.mark.parametrize(("language", "written"), STAY)
def test_a_sentence_is_said_as_it_stands(language: str, written: str) -> None:
    assert normalise(written, language).text == written


@pytest.mark.parametrize(("language", "written", "part"), KEPT)
def test_a_word_or_sign_beside_digits_stays(language: str, written: str, part: str) -> None:
    assert part in normalise(written, language).text


@pytest.mark.parametrize(("language", "written", "told"), NOT_SAID)
def test_laws_shares_and_menus_are_no_dates_or_sums(language: str, written: str, told: str) -> None:
    said = normalise(written, language).text
    assert told not in said


@pytest.mark.parametrize(("language", "written", "part"), INTENDED)
def test_what_is_told_by_its_context_is_still_said(language: str, written: str, part: str) -> None:
    assert part in normalise(written, language).text
