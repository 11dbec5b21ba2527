"""What a file is, by its first bytes."""

import io
import zipfile

import pytest

from voicejob_worker.reference.content import Reader, content_of


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("voice.wav", b"x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("head", "label"),
    [
        (b"RIFF\x10\0\0\0WAVEfmt ", "a WAV file"),
        (b"RIFF\x10\0\0\0AVI LIST", "an AVI film"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "a RIFF file that holds no WAV"),
        (b"fLaC\0\0\0\x22", "a FLAC file"),
        (b"OggS\0\x02", "an Ogg file"),
        (b"ID3\x04\0", "an MP3 file"),
        (b"\xff\xfb\x90\x64", "an MP3 file"),
        (b"\xff\xf1\x50\x80", "raw AAC"),
        (b"\0\0\0\x20ftypM4A ", "an MPEG-4 file (m4a, mp4)"),
        (b"\x1aE\xdf\xa3\x01", "a Matroska or WebM file"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"\xff\xd8\xff\xe0", "a JPEG image"),
        (zipped(), "a ZIP archive"),
        (b"\xef\xbb\xbf  <!DOCTYPE HTML><html>", "an HTML page"),
        (b"<html lang=en>", "an HTML page"),
        (b"<?xml version='1.0'?><Error>", "an XML document, as a store's error message is"),
        (b'{"error": "not found"}', "JSON text"),
        (b"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer"),
        ("ÃƒÂ© text of a poem\n".encode(), "text"),
        (("x" * 4095 + "é").encode()[:4096], "text"),
        (b"\0\x01\x02\x03\xfe\xff" * 20, "a file of an unknown kind"),
        (b"\x01", "a file of an unknown kind"),
        (b"", "a file of an unknown kind"),
    ],
)
def test_it_is_told_by_its_bytes(head, label):
    assert content_of(head).label.startswith(label)


@pytest.mark.parametrize("head", [b"RIFF\0\0\0\0WAVE", b"fLaC", b"OggS", b"ID3"])
def test_what_libsndfile_may_decode(head):
    assert content_of(head).reader is Reader.LIBSNDFILE


@pytest.mark.parametrize("head", [b"FORM", b"#!AMR", b"\xff\xf1\0\0", b"\0\0\0\0ftyp"])
def test_what_pyav_may_decode(head):
    content = content_of(head)
    assert content.reader is Reader.PYAV
    assert content.demuxer


def test_what_is_audio_and_must_be_converted():
    content = content_of(b"0&\xb2u\x8ef\xcf\x11")
    assert content.audio
    assert content.reader is None
