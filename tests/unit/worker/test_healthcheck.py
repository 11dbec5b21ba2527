"""The image's HEALTHCHECK: it asks the port that the command serves, and is light."""

import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from voicejob_worker.healthcheck import SERVE_PORT, check, served_address, worker_arguments
from voicejob_worker.serving.settings import ServeSettings
from voicejob_worker.settings import Settings

SCRIPT = "/opt/voicejob/bin/voicejob-worker"


@pytest.mark.parametrize(
    ("arguments", "environment", "address"),
    [
        ("run", {}, ("127.0.0.1", 8080)),
        ("run", {"VOICEJOB_STATUS_PORT": "9090"}, ("127.0.0.1", 9090)),
        ("run --job /job.yaml --output /out --server", {}, ("127.0.0.1", 8080)),
        ("run --job /job.yaml --output /out", {}, None),
        ("run --no-server", {}, None),
        ("serve", {}, ("127.0.0.1", 8000)),
        ("serve", {"VOICEJOB_STATUS_PORT": "9090"}, ("127.0.0.1", 8000)),
        ("serve", {"VOICEJOB_SERVE_LISTEN_PORT": "9001"}, ("127.0.0.1", 9001)),
        ("serve --port 9000", {"VOICEJOB_SERVE_LISTEN_PORT": "9001"}, ("127.0.0.1", 9000)),
        ("serve --voices /v.yaml --port=9000", {}, ("127.0.0.1", 9000)),
        ("serve --host 10.1.2.3", {}, ("10.1.2.3", 8000)),
        ("serve --host 0.0.0.0", {}, ("127.0.0.1", 8000)),
        ("serve --port 0", {}, None),
        ("doctor", {}, None),
        ("", {}, None),
    ],
)
def test_the_port_is_the_one_that_the_command_serves(arguments, environment, address):
    assert served_address(arguments.split(), environment) == address


def test_the_defaults_are_those_of_the_commands():
    assert ServeSettings.model_fields["listen_port"].default == SERVE_PORT
    run = served_address(["run"], {})
    assert run == ("127.0.0.1", Settings.model_fields["status_port"].default)


@pytest.mark.parametrize(
    "processes",
    [
        {1: ["/opt/voicejob/bin/python3", SCRIPT, "serve", "--port", "9000"]},
        {1: ["/sbin/docker-init", "--", "voicejob-worker", "serve", "--port", "9000"]},
        {
            1: ["sh", "-c", "exec voicejob-worker serve --port 9000 | tee log"],
            10: ["python3", "-m", "voicejob_worker.healthcheck"],
            7: ["/opt/voicejob/bin/python3", SCRIPT, "serve", "--port", "9000"],
        },
    ],
    ids=["itself", "init", "shell"],
)
def test_the_worker_is_found_also_behind_an_init_or_a_shell(tmp_path, processes):
    assert worker_arguments(running(tmp_path, processes)) == ["serve", "--port", "9000"]


def test_without_a_worker_it_says_so(tmp_path):
    well, line = check(running(tmp_path, {1: ["sleep", "60"]}), {})
    assert not well
    assert line == "no voicejob-worker runs here"


@pytest.mark.parametrize(("status", "well"), [(200, True), (503, False)])
def test_health_is_what_healthz_answers(tmp_path, status, well):
    class Answering(BaseHTTPRequestHandler):
        def do_GET(self):
            body = b"ok" if self.path == "/healthz" and status == 200 else b"no sign of life"
            self.send_response(status if self.path == "/healthz" else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = str(server.server_address[1])
    proc = running(tmp_path, {1: ["python3", SCRIPT, "serve", "--port", port]})
    try:
        assert check(proc, {}) == (
            well,
            f"port {port}: {status} {'ok' if well else 'no sign of life'}",
        )
    finally:
        server.shutdown()
        server.server_close()
    well, line = check(proc, {})
    assert not well
    assert line.startswith(f"port {port} does not answer /healthz: ")


def test_a_command_that_serves_nothing_is_well(tmp_path):
    assert check(running(tmp_path, {1: ["python3", SCRIPT, "doctor"]}), {}) == (
        True,
        "`voicejob-worker doctor` serves no port to ask",
    )


def test_it_imports_nothing_heavy_for_it_runs_every_few_seconds():
    script = (
        "import sys, voicejob_worker.healthcheck\n"
        "print(sorted({'pydantic', 'numpy', 'typer', 'fastapi'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.strip() == "[]"


def test_the_image_runs_it():
    dockerfile = Path(__file__).parents[3] / "docker" / "worker.Dockerfile"
    check = re.search(r"HEALTHCHECK .*\n +CMD (\[.*\])", dockerfile.read_text())
    assert check
    assert json.loads(check[1]) == ["python3", "-m", "voicejob_worker.healthcheck"]


def running(folder, processes):
    """A /proc with these command lines."""
    for number, words in processes.items():
        (folder / str(number)).mkdir()
        (folder / str(number) / "cmdline").write_text("".join(f"{word}\0" for word in words))
    (folder / "99").mkdir()  # has just ended
    return folder
