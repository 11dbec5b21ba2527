"""Reads settings from the environment, and tells what is wrong with one by the variable's name."""

from typing import TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsError

SettingsT = TypeVar("SettingsT", bound=BaseSettings)


class WrongSettingError(Exception):
    """Settings that are none; the message names each variable, and says what it must be."""


def read_settings(kind: type[SettingsT]) -> SettingsT:
    """The settings of this process.

    Raises:
        WrongSettingError: A variable has a value that is none.
    """
    try:
        return kind()
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        lines = [f"{_variable(kind, fault['loc'])}: {fault['msg']}" for fault in faults]
        raise WrongSettingError("\n".join(lines)) from error
    except SettingsError as error:  # what should be JSON and is none; it does not quote it
        raise WrongSettingError(str(error)) from error


def _variable(kind: type[BaseSettings], where: tuple[int | str, ...]) -> str:
    """``VOICEJOB_OPERATOR_STORE__BUCKET``, and for a part of JSON its place there."""
    prefix, between = (kind.model_config[key] for key in ("env_prefix", "env_nested_delimiter"))
    return f"{prefix}{(between or '').join(str(part) for part in where)}".upper()
