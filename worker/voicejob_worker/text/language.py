"""Language tags (BCP 47)."""


def primary_subtag(language: str) -> str:
    """The language itself, in lower case: ``pt`` of ``pt-BR``."""
    return language.partition("-")[0].lower()
