"""``python -m voicejob_worker``."""

from voicejob_worker.cli import app

app()
