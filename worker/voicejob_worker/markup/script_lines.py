"""Scripts: lines such as ``Ana: …``, each said by the voice of that name.

A line begins a turn if it begins with a name of ``spec.voices`` and a colon, whatever the case;
Markdown's asterisks around the name, and a direction in brackets behind it, are passed over. All
other lines go on with the turn before; an empty line ends a paragraph of it.

A line that begins with what looks like a name, and is none of ``spec.voices``, is an error: one
to four words that begin with capitals, all letters, a colon and a blank or the line's end. It
is prose all the same if the line is indented, if the colon has a backslash before it, or if it
begins with one of the words that introduce a remark (``Note:``). Before the first turn, and where
no names are known at all, the same rule holds.
"""

import re
from typing import Final

from voicejob_api.text_source import Unspoken
from voicejob_worker.markup.composer import Composer
from voicejob_worker.markup.options import MarkupOptions, find_voice, unknown_voice
from voicejob_worker.markup.plain import lines_of
from voicejob_worker.text.passages import Manner, Script

MAX_NAME: Final = 60
"""Characters of the longest name before a colon."""
MAX_NAME_WORDS: Final = 4

_TURN: Final = re.compile(
    rf"(?P<bullet>[-*•–][ \t]{{1,3}})?(?P<open>[*_]{{0,3}})(?P<name>[^:：\n]{{1,{MAX_NAME}}}?)"
    r"(?P<direction>[ \t]*(?:\([^()\n]{0,200}\)|\[[^\[\]\n]{0,200}\]))?"
    r"[*_]{0,3}[ \t]?(?P<colon>[:：])[*_]{0,3}(?P<blank>[ \t]*)"
)
_ESCAPED_COLON: Final = re.compile(r"\\(?=[:：])")
_WHOLE_DIRECTION: Final = re.compile(r"\s*\([^()\n]*\)\s*")
_LEADING_DIRECTION: Final = re.compile(r"\s*\([^()\n]{0,200}\)")
_ENDS: Final = (".", "!", "?", "…")
_SQUARE_DIRECTION: Final = re.compile(r"\[(?!pause:)[^\[\]\n]{0,200}\]", re.IGNORECASE)

_REMARK_WORDS: Final = """
note notes nb warning caution danger attention important remember tip hint example examples
question answer summary conclusion result results reason scene act chapter part section step
title subject date time place setting ps p.s update disclaimer fact remark todo re
nota notas aviso cuidado atenção importante lembre dica exemplo pergunta resposta resumo
conclusão resultado cena ato capítulo parte título assunto data hora local obs observação
atención advertencia consejo ejemplo pregunta respuesta resumen conclusión escena acto
título fecha lugar ojo
remarque attention avertissement conseil exemple question réponse résumé scène acte chapitre
titre objet lieu rappel
hinweis achtung warnung wichtig tipp beispiel frage antwort zusammenfassung fazit szene akt
kapitel titel betreff datum ort merke anmerkung vorsicht
avviso attenzione esempio domanda risposta riassunto conclusione capitolo titolo
megjegyzés figyelem fontos példa kérdés válasz obs viktigt tips exempel fråga svar
примечание внимание важно пример вопрос ответ сцена глава
注意 注 备注 例如 问题 答案 提示 注釈 例 質問 答え ملاحظة تنبيه مثال सूचना ध्यान उदाहरण
"""
REMARKS: Final = frozenset(_REMARK_WORDS.split())
"""What a remark begins with, in the languages that the worker knows well."""


def read_script_lines(source: str, options: MarkupOptions) -> Script:
    """Read the turns of a script.

    Raises:
        InvalidInputError: A line names a voice that there is not.
    """
    options.check_size(len(source))
    composer = Composer(options, keeps_blanks=True)
    turn = _Turn(composer, options)
    for number, line in enumerate(lines_of(source), 1):
        turn.read(line, number)
    return composer.script()


class _Turn:
    """What is being said, and by whom."""

    def __init__(self, composer: Composer, options: MarkupOptions) -> None:
        self._composer = composer
        self._options = options
        self._begins = False
        """Whether a name, and nothing yet that is said, stands before."""

    def read(self, line: str, number: int) -> None:
        """Take the next line.

        Raises:
            InvalidInputError: It names a voice that there is not.
        """
        if not line.strip():
            self._composer.end_paragraph()
            return
        found = _TURN.match(line)
        voice = find_voice(found["name"], self._options.voices) if found else None
        if found and voice is not None:
            self._composer.end_paragraph()
            self._composer.manner = Manner(voice=voice)
            if found["direction"]:
                self._say(found["direction"].strip(), number, is_direction=True)
            line = line[found.end() :]
            self._begins = True
        elif found and _begins_a_turn(found):
            raise unknown_voice(
                f"line {number} of the script begins with a name and a colon, column 1 (a line "
                "that is no turn is indented, or has a backslash before its colon)",
                self._options.voices,
            )
        self._say_line(_ESCAPED_COLON.sub("", line), number)

    def _say_line(self, line: str, number: int) -> None:
        begins, self._begins = self._begins, self._begins and not line.strip()
        whole = _WHOLE_DIRECTION.fullmatch(line)
        if whole:
            self._say(line, number, is_direction=True)
            return
        leading = _LEADING_DIRECTION.match(line) if begins else None
        if leading:
            self._say(leading.group(), number, is_direction=True)
            line = line[leading.end() :]
        end = 0
        for found in _SQUARE_DIRECTION.finditer(line):
            self._say(line[end : found.start()], number)
            self._say(found.group(), number, is_direction=True)
            end = found.end()
        self._say(f"{line[end:]}\n", number)

    def _say(self, text: str, number: int, *, is_direction: bool = False) -> None:
        if not is_direction:
            self._composer.say(text, number)
        elif self._options.stage_directions is Unspoken.SAY:
            said = text.strip().strip("()[]").strip()
            self._composer.say(said if said.endswith(_ENDS) else f"{said}.", number)
            self._composer.say(" ")
        else:
            self._composer.notes.add("left out: a direction in brackets", number)


def _begins_a_turn(found: re.Match[str]) -> bool:
    """Whether what stands there, and is no voice's name, is meant for one."""
    is_marked = found["bullet"] or found["open"]
    is_apart = found["colon"] == "：" or found["blank"] or found.end() == len(found.string)
    return bool(not is_marked and is_apart and _is_name(found["name"]))


def _is_name(label: str) -> bool:
    """Whether it is written as a speaker's name is, and is none of ``REMARKS``."""
    words = label.split()
    if not words or label[0].isspace() or "\\" in label or len(words) > MAX_NAME_WORDS:
        return False
    letters = [word.replace(".", "").replace("'", "").replace("’", "") for word in words]
    return (
        words[0].strip(".").casefold() not in REMARKS
        and all(word.replace("-", "").isalnum() for word in letters)
        and not words[0][0].isdigit()
        and all(_begins_as_a_name(word) for word in words)
    )


def _begins_as_a_name(word: str) -> bool:
    return not word[0].islower()
