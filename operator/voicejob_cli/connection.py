"""From the flags that kubectl has to an API server: kubeconfig, context, namespace."""

from __future__ import annotations

import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from voicejob_api.patterns import is_namespace
from voicejob_cli.api import Api
from voicejob_cli.credentials import check_plugin, heard, impersonation
from voicejob_cli.errors import CliError
from voicejob_cli.proxies import check_server, proxy_fault

_OBJECT: Final = re.compile(r"\{.*\}", re.DOTALL)
"""A whole object, as the official client calls the place of what it misses."""
_IN_CLUSTER: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True)
class Flags:
    """What the command line says of where to."""

    kubeconfig: str | None = None
    context: str | None = None
    namespace: str | None = None
    user: str | None = None
    """Whom to act as (--as)."""

    def connect(self) -> tuple[Api, str]:
        """The API server, and the namespace that is meant.

        Raises:
            CliError: there is no kubeconfig, or not that context in it.
        """
        from kubernetes.config import ConfigException

        try:
            api = self._api()
        except (ConfigException, OSError, ValueError, TypeError, KeyError, yaml.YAMLError) as error:
            raise self._unusable(error) from error
        # So the client tells why an exec plugin's credential could not be renewed.
        logging.basicConfig(level=logging.ERROR, format="kubeconfig: %(message)s")
        return api, self.namespace or api.namespace

    def _unusable(self, error: Exception) -> CliError:
        to_do = "`kubectl config view` shows what is read."
        return CliError(f"the kubeconfig {self._written()} cannot be used: {_why(error)}", to_do)

    def _written(self) -> str:
        return self.kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"

    def _api(self) -> Api:
        from kubernetes import config

        files = self.files()
        if not files and not self.kubeconfig and os.environ.get("KUBERNETES_SERVICE_HOST"):
            api = _of_pod()
            api.act_as(impersonation({}, self.user))
            return api
        if not files:
            raise CliError(
                f"there is no kubeconfig: {self._written()} is {self._instead()}",
                "Name one by --kubeconfig or KUBECONFIG; whoever runs the cluster gives it out, "
                "and the clouds' own programs write it (aws eks update-kubeconfig, gcloud "
                "container clusters get-credentials).",
            )
        found = [read_kubeconfig(file) for file in files]
        chosen = self._chosen(found)
        told = _context(chosen)
        user = _named(found, "users", told.get("user")).get("user") or {}
        cluster = _named(found, "clusters", told.get("cluster")).get("cluster") or {}
        check_server(cluster.get("server"), f"the cluster {told.get('cluster')} of its context")
        _keep_quiet(cluster)
        with heard() as logged:
            try:
                client = config.new_client_from_config(
                    config_file=os.pathsep.join(map(str, files)), context=chosen["name"]
                )
            except config.ConfigException:
                raise
            except Exception as error:  # each auth provider has exceptions of its own
                named = str(cluster.get("proxy-url") or "")
                fault = proxy_fault(error, named, str(cluster["server"]))
                raise fault or self._unusable(error) from error
        check_plugin(user, client, logged, self._written())
        api = Api(client, chosen["name"], told.get("namespace") or "default")
        api.act_as(impersonation(user, self.user))
        return api

    def _instead(self) -> str:
        """What the kubeconfig is, where it is no file."""
        path = _at_home(self._written())
        if path.is_dir():
            return "a folder"
        if path.is_fifo():
            return "a pipe, and it is read more than once: write it into a file"
        return "no file that is there"

    def files(self) -> list[Path]:
        """The files of the kubeconfig that are there."""
        written = [self.kubeconfig] if self.kubeconfig else self._written().split(os.pathsep)
        paths = [_at_home(one) for one in written if one]
        return [path for path in paths if path.is_file()]

    def _chosen(self, found: list[dict[str, Any]]) -> dict[str, Any]:
        """The context that is meant; of several files the first that names something counts."""
        by_name = _by_name(found, "contexts")
        current = next((name for file in found if (name := file.get("current-context"))), None)
        wanted = self.context or current
        if wanted in by_name:
            return by_name[wanted]
        there = f"It has: {', '.join(by_name) or 'none'}."
        if wanted is None:
            raise CliError(
                f"the kubeconfig {self._written()} has no current context",
                f"Name one by --context. {there}",
            )
        raise CliError(f"the kubeconfig {self._written()} has no context {wanted}", there)


