"""Engines by name. An engine's module is imported only when it is asked for."""

from importlib import import_module
from typing import Final, cast

from voicejob_api.spec import Engine as EngineName
from voicejob_worker.engines.protocol import Engine
from voicejob_worker.errors import InvalidInputError

_FACTORIES: Final = {EngineName.PIPER: ("voicejob_worker.engines.piper", "PiperEngine")}


def make_engine(name: EngineName, threads: int) -> Engine:
    """Make the engine ``name``, not yet loaded, with ``threads`` threads of its own."""
    module, factory = _FACTORIES[name]
    return cast("Engine", getattr(import_module(module), factory)(threads=threads))


def check_language(engine: Engine, asked: str) -> None:
    """Refuse a language that the engine's model does not speak.

    Any variety of a spoken language is taken: an en-US voice speaks en-GB in its own accent.

    Raises:
        InvalidInputError: naming the language asked for and those spoken.
    """
    spoken = {primary_subtag(language) for language in engine.languages}
    if primary_subtag(asked) not in spoken:
        raise InvalidInputError(
            f"spec.language is {asked}, which the {engine.name} voice cannot speak: "
            f"it speaks {', '.join(engine.languages)}"
        )


def primary_subtag(language: str) -> str:
    """``pt`` of ``pt-BR``."""
    return language.split("-", maxsplit=1)[0].lower()
