"""kubectl, as tests use it: the same program and the same output that a user has."""

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

Manifest = dict[str, Any]


class Refused(Exception):
    """kubectl ended with an error; the text is what it printed."""


@dataclass(frozen=True)
class Kubectl:
    """kubectl in one namespace."""

    namespace: str

    def __call__(self, *arguments: str, stdin: str | None = None, timeout: float = 60) -> str:
        done = self.run(*arguments, stdin=stdin, timeout=timeout)
        return done.decode()

    def run(self, *arguments: str, stdin: str | None = None, timeout: float = 60) -> bytes:
        command = ["kubectl", "--namespace", self.namespace, *arguments]
        done = subprocess.run(
            command,
            input=stdin.encode() if stdin is not None else None,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        if done.returncode != 0:
            raise Refused(done.stderr.decode())
        return done.stdout

    def create(self, *manifests: Manifest) -> str:
        return self("create", "-f", "-", stdin=yaml.safe_dump_all(manifests))

    def get(self, kind: str, name: str) -> Manifest | None:
        try:
            found: Manifest = json.loads(self("get", kind, name, "-o", "json"))
        except Refused as refused:
            if "NotFound" in str(refused):
                return None
            raise
        return found

    def list(self, kind: str, selector: str = "") -> list[Manifest]:
        arguments = ("get", kind, "-o", "json", *(("-l", selector) if selector else ()))
        items: list[Manifest] = json.loads(self(*arguments))["items"]
        return items

    def patch(self, kind: str, name: str, patch: Manifest) -> str:
        return self("patch", kind, name, "--type", "merge", "-p", json.dumps(patch))


def eventually(what: str, ask: Callable[[], Any], seconds: float, every: float = 0.25) -> Any:
    """Ask until the answer is truthy; fail with the last answer's story when time is up."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(every)
