"""The gender of Italian nouns: by what is counted most, else by the ending."""

from typing import Final

from voicejob_worker.text.european.grammar import Gender
from voicejob_worker.text.lexicon.schema import word_set

_FEMININE: Final = word_set(
    "notte notti parte parti classe classi chiave chiavi nave navi madre madri moglie mogli "
    "gente luce luci voce voci croce croci legge leggi morte morti mente menti fonte fonti "
    "fronte fame carne neve pace siepe torre torri rete reti sete arte arti mano mani moto foto "
    "auto radio città persona pagina ora libbra oncia tonnellata sterlina rupia caloria corona "
    "lira crisi tesi serie specie dose dosi base basi fase fasi frase frasi sede sedi estate "
    "canzone canzoni stazione dita uova braccia paia miglia centinaia migliaia volte piazza "
    "chiesa polvere febbre tigre volpe lepre rondine immagine immagini vite valle valli cornice "
    "radice radici appendice"
)
_MASCULINE: Final = word_set(
    "problema sistema programma tema clima poeta pianeta cinema dramma schema diploma teorema "
    "panda gorilla pilota atleta artista turista dentista giornalista autista pianista papa "
    "collega sofà tassì mese mesi paese paesi nome nomi cane cani pesce pesci fiume fiumi ponte "
    "ponti studente studenti padre padri fiore fiori cuore dottore dente gallone milione "
    "milioni joule denti piede piedi mare pane"
)
_ENDINGS: Final = (
    *("zione", "zioni", "sione", "sioni", "gione", "gioni"),
    *("tà", "tù", "trice", "tudine", "ie"),
)
_NOT_NOUNS: Final = word_set(
    "di del della e o a al alla in con per su tra fra che non è sono era da dal dalla il lo la "
    "i gli le un una ma se come più meno su ogni mila mille milione milioni per cento virgola"
)


def is_noun(word: str) -> bool:
    """Whether a word after a number is what it counts."""
    return word not in _NOT_NOUNS


def gender_of(noun: str) -> Gender:
    """The gender of a noun in the singular or plural, as far as list and ending tell."""
    word = noun.lower().partition(" ")[0]
    if word in _FEMININE:
        return Gender.FEMININE
    if word in _MASCULINE or word.endswith(("byte", "ampere")):
        return Gender.MASCULINE
    return Gender.FEMININE if word.endswith((*_ENDINGS, "a", "e")) else Gender.MASCULINE
