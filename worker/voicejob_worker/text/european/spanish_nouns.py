"""The gender of Spanish nouns: by what is counted most, else by the ending."""

from typing import Final

from voicejob_worker.text.european.grammar import Gender
from voicejob_worker.text.lexicon.schema import word_set

_FEMININE: Final = word_set(
    "mujer noche tarde parte clase flor calle ciudad vez luz voz leche sal pared red llave nube "
    "gente madre imagen orden mano foto moto radio serie especie base fase frase torre fuente "
    "muerte suerte sede nave ave clave llave mente carne sangre cruz paz raíz nariz actriz "
    "crisis tesis dosis piel cárcel miel hiel labor señal catedral capital sucursal ley grey "
    "legumbre costumbre cumbre semana hora peseta libra tribu res sangre fe vejez niñez"
)
_MASCULINE: Final = word_set(
    "dálmata día mapa planeta cometa tranvía sofá problema sistema programa tema clima idioma "
    "drama poema dilema esquema lema síntoma diploma telegrama kilograma crucigrama panorama "
    "fantasma aroma coma enigma estigma lempira córdoba balboa gorila panda guardia policía "
    "colega atleta poeta turista artista periodista dentista taxista pianista futbolista papa "
    "monarca pirata yoga pijama puma delta guarda espía karma gramma avión camión"
)
_FEMININE_ENDINGS: Final = (
    "ción",
    "sión",
    "dad",
    "tad",
    "tud",
    "umbre",
    "gión",
    "nión",
    "xión",
    "triz",
)
_NOT_NOUNS: Final = word_set(
    "de del y o u e a al en por para con sin que es son era eran fue fueron más menos se lo la "
    "los las el un una entre hasta desde sobre según si no ya ha han hay está están como cuando "
    "donde pero ni mil millón millones por ciento antes después bajo ante contra hacia tras "
    "veces"
) - {"veces"}


def is_noun(word: str, singular: bool) -> bool:
    """Whether a word after a number is what it counts: many are in the plural."""
    return word not in _NOT_NOUNS and (singular or word.endswith("s"))


def gender_of(noun: str) -> Gender:
    """The gender of a noun in the singular or plural, as far as list and ending tell."""
    word = noun.lower().partition(" ")[0]
    forms = (word, word.removesuffix("s"), word.removesuffix("es"), _with_z(word), _accented(word))
    if any(form in _FEMININE for form in forms):
        return Gender.FEMININE
    if any(form in _MASCULINE for form in forms):
        return Gender.MASCULINE
    if any(form.endswith(_FEMININE_ENDINGS) for form in forms):
        return Gender.FEMININE
    return Gender.FEMININE if word.removesuffix("s").endswith(("a", "á")) else Gender.MASCULINE


def _with_z(word: str) -> str:
    return f"{word.removesuffix('ces')}z" if word.endswith("ces") else word


def _accented(word: str) -> str:
    """``estación`` of ``estaciones``."""
    return f"{word.removesuffix('ones')}ón" if word.endswith("ones") else word
