"""How clients reach a VoiceJob's audio: the gateway's paths, and the capability that opens them.

The operator writes a Secret for each VoiceJob whose audio lies in its store, into the VoiceJob's
own namespace: whoever may read that Secret may read that VoiceJob's status and audio, and nothing
else.
"""

import base64
import hashlib
import hmac
import re
from typing import Final
from urllib.parse import quote

from voicejob_api.names import GROUP, own_name

HEADER: Final = "X-VoiceJob-Capability"
"""Header of a request to the gateway. Never a query: addresses are logged on their way."""
CAPABILITY_KEY: Final = "capability"
"""Key of the Secret: the header's value."""
PROXY_PATH_KEY: Final = "proxyPath"
"""Key of the Secret: the path on the API server under which its service proxy leads to the gateway,
without a slash at its end."""
URL_KEY: Final = "url"
"""Key of the Secret: the gateway's address outside the cluster, where the platform names one."""
AUDIO_SUBRESOURCE: Final = "audio"
"""``voicejobs/audio`` is what RBAC calls the right to hear; the verb is ``get``."""
COMPONENT: Final = "gateway"
"""Value of the label ``app.kubernetes.io/component`` on the gateway's Service and pods."""
SERVICE_PORT: Final = "http"
"""Name of the port of the gateway's Service."""
API: Final = "/api/v1"
"""What the paths of the gateway's interface begin with."""

_LABEL: Final = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_PROXY_PATH: Final = re.compile(
    rf"/api/v1/namespaces/{_LABEL}/services/http:{_LABEL}:{SERVICE_PORT}/proxy"
)
NAME_SUFFIX: Final = "audio"
_PURPOSE: Final = f"{GROUP}/audio/v1"


def secret_name(name: str, uid: str) -> str:
    """Name of the Secret with the capability of the VoiceJob of that name and uid."""
    return f"{own_name(name, uid)}-{NAME_SUFFIX}"


def capability_of(key: bytes, namespace: str, name: str, uid: str) -> str:
    """The capability of one VoiceJob: nobody can make another's of it, or it without the key.

    The uid alone would do; namespace and name are in it so that no two parties have to agree on
    what a uid belongs to.
    """
    text = "\0".join((_PURPOSE, namespace, name, uid))
    digest = hmac.digest(key, text.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def proxy_path(namespace: str, service: str) -> str:
    """Path on the API server under which its service proxy leads to that gateway."""
    return f"/api/v1/namespaces/{namespace}/services/http:{service}:{SERVICE_PORT}/proxy"


def is_proxy_path(path: str) -> bool:
    """Whether it is one that ``proxy_path`` makes, and leads to nothing else of the API server."""
    return _PROXY_PATH.fullmatch(path) is not None


def namespaces_path() -> str:
    """The namespaces whose VoiceJobs one may list."""
    return f"{API}/namespaces"


def voicejobs_path(namespace: str) -> str:
    """The VoiceJobs of a namespace."""
    return f"{API}/namespaces/{quote(namespace, safe='')}/voicejobs"


def voicejob_path(namespace: str, name: str) -> str:
    """One VoiceJob."""
    return f"{voicejobs_path(namespace)}/{quote(name, safe='')}"


def audio_path(namespace: str, name: str, part: str = "") -> str:
    """Its audio; a part is srt, vtt, words, chapters, or the id of an item."""
    query = f"?part={quote(part, safe='')}" if part else ""
    return f"{voicejob_path(namespace, name)}/audio{query}"
