"""How tests come to the gateway, and what they have to show there."""

import base64
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kubectl import Kubectl, Manifest

from voicejob_api.capability import secret_name

GATEWAY = "service/voicejob-operator-gateway"
Answer = tuple[int, dict[str, str], bytes]


def ask(url: str, method: str = "GET", **headers: str) -> Answer:
    """Status, headers in lower case, and body."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, method=method, headers=sent)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, _lower(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, _lower(error.headers), error.read()


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@contextmanager
def led(*command: str) -> Iterator[str]:
    """An address that kubectl leads from, by `port-forward` or `proxy`."""
    process = subprocess.Popen(
        ("kubectl", *command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"127\.0\.0\.1:(\d+)", said)
        assert found, said
        yield f"http://127.0.0.1:{found[1]}"
    finally:
        process.terminate()
        process.wait(10)


def opened(kubectl: Kubectl, voicejob: Manifest) -> dict[str, str]:
    """What the VoiceJob's Secret says; it is there as soon as the end is told."""
    metadata = voicejob["metadata"]
    secret = kubectl.get("secret", secret_name(metadata["name"], metadata["uid"]))
    assert secret is not None
    assert secret["metadata"]["ownerReferences"][0]["uid"] == metadata["uid"]
    return {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}
