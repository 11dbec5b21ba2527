"""The way to a VoiceJob's audio: the gateway, through the API server.

First by the API server's service proxy with the capability that stands in a Secret of the
VoiceJob's namespace, which every kind of credential can use. Who may not read that Secret, and has
a bearer token, goes through a port-forward with the token, which the gateway reviews.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from voicejob_api import capability
from voicejob_cli import tunnel
from voicejob_cli.api import Answer, Api, Body, core_path, whole
from voicejob_cli.download import Opener
from voicejob_cli.errors import CliError, End
from voicejob_cli.objects import Seen
from voicejob_cli.refusals import refusal
from voicejob_cli.usage import NAMESPACE

SERVICE: Final = "voicejob-operator-gateway"
_LABEL: Final = "app.kubernetes.io/component"


@dataclass(frozen=True)
class Where:
    """Where the gateway is, as far as the command line says."""

    namespace: str | None = None
    service: str | None = None

    @property
    def is_told(self) -> bool:
        """Whether it says anything."""
        return self.namespace is not None or self.service is not None


@dataclass(frozen=True)
class Gateway:
    """The gateway, for one VoiceJob."""

    api: Api
    seen: Seen
    where: Where

    def opener(self, part: str) -> Opener:
        """Asks for a part; ``part`` is empty for the audio.

        Raises:
            CliError: neither way is open; the message says which right is missing.
        """
        try:
            secret = self._secret()
        except CliError as error:
            if error.end is not End.REFUSED or not self.api.token:
                raise
            return self._by_token(part, error)
        path = self._proxy_path(secret) + self._path(part)
        key = {capability.HEADER: _value(secret, capability.CAPABILITY_KEY)}

        def ask(headers: Mapping[str, str]) -> Answer:
            answer = self.api.open("GET", path, headers={**key, **headers})
            if answer.status != HTTPStatus.FORBIDDEN or not self.api.token:
                return answer
            # Who may not use the service proxy may be allowed to forward a port.
            error = self.refused(answer.status, whole(answer))
            return self._by_token(part, error)(headers)

        return ask

    def refused(self, status: int, content: bytes) -> CliError:
        """The error that an answer without the file is."""
        told = refusal(status, content, self.api.context)
        is_api_servers = b'"kind":"Status"' in content.replace(b" ", b"")
        if is_api_servers and status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return CliError(told.found, told.to_do, End.NOT_FETCHED)
        if is_api_servers and status == HTTPStatus.NOT_FOUND:
            return self._not_there(told.found)
        if is_api_servers:
            return CliError(
                f"the gateway does not answer: {told.found}",
                "Is it ready? kubectl get pods --all-namespaces --selector "
                f"{_LABEL}={capability.COMPONENT}",
                End.NOT_FETCHED,
            )
        return CliError(
            f"the gateway answers HTTP {status}: {_word(content, 'message')}",
            _word(content, "hint"),
            End.NOT_FETCHED,
        )

    def _path(self, part: str) -> str:
        return capability.audio_path(self.seen.namespace, self.seen.name, part)

    def _secret(self) -> Body:
        name = capability.secret_name(self.seen.name, self.seen.uid)
        path = core_path(self.seen.namespace, "secrets", name)
        answer = self.api.open("GET", path)
        content = whole(answer)
        if answer.status == HTTPStatus.NOT_FOUND:
            raise CliError(
                f"there is no Secret {self.seen.namespace}/{name}, which opens the audio of "
                f"{self.seen.name}",
                "The operator makes it where the gateway is installed (gateway.enabled in the "
                "chart's values): has it been for long enough? An administrator fetches without, "
                f"where the operator is ({NAMESPACE}, unless it was installed elsewhere):\n"
                f"kubectl exec --namespace {self.where.namespace or NAMESPACE} "
                "deploy/voicejob-operator -- "
                f"voicejob-operator fetch {self.seen.namespace}/{self.seen.name}",
                End.NOT_FETCHED,
            )
        return self.api.object_of(answer, content)

    def _proxy_path(self, secret: Body) -> str:
        told = _value(secret, capability.PROXY_PATH_KEY)
        if told and not self.where.is_told:
            if not capability.is_proxy_path(told):
                raise CliError(
                    f"the Secret {self.seen.namespace}/"
                    f"{capability.secret_name(self.seen.name, self.seen.uid)} names {told[:200]!r} "
                    "as the gateway, which is no Service's proxy",
                    "Somebody has changed it: tell whoever runs the platform. Your credential was "
                    "not sent there; --gateway-namespace names the gateway instead.",
                    End.NOT_FETCHED,
                )
            return told
        return capability.proxy_path(
            self.where.namespace or NAMESPACE, self.where.service or SERVICE
        )

    def _not_there(self, found: str) -> CliError:
        return CliError(
            f"there is no gateway: {found}",
            "Name it by --gateway-namespace and --gateway-service; this shows which there are:\n"
            f"kubectl get services --all-namespaces --selector {_LABEL}={capability.COMPONENT}",
            End.NOT_FETCHED,
        )

    # -- with a token ------------------------------------------------------------------------------

    def _by_token(self, part: str, first: CliError) -> Opener:
        """Through a port-forward; where that is closed, too, what closed the first way is told."""
        try:
            pod = self._pod()
        except CliError as error:
            raise CliError(first.found, first.to_do, End.NOT_FETCHED) from error
        path = self._path(part)

        def ask(headers: Mapping[str, str]) -> Answer:
            bearer = {"Authorization": f"Bearer {self.api.token}"}
            return tunnel.get(self.api, pod, path, {**bearer, **headers})

        return ask

    def _pod(self) -> tunnel.Pod:
        """A pod of the gateway that is ready, and the port that it listens on."""
        namespace = self.where.namespace or NAMESPACE
        query = {"labelSelector": f"{_LABEL}={capability.COMPONENT}"}
        for pod in self.api.ask("GET", core_path(namespace, "pods"), query)["items"]:
            conditions = (pod.get("status") or {}).get("conditions") or []
            is_ready = any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
            ports = [
                port
                for container in pod["spec"]["containers"]
                for port in container.get("ports", [])
                if port.get("name") == capability.SERVICE_PORT
            ]
            if is_ready and ports:
                name, port = str(pod["metadata"]["name"]), int(ports[0]["containerPort"])
                return tunnel.Pod(namespace, name, port)
        raise self._not_there(f"no pod of it is ready in the namespace {namespace}")


def elsewhere(seen: Seen) -> CliError | None:
    """Why the gateway does not have the audio: it lies in a place of the user's own."""
    output = seen.spec.get("output")
    if not output:
        return None
    uri = str((seen.audio or {}).get("uri", ""))
    claim = output.get("persistentVolumeClaim")
    if claim:
        path = uri.removeprefix(f"pvc://{claim['claimName']}/")
        return CliError(
            f"the audio lies on the claim {seen.namespace}/{claim['claimName']}, as {path}: the "
            "gateway has no part in it",
            f"Copy it through a pod that mounts the claim: kubectl cp "
            f"{seen.namespace}/POD:MOUNTPATH/{path} {path.rpartition('/')[2]}",
            End.NOT_FETCHED,
        )
    return CliError(
        f"the audio lies in a bucket of your own, as {uri}: the gateway has no credentials for it",
        f"Fetch it with those of the Secret {output.get('credentialsSecret')}: aws s3 cp {uri} .",
        End.NOT_FETCHED,
    )


def _value(secret: Body, key: str) -> str:
    try:
        return base64.b64decode((secret.get("data") or {}).get(key, "")).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _word(content: bytes, field: str) -> str:
    """The gateway's own words, short and on one line; what is no JSON of its is no word of its."""
    try:
        told = json.loads(content)
    except ValueError:
        return ""
    return " ".join(str(told.get(field) or "").split())[:500] if isinstance(told, dict) else ""
