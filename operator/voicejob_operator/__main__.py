"""``python -m voicejob_operator``, the same as the command ``voicejob-operator``."""

from voicejob_operator.cli import app

app()
