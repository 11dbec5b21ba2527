"""``python -m voicejob_cli``."""

from voicejob_cli.cli import app

app()
