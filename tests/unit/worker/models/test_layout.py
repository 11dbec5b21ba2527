"""Addresses, and the files that a model at one consists of."""

import pytest

from voicejob_worker.errors import ModelUnusableError
from voicejob_worker.models.address import last_part, on_the_web, shown
from voicejob_worker.models.layout import Kind, guess_kind, layout_of


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("hf://a/b/c/d.onnx", "https://huggingface.co/a/b/resolve/main/c/d.onnx"),
        ("hf://a/b@v1.0.0/d.onnx", "https://huggingface.co/a/b/resolve/v1.0.0/d.onnx"),
        (
            "hf://a/b/pt_PT/tugão.onnx",
            "https://huggingface.co/a/b/resolve/main/pt_PT/tug%C3%A3o.onnx",
        ),
        ("https://h/d.onnx?x=1", "https://h/d.onnx?x=1"),
    ],
)
def test_a_hub_address_becomes_one_of_the_web(uri, address):
    assert on_the_web(uri, {}) == address


def test_another_hub_is_honoured():
    assert on_the_web("hf://a/b/c", {"HF_ENDPOINT": "http://mirror/"}) == (
        "http://mirror/a/b/resolve/main/c"
    )


def test_a_repository_alone_is_no_file():
    with pytest.raises(ModelUnusableError, match="names no file"):
        on_the_web("hf://a/b@v1", {})


def test_secrets_of_an_address_are_not_shown():
    assert shown("https://me:pw@h:81/x.onnx?sig=1#f") == "https://h:81/x.onnx"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("hf://a/b@v1", "b"),
        ("hf://a/b/", "b"),
        ("s3://x/y/z.pt", "z.pt"),
        ("https://h/a/?q=/b", "a"),
    ],
)
def test_the_last_part_names_the_model(uri, name):
    assert last_part(uri) == name


def files(kind, uri):
    return [(piece.addresses, piece.needed) for piece in layout_of(kind, uri).pieces]


def test_what_lies_beside_a_file_is_at_the_same_server_with_the_same_query():
    assert files(Kind.PIPER, "https://h/v/x.onnx?download=true") == [
        (("https://h/v/x.onnx?download=true",), True),
        (("https://h/v/x.onnx.json?download=true",), True),
    ]


def test_a_checkpoint_may_have_a_vocabulary():
    assert files(Kind.F5, "hf://a/b@r/m/x.safetensors")[1] == (("hf://a/b@r/m/vocab.txt",), False)


@pytest.mark.parametrize(
    "uri", ["s3://bucket/xtts", "s3://bucket/xtts/", "s3://bucket/xtts/model.pth"]
)
def test_a_folder_may_be_named_by_its_model(uri):
    layout = layout_of(Kind.XTTS, uri)
    assert layout.uri == "s3://bucket/xtts"
    assert layout.is_folder
    assert [piece.addresses[0].removeprefix("s3://bucket/xtts/") for piece in layout.pieces] == [
        "model.pth",
        "config.json",
        "vocab.json",
        "speakers_xtts.pth",
    ]


def test_hubert_has_one_of_two_files_of_weights():
    assert files(Kind.HUBERT, "hf://a/b")[0] == (
        ("hf://a/b/model.safetensors", "hf://a/b/pytorch_model.bin"),
        True,
    )


@pytest.mark.parametrize(
    ("kind", "uri", "words"),
    [
        (Kind.PIPER, "hf://a/b", r"ends in \.onnx"),
        (Kind.F5, "hf://a/b/folder", "holds cannot be asked"),
        (Kind.FILE, "https://h/", "a file"),
    ],
)
def test_an_address_that_is_called_otherwise_is_refused(kind, uri, words):
    with pytest.raises(ModelUnusableError, match=words):
        layout_of(kind, uri)


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("https://h/x.onnx?y", Kind.PIPER),
        ("https://h/x.safetensors", Kind.F5),
        ("https://h/model.pth", Kind.XTTS),
        ("https://h/voice.pth", Kind.FILE),
    ],
)
def test_a_name_tells_the_kind(uri, kind):
    assert guess_kind(uri) is kind


def test_a_name_without_an_ending_tells_nothing():
    with pytest.raises(ModelUnusableError, match="--engine"):
        guess_kind("hf://a/b")


@pytest.mark.parametrize("name", ["best_model.pth", "checkpoint_5000.PTH"])
def test_a_checkpoint_of_xtts_may_have_a_name_of_its_own(name):
    layout = layout_of(Kind.XTTS, f"hf://me/fine@v1/run/{name}")
    assert [piece.addresses for piece in layout.pieces] == [
        (f"hf://me/fine@v1/run/{one}",)
        for one in (name, "config.json", "vocab.json", "speakers_xtts.pth")
    ]
    assert [piece.needed for piece in layout.pieces] == [True, True, True, False]
    assert not layout.is_folder
