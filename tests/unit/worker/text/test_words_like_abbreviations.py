"""Words and letters at the end of a sentence that look like something shortened."""

import pytest

from voicejob_worker.text.normalise import normalise

SENTENCES = {
    "de": ["Das ist Max. Er wohnt in einer WG. Das ist neu. Ein Fall dieser Art. Das Kap."],
    "es": ["Dijo que no. 5 se fueron.", "Falta vitamina D. El médico. La letra S. Luego la P."],
    "fr": ["Il aime l'art. La mer. Son jeu. C'est mon ex. Max. Et puis taille M. Les autres."],
    "it": ["Il mar. Ha detto di no. Vitamina S. Il tipo Max."],
    "sv": ["Den är min. Vi har el. Max. Det var 5 mm. Ja."],
    "hu": ["Szép a tv. Nem az. Max. Igen."],
}


@pytest.mark.parametrize(
    ("language", "written"),
    [(language, text) for language, texts in SENTENCES.items() for text in texts],
)
def test_they_stay(language: str, written: str) -> None:
    words = {word.strip(".").lower() for word in written.split() if not word.strip(".").isdigit()}
    said = {word.strip(".").lower() for word in normalise(written, language).text.split()}
    assert words - {"mm"} <= said
