"""A capability opens one VoiceJob; its Secret and the gateway's paths can be computed."""

import base64
import hashlib
import hmac

import pytest

from voicejob_api.capability import audio_path, capability_of, proxy_path, secret_name

KEY = b"k" * 32


def test_is_an_hmac_of_the_voicejob_and_the_purpose():
    text = b"voicejob.dev/audio/v1\0books\0letter\0uid-1"
    expected = base64.urlsafe_b64encode(hmac.new(KEY, text, hashlib.sha256).digest())
    assert capability_of(KEY, "books", "letter", "uid-1") == expected.decode().rstrip("=")


@pytest.mark.parametrize(
    ("key", "whose"),
    [
        (b"another" * 5, ("books", "letter", "uid-1")),
        (KEY, ("book", "sletter", "uid-1")),
        (KEY, ("books", "letter2", "uid-1")),
        (KEY, ("books", "letter", "uid-2")),
    ],
)
def test_of_another_is_another(key, whose):
    assert capability_of(key, *whose) != capability_of(KEY, "books", "letter", "uid-1")


def test_the_secret_has_a_name_of_its_own_for_each_uid():
    assert secret_name("letter", "u1") != secret_name("letter", "u2")
    assert secret_name("letter", "u1") == (f"letter-{hashlib.sha256(b'u1').hexdigest()[:8]}-audio")
    assert len(secret_name("n" * 63, "u1")) <= 63


def test_paths_hold_whatever_is_asked_for_as_one_part():
    assert audio_path("books", "letter") == "/api/v1/namespaces/books/voicejobs/letter/audio"
    assert audio_path("a/b", "..", "a&b").endswith(
        "/namespaces/a%2Fb/voicejobs/../audio?part=a%26b"
    )
    assert proxy_path("voicejob-system", "voicejob-operator-gateway") == (
        "/api/v1/namespaces/voicejob-system/services/http:voicejob-operator-gateway:http/proxy"
    )
