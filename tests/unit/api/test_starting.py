"""Ctrl-C while a command starts."""

import signal
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

SCRIPTS = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"][
    "scripts"
]
PACKAGES = [entry.removesuffix(".__main__:main") for entry in SCRIPTS.values() if "main" in entry]


def run(program, ignored=()):
    return subprocess.run(
        [
            sys.executable,
            "-c",
            f"import os, signal\nfrom voicejob_api.starting import *\n{program}",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        # A shell's background, where this test itself may run, would have it ignored.
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.SIG_IGN if signal.SIGINT in ignored else signal.SIG_DFL
        ),
    )


INTERRUPT = "os.kill(os.getpid(), signal.SIGINT)"


def test_ends_it_without_a_word_while_modules_load():
    ended = run(f"with loading():\n {INTERRUPT}\nprint('not reached')")
    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGINT, "", "")


def test_is_the_commands_own_afterwards():
    ended = run(f"with loading(): pass\ntry: {INTERRUPT}\nexcept KeyboardInterrupt: print('told')")
    assert (ended.returncode, ended.stdout) == (0, "told\n")


def test_is_ignored_by_what_was_started_to_ignore_it():
    told = run(f"with loading():\n {INTERRUPT}\n{INTERRUPT}\nprint('goes on')", [signal.SIGINT])
    assert (told.returncode, told.stdout) == (0, "goes on\n")


@pytest.mark.parametrize("package", PACKAGES)
def test_is_looked_for_by_each_command_before_it_loads_anything(package):
    assert {"voicejob_cli", "voicejob_gateway", "voicejob_operator", "voicejob_worker"} == {
        *PACKAGES
    }
    assert callable(import_module(f"{package}.__main__").main)
    program = f"import sys, {package}.__main__\nprint(*sys.modules)"
    assert not {"typer", "pydantic", "aiohttp", "asyncio"} & {*run(program).stdout.split()}