def _why(error: Exception) -> str:
    """What is amiss, without what the file holds: both libraries would print tokens with it."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        line = error.problem_mark.line + 1
        return f"it is no YAML: {error.problem or error.context}, in line {line}"
    return _OBJECT.sub("…", str(error))


def _at_home(written: str) -> Path:
    """The path; as it is written where nobody has that home, as in a pod with a user of no name."""
    return Path(os.path.expanduser(written))  # noqa: PTH111 - Path's own raises there


def read_kubeconfig(file: Path) -> dict[str, Any]:
    """What one file holds; nothing if it is empty.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not UTF-8.
        yaml.YAMLError: it is no YAML.
        TypeError: it is no object.
    """
    found = yaml.safe_load(file.read_text()) or {}
    if not isinstance(found, dict):
        raise TypeError(f"{file} holds no kubeconfig")
    return found


def _by_name(found: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    """The contexts, clusters or users of all files; the first of a name counts.

    Raises:
        TypeError: they are no list of objects with names.
    """
    by_name: dict[str, dict[str, Any]] = {}
    for file in found:
        entries = file.get(kind) or []
        if not isinstance(entries, list):
            raise TypeError(f"{kind} is no list")
        for one in entries:
            if not isinstance(one, dict) or not isinstance(one.get("name"), str):
                raise TypeError(f"an entry of {kind} has no name")
            by_name.setdefault(one["name"], one)
    return by_name


def _context(chosen: dict[str, Any]) -> dict[str, str]:
    """What that context says; nothing where it is empty.

    Raises:
        TypeError: it is no object, or what it names is no text.
        ValueError: its namespace is none.
    """
    told, name = chosen.get("context") or {}, chosen["name"]
    if not isinstance(told, dict):
        raise TypeError(f"{name} of its contexts is no object")
    for key in ("cluster", "user", "namespace"):
        if told.get(key) and not isinstance(told[key], str):
            raise TypeError(f"{key} of its context {name} is no text: write it in quotes")
    namespace = told.get("namespace")
    if namespace and not is_namespace(namespace):
        raise ValueError(f"its context {name} has the namespace {namespace!r}, which is no name")
    return told


def _named(found: list[dict[str, Any]], kind: str, name: str | None) -> dict[str, Any]:
    """The cluster or user of that name; nothing where the context names none.

    Raises:
        ValueError: there is none of that name.
        TypeError: it is no object.
    """
    if not name:
        return {}
    entries = _by_name(found, kind)
    if name not in entries:
        there = ", ".join(entries) or "none"
        raise ValueError(f"its context names {name}, which is not among its {kind}: {there}")
    inner = entries[name].get(kind.removesuffix("s"))
    if inner is not None and not isinstance(inner, dict):
        raise TypeError(f"{name} of its {kind} is no object")
    return entries[name]


def _keep_quiet(cluster: dict[str, Any]) -> None:
    """Say nothing of a certificate that the kubeconfig itself says not to look at."""
    if cluster.get("insecure-skip-tls-verify"):
        import urllib3

        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)


def _of_pod() -> Api:
    """As kubectl does in a pod."""
    from kubernetes import client, config

    settings = client.Configuration()
    config.load_incluster_config(client_configuration=settings)
    found = _IN_CLUSTER / "namespace"
    namespace = found.read_text().strip() if found.is_file() else "default"
    try:
        return Api(client.ApiClient(configuration=settings), "in-cluster", namespace)
    except Exception as error:
        raise proxy_fault(error, "", settings.host) or error from error
