"""Requests to the API server with whatever credential the kubeconfig has.

The official client reads the kubeconfig (exec plugins, client certificates, tokens, contexts,
proxies) and holds the connections; objects are plain JSON, for a VoiceJob of another version must
be shown as it is.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import quote, urlencode

from voicejob_api import names
from voicejob_cli.credentials import IMPERSONATE, check_headers
from voicejob_cli.errors import CliError
from voicejob_cli.proxies import without_password
from voicejob_cli.refusals import refusal

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

Body = dict[str, Any]

VOICEJOBS: Final = f"/apis/{names.API_VERSION}"
_CONNECT_SECONDS: Final = 10.0
_READ_SECONDS: Final = 30.0
_PAGE: Final = 500


class Headers(Protocol):
    """Headers of an answer, by names in any case."""

    def get(self, name: str, /) -> str | None:
        """The header, or None."""


class Answer(Protocol):
    """The answer to a request, of which the body is read in blocks."""

    status: int

    @property
    def headers(self) -> Headers:
        """Its headers."""

    def read(self, amt: int) -> bytes:
        """The next bytes, that many unless it is the end."""

    def read1(self, amt: int) -> bytes:
        """What has come of the next bytes, at most that many; none at the end."""

    def close(self) -> None:
        """Give the connection up."""


class Api:
    """The API server of one context.

    Args:
        client: The official client, of which only the connections and the credentials are used.
        context: What the context is called, for messages.
        namespace: That of the context.
    """

    def __init__(self, client: ApiClient, context: str, namespace: str) -> None:
        self.client = client
        self.context = context
        self.namespace = namespace
        self._more_headers: list[tuple[str, str]] = []

    def act_as(self, headers: list[tuple[str, str]]) -> None:
        """Send these headers of impersonation with each request; a name may stand there twice."""
        for name, value in headers:
            if name == IMPERSONATE:
                self.client.set_default_header(name, value)
            else:
                self._more_headers.append((name, value))

    @property
    def token(self) -> str:
        """The bearer token, where the credential is one and nobody is impersonated; else empty."""
        if IMPERSONATE in self.client.default_headers:
            return ""
        value = self._authorization().get("authorization", "")
        return value.removeprefix("Bearer ") if value.startswith("Bearer ") else ""

    @property
    def address(self) -> str:
        """Where the API server is, for messages: without the password that it may have."""
        return without_password(str(self.client.configuration.host))

    def _authorization(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        # An exec plugin's token is renewed here when it has run out.
        self.client.update_params_for_auth(headers, [], ["BearerToken"], "", "GET", None)
        return headers

    def open(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        read_seconds: float = _READ_SECONDS,
    ) -> Answer:
        """Ask, and return the answer whatever its status, with its body not read yet.

        Raises:
            CliError: no API server answers, or the credential cannot be sent.
        """
        import urllib3

        sent = dict(self.client.default_headers) | self._authorization() | dict(headers or {})
        content = None
        if body is not None:
            content = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        address = (
            self.client.configuration.host.rstrip("/")
            + path
            + (f"?{urlencode(query)}" if query else "")
        )
        fields = urllib3.HTTPHeaderDict(sent)
        for name, value in self._more_headers:
            fields.add(name, value)
        check_headers(fields.items())
        try:
            answer: Answer = self.client.rest_client.pool_manager.request(
                method,
                address,
                body=content,
                headers=fields,
                preload_content=False,
                redirect=False,
                retries=urllib3.Retry(connect=2, read=0, redirect=0, status=0, other=0),
                timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=read_seconds),
            )
        except urllib3.exceptions.HTTPError as error:
            raise self._unreachable(error) from error
        return answer

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        *,
        body: Any = None,
        content_type: str = "application/json",
    ) -> Body:
        """Ask for an object.

        Raises:
            CliError: no API server answers, its answer is no, or what answers is none.
        """
        answer = self.open(method, path, query, body=body, headers={"Content-Type": content_type})
        return self.object_of(answer, whole(answer))

    def object_of(self, answer: Answer, content: bytes) -> Body:
        """The object that an answer with that body is.

        Raises:
            CliError: the answer is no, or no object of Kubernetes': a page of a proxy's, perhaps.
        """
        if answer.status >= 400:
            raise refusal(answer.status, content, self.context)
        try:
            found = json.loads(content)
        except ValueError:
            found = None
        if isinstance(found, dict) and isinstance(found.get("metadata"), dict):
            return found
        kind = answer.headers.get("Content-Type") or "of no type"
        raise CliError(
            f"what answers at {self.address} is no API server: HTTP {answer.status}, {kind}, where "
            "an object in JSON was expected",
            f"Does the context {self.context} name a proxy, or a page to log in at? `kubectl "
            "get --raw /version` must answer with JSON; another context is taken by --context.",
        )

    def pages(self, path: str, query: Mapping[str, Any] | None = None) -> Iterator[Body]:
        """A list, page by page, each as the API server gives it."""
        asked = {"limit": _PAGE, **(query or {})}
        while True:
            page = self.ask("GET", path, asked)
            yield page
            token = page.get("metadata", {}).get("continue")
            if not token:
                return
            asked["continue"] = token

    # -- VoiceJobs ---------------------------------------------------------------------------------

    def voicejob(self, namespace: str, name: str) -> Body:
        """Read a VoiceJob."""
        return self.ask("GET", voicejobs_path(namespace, name))

    def create(self, namespace: str, manifest: Body) -> Body:
        """Make a VoiceJob."""
        return self.ask("POST", voicejobs_path(namespace), body=manifest)

    def patch(self, namespace: str, name: str, patch: Body) -> Body:
        """Merge into a VoiceJob."""
        kind = "application/merge-patch+json"
        return self.ask("PATCH", voicejobs_path(namespace, name), body=patch, content_type=kind)

    def _unreachable(self, error: Exception) -> CliError:
        told = without_password(_told(error))
        to_do = "Is the cluster up, and is this machine in its network?"
        if "SSL" in told or "X509" in told:
            to_do = (
                "Certificates are the kubeconfig's: certificate-authority (or -data) of its "
                "cluster, tls-server-name, client-certificate and client-key of its user."
            )
        return CliError(
            f"the API server of the context {self.context} at {self.address} cannot be reached: "
            f"{told}",
            f"{to_do} `kubectl cluster-info` must answer; another context is taken by --context.",
            may_pass=True,
        )


def voicejobs_path(namespace: str | None, name: str = "") -> str:
    """Where VoiceJobs are: of all namespaces, of one, or one VoiceJob."""
    within = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
    return f"{VOICEJOBS}{within}/{names.PLURAL}" + (f"/{quote(name, safe='')}" if name else "")


def core_path(namespace: str, *rest: str) -> str:
    """Where something of the core group is in a namespace."""
    return "/".join(("/api/v1/namespaces", *(quote(one, safe=":") for one in (namespace, *rest))))


def whole(answer: Answer) -> bytes:
    """All of a body that is small.

    Raises:
        CliError: it breaks off.
    """
    import urllib3

    try:
        blocks = []
        while block := answer.read(1 << 20):
            blocks.append(block)
        return b"".join(blocks)
    except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as error:
        raise CliError(
            f"the answer broke off ({type(error).__name__})", "Try again.", may_pass=True
        ) from error
    finally:
        answer.close()


def _told(error: Exception) -> str:
    """The cause without urllib3's wrapping."""
    reason = getattr(error, "reason", None) or error
    words = str(reason)
    return words.partition("): ")[2] or words
