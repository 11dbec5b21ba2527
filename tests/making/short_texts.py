"""Texts of a word or two in five languages, and joe's voice that reads them all.

Only an English Piper voice comes as a package. Its network speaks the phonemes of any language,
with an English accent: what it needs is espeak's voice for that language.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from voicejob_worker.engines.piper import PiperEngine
from voicejob_worker.engines.piper_files import voice_path

_FILE = Path(__file__).parents[1] / "unit/worker/quality/short_texts.txt"
_ESPEAK = {"en-US": "en-us", "pt-BR": "pt-br", "de-DE": "de", "fr-FR": "fr", "es-ES": "es"}


def short_texts() -> Iterator[tuple[str, str]]:
    """BCP 47 tag and text of each."""
    language = ""
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            language = line.strip("[]")
        elif not line.startswith("# "):
            yield from ((language, text) for text in line.split("|"))


def joe_in(language: str, folder: Path, threads: int) -> PiperEngine:
    """The built-in voice with the phonemes of another language, loaded; ``folder`` is written."""
    built_in = voice_path()
    voice = folder / f"{language}.onnx"
    voice.symlink_to(built_in)
    configuration = json.loads(built_in.with_name(f"{built_in.name}.json").read_text())
    configuration |= {
        "espeak": {"voice": _ESPEAK[language]},
        "language": {"code": language.replace("-", "_")},
    }
    voice.with_name(f"{voice.name}.json").write_text(json.dumps(configuration))
    engine = PiperEngine(threads, voice)
    engine.import_libraries()
    engine.load()
    return engine
