"""Plays a file with whatever player this machine has."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

from voicejob_cli import terminal

_ALL: Final = ("wav", "flac", "mp3", "opus", "aac", "m4b")
_LIBSNDFILE: Final = ("wav", "flac")
"""More only in its newer versions."""
_PLAYERS: Final = (
    (("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"), _ALL),
    (("mpv", "--no-video", "--really-quiet"), _ALL),
    (("afplay",), ("wav", "flac", "mp3", "aac", "m4b")),
    (("pw-play",), _LIBSNDFILE),
    (("paplay",), _LIBSNDFILE),
    (("play", "-q"), _LIBSNDFILE),
    (("aplay", "-q"), ("wav",)),
)


def play(path: Path, audio_format: str) -> None:
    """Play it, to its end; where no player does, say so: the file is there all the same."""
    fitting = [command for command, formats in _PLAYERS if audio_format in formats]
    for program, *options in fitting:
        found = shutil.which(program)
        if found is None:
            continue
        done = subprocess.run([found, *options, str(path.absolute())], check=False)
        if done.returncode != 0:
            terminal.say(
                f"note: {program} could not play {path} (exit code {done.returncode}); the file is "
                "there: play it with another program"
            )
        return
    terminal.say(
        f"note: this machine has none of {', '.join(command[0] for command in fitting)} to play "
        f"{audio_format}; {path} is there"
    )
