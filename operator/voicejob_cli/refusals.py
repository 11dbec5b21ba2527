"""What the API server refuses, in words that say what to do."""

import hashlib
import json
import re
import shlex
from typing import Any, Final

from voicejob_api import names
from voicejob_cli.errors import CliError

INSTALL: Final = (
    "helm upgrade --install voicejob-operator charts/voicejob-operator \\\n"
    "    --namespace voicejob-system --create-namespace"
)
_FORBIDDEN: Final = re.compile(
    r'(?:(?P<name>"[^"]+") is forbidden: )?User "(?P<user>[^"]+)" cannot (?P<verb>\S+) '
    r'resource "(?P<resource>[^"]+)" '
    r'in API group "(?P<group>[^"]*)"(?: in the namespace "(?P<namespace>[^"]+)")?'
)
_LINE: Final = 200
_NOBODY: Final = "system:anonymous"
"""Whom the API server takes a request without a credential for. No right is ever theirs to get."""
_ONE_BY_ONE: Final = ("secrets", "services/proxy")
"""Of these only the one that was asked for: the right to all of a namespace is another matter."""


def refusal(status: int, content: bytes, context: str) -> CliError:
    """The error that an answer of 400 or more is."""
    told = _status(content)
    bare = f"HTTP {status}"
    message = str(told.get("message", "")) or _first_line(content) or bare
    match status:
        case 404 if not told:
            found = (
                f"the cluster of the context {context} does not know VoiceJobs "
                f"({names.API_VERSION}): the operator is not installed there"
            )
            to_do = f"Install it, or take another context by --context:\n{INSTALL}"
        case 404 if space := _missing_namespace(told):
            found = message
            to_do = f"Name another by --namespace, or make it: kubectl create namespace {space}"
        case 404:
            found, to_do = message, "See what is there: `kubectl voicejob list`, or with -A."
        case 401:
            found = (
                f"the cluster of the context {context} does not take the kubeconfig's credential "
                "(HTTP 401)"
            )
            to_do = "It may have run out: log in again; `kubectl auth whoami` must answer."
        case 403 if f'User "{_NOBODY}"' in message:
            found = (
                f"the cluster of the context {context} was asked by nobody ({_NOBODY}): the "
                "kubeconfig's user has no token, client certificate or exec plugin"
            )
            to_do = "Log in, or take another context by --context; `kubectl auth whoami` names you."
        case 403:
            found, to_do = message, _right(message)
        case 409 if told.get("reason") == "AlreadyExists":
            found = message
            to_do = "Take another name by --name, or delete that VoiceJob: it cannot be changed."
        case 422:
            found = message
            to_do = "`kubectl explain voicejob.spec` tells what each field takes."
        case _:
            said = "" if message == bare else f": {message}"
            found, to_do = f"the API server of the context {context} answers {bare}{said}", ""
    return CliError(found, to_do, may_pass=status in (408, 410, 429) or status >= 500)


def _first_line(content: bytes) -> str:
    """What an answer says that is no object; nothing of a page."""
    line = content[:_LINE].decode(errors="replace").strip().partition("\n")[0]
    return line if line.isprintable() and not line.startswith(("<", "{")) else ""


def _status(content: bytes) -> dict[str, Any]:
    try:
        told = json.loads(content)
    except ValueError:
        return {}
    return told if isinstance(told, dict) and told.get("kind") == "Status" else {}


def _missing_namespace(told: dict[str, Any]) -> str:
    """The namespace that is not there; empty where it is something else."""
    details = told.get("details")
    found = details if isinstance(details, dict) else {}
    return str(found.get("name", "")) if found.get("kind") == "namespaces" else ""


def _right(message: str) -> str:
    """The lines that give the right which is missing, where the message tells which it is."""
    found = _FORBIDDEN.search(message)
    if found is None:
        return "Ask whoever runs the cluster."
    verb, group, resource, space = (
        found["verb"],
        found["group"],
        found["resource"],
        found["namespace"],
    )
    kind, _, sub = resource.partition("/")
    full = (f"{kind}.{group}" if group else kind) + (f"/{sub}" if sub else "")
    is_of_one = verb == "get" and resource in _ONE_BY_ONE and found["name"]
    only = f" --resource-name={found['name'].strip(chr(34))}" if is_of_one else ""
    # One name for each right and user: `kubectl create` of what is there fails.
    digest = hashlib.sha256("\0".join((found["user"], full, only)).encode()).hexdigest()[:8]
    name = f"voicejob-{verb}-{kind}-{digest}"
    role, where = ("role", f" --namespace {space}") if space else ("clusterrole", "")
    return (
        f"The right to {verb} {full} is missing. Whoever runs the cluster gives it by:\n"
        f"kubectl create {role} {name} --verb={verb} --resource={full}{only}{where}\n"
        f"kubectl create {role}binding {name} --{role}={name} {_subject(found['user'])}{where}"
    )


def _subject(user: str) -> str:
    if user.startswith("system:serviceaccount:"):
        return f"--serviceaccount={user.removeprefix('system:serviceaccount:')}"
    return f"--user={shlex.quote(user)}"
