"""From the flags that kubectl has to an API server: kubeconfig, context, namespace."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from voicejob_cli.api import IMPERSONATE, Api
from voicejob_cli.errors import CliError

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

        # The client tells by the root logger alone why an exec plugin gave no credential.
        logging.basicConfig(level=logging.ERROR, format="kubeconfig: %(message)s")
        try:
            api = self._api()
        except (ConfigException, OSError, ValueError, TypeError, KeyError, yaml.YAMLError) as error:
            raise CliError(
                f"the kubeconfig {self._written()} cannot be used: {error}",
                "`kubectl config view` shows what is read.",
            ) from error
        if self.user:
            api.client.set_default_header(IMPERSONATE, self.user)
        return api, self.namespace or api.namespace

    def _written(self) -> str:
        return self.kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"

    def _api(self) -> Api:
        from kubernetes import config

        files = self.files()
        if not files and not self.kubeconfig and os.environ.get("KUBERNETES_SERVICE_HOST"):
            return _of_pod()
        if not files:
            raise CliError(
                f"there is no kubeconfig: {self._written()} is not there",
                "Name one by --kubeconfig or KUBECONFIG; whoever runs the cluster gives it out, "
                "and the clouds' own programs write it (aws eks update-kubeconfig, gcloud "
                "container clusters get-credentials).",
            )
        chosen = self._chosen([_read(file) for file in files])
        client = config.new_client_from_config(
            config_file=os.pathsep.join(map(str, files)), context=chosen["name"]
        )
        told = chosen.get("context") or {}
        return Api(client, chosen["name"], told.get("namespace") or "default")

    def files(self) -> list[Path]:
        """The files of the kubeconfig that are there."""
        written = [self.kubeconfig] if self.kubeconfig else self._written().split(os.pathsep)
        paths = [Path(one).expanduser() for one in written if one]
        return [path for path in paths if path.is_file()]

    def _chosen(self, found: list[dict[str, Any]]) -> dict[str, Any]:
        """The context that is meant; of several files the first that names something counts."""
        by_name: dict[str, dict[str, Any]] = {}
        for one in (each for file in found for each in file.get("contexts") or []):
            by_name.setdefault(one["name"], one)
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


def _read(file: Path) -> dict[str, Any]:
    found = yaml.safe_load(file.read_text()) or {}
    if not isinstance(found, dict):
        raise TypeError(f"{file} holds no kubeconfig")
    return found


def _of_pod() -> Api:
    """As kubectl does in a pod."""
    from kubernetes import client, config

    settings = client.Configuration()
    config.load_incluster_config(client_configuration=settings)
    found = _IN_CLUSTER / "namespace"
    namespace = found.read_text().strip() if found.is_file() else "default"
    return Api(client.ApiClient(configuration=settings), "in-cluster", namespace)
