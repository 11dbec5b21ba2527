"""Language tags as sources write them."""

import re
from typing import Final

from voicejob_api.patterns import MAX_LANGUAGE_CHARACTERS

_TAG: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")


def language_tag(written: str) -> str:
    """The BCP 47 tag that is written; empty for what has not the form of one.

    What has not could be anything of the user's, and tags stand in messages.
    """
    tag = written.strip().replace("_", "-")
    return tag if len(tag) <= MAX_LANGUAGE_CHARACTERS and _TAG.fullmatch(tag) else ""
