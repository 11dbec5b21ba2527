"""A setting that is none is told by its variable, by each program that reads it."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("program", "variable", "value", "told"),
    [
        (("operator", "run"), "OPERATOR_HTTP_PORT", "99999", "less than or equal to 65535"),
        (("operator", "fetch", "a/b"), "OPERATOR_STORE__ADDRESSING_STYLE", "Virtual", "'virtual'"),
        (("operator", "sign-items"), "OPERATOR_WORKER__RESOURCES", "{secret", "worker"),
        (("gateway",), "GATEWAY_HTTP_PORT", "http", "valid integer"),
    ],
)
def test_it_ends_the_program_with_its_name_and_what_it_must_be(program, variable, value, told):
    name, *arguments = program
    ended = subprocess.run(
        [sys.executable, "-m", f"voicejob_{name}", *arguments],
        env={**os.environ, f"VOICEJOB_{variable}": value},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert told in ended.stderr
    assert value == "{secret" or f"VOICEJOB_{variable}: " in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "secret" not in ended.stderr
