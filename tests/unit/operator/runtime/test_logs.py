"""What is logged: a JSON object a line, or for people, by structlog and by libraries alike."""

import json
import re
import subprocess
import sys

PROGRAM = """
import logging, sys, structlog
from voicejob_operator.runtime import logs

log = structlog.get_logger()
logs.configure(sys.argv[1])
log.info("reconciled", voicejob="hello", seconds=0.5)
logging.getLogger("kopf.of.a.library").warning("what %s says", "it")
logging.getLogger("chatty").debug("too much")
try:
    {}["missing"]
except KeyError:
    log.exception("it failed", namespace="team")
"""


def logged(log_format):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, log_format],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "", "standard output is for audio"
    return done.stderr


def test_each_line_is_one_json_object_whoever_logs():
    ours, librarys, fault = map(json.loads, logged("json").splitlines())
    assert ours["timestamp"].endswith("Z")
    assert {**ours, "timestamp": ""} == {
        "event": "reconciled",
        "voicejob": "hello",
        "seconds": 0.5,
        "level": "info",
        "timestamp": "",
    }
    assert (librarys["event"], librarys["level"]) == ("what it says", "warning")
    assert (fault["event"], fault["level"], fault["namespace"]) == ("it failed", "error", "team")
    assert fault["exception"].endswith("KeyError: 'missing'")


def test_people_get_lines_that_they_can_read():
    ours, librarys, *fault = re.sub(r"\x1b\[[0-9;]*m", "", logged("console")).splitlines()
    assert re.search(r"info .*reconciled .*seconds=0.5 voicejob=hello", ours)
    assert "what it says" in librarys
    assert fault[-1] == "KeyError: 'missing'"
