"""What the worker's images hold, by their locks and by what is pruned from them."""

import importlib
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import av
import babel
import pytest
import torch

from voicejob_worker.text.cldr import LOCALES
from voicejob_worker.text.european import LANGUAGES

DOCKER = Path(__file__).parents[3] / "docker"
HACK = DOCKER.with_name("hack")
ENCODERS_OF_VIDEO = {"libSvtAv1Enc", "libx264", "libx265"}
AAC_PROGRAM = """
import sys
from pathlib import Path

import numpy as np

from voicejob_api.audio import AudioFormat
from voicejob_worker.audio.aac import AacFile, decoded_aac
from voicejob_worker.audio.chapters import Chapter
from voicejob_worker.audio.labels import Labels

folder = Path(sys.argv[1])
tone = 0.25 * np.sin(2 * np.pi * 440 / 44100 * np.arange(44100)).astype(np.float32)
labels = Labels({"title": "A tone"}, (Chapter("One", 0.0), Chapter("Two", 0.5)))
for audio_format in (AudioFormat.AAC, AudioFormat.M4B):
    path = folder / f"tone.{audio_format.value}"
    with AacFile(path, 44100, audio_format, labels, 1.0) as file:
        file.write(tone)
    heard = np.concatenate(list(decoded_aac(path, audio_format)))
    errors = [np.abs(heard[late : late + 43000] - tone[:43000])[2048:] for late in (0, 1024)]
    assert min(error.max() for error in errors) < 0.02
"""
FILM_PROGRAM = """
import sys
from fractions import Fraction

import av
import numpy as np

with av.open(sys.argv[1], "w") as film:
    pictures = film.add_stream(sys.argv[2], rate=25, width=64, height=64, pix_fmt="yuv420p")
    sound = film.add_stream("aac", rate=24000, layout="mono")
    for number in range(5):
        picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 40 * number, np.uint8))
        film.mux(pictures.encode(picture))
        block = av.AudioFrame.from_ndarray(
            np.full((1, 1024), 0.1, np.float32), format="fltp", layout="mono"
        )
        block.sample_rate, block.pts = 24000, 1024 * number
        film.mux(sound.encode(block))
    film.mux(pictures.encode(None))
    film.mux(sound.encode(None))
"""
SOUND_PROGRAM = """
import sys

import av

with av.open(sys.argv[1]) as film:
    assert film.streams.video[0].width == 64
    assert sum(block.samples for block in film.decode(audio=0)) >= 5 * 1024
"""


@pytest.fixture
def rules(monkeypatch):
    """What ``prune.py`` has, whose neighbour it imports."""
    monkeypatch.syspath_prepend(str(DOCKER))
    return runpy.run_path(str(DOCKER / "prune.py"))


def run(program, *arguments, site=None):
    """Run a program, with packages of ``site`` in the place of those installed."""
    path = os.pathsep.join([*([str(site)] if site else []), *sys.path])
    environment = {**os.environ, "PYTHONPATH": path}
    asked = [sys.executable, "-c", program, *map(str, arguments)]
    subprocess.run(asked, check=True, env=environment)


@pytest.mark.parametrize("flavour", ["piper", "gpu", "gpu-cu126"])
def test_each_flavour_holds_the_recogniser_that_needs_no_model(flavour):
    lock = (DOCKER / f"worker-{flavour}.lock").read_text()
    assert "\nmoonshine-voice==0.0.49 " in lock


def pins(path):
    return set(re.findall(r"^([a-z0-9.-]+)==(\S+)", path.read_text(), re.M))


def test_the_flavour_for_old_cards_differs_from_what_is_tested_in_torch_alone():
    ours, tested = pins(DOCKER / "worker-gpu-cu126.lock"), pins(DOCKER / "worker-gpu.lock")
    other = {name for name, _ in ours - tested if not name.startswith("nvidia-")}
    assert other == {"torch", "torchaudio", "torchcodec", "torchvision", "triton"}


def test_pruning_keeps_what_the_recogniser_loads_and_no_more(tmp_path, rules):
    package = tmp_path / "moonshine_voice"
    kept = ["libmoonshine.so", "assets/tiny-en/encoder_model.ort", "assets/tiny-en/tokenizer.bin"]
    gone = ["libmoonshine.dylib", "libonnxruntime.1.23.2.dylib", "assets/two_cities.wav"]
    for name in kept + gone:
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).touch()
    rules["prune"](tmp_path)
    left = {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()}
    assert left == set(kept)


def test_pruning_keeps_what_the_worker_says_by_unicodes_data(tmp_path, rules):
    """Of CLDR's thousand locales: units of ``european``, months, each read from what is left."""
    shutil.copytree(Path(babel.__file__).parent, tmp_path / "babel")
    rules["prune"](tmp_path)
    left = {path.stem for path in (tmp_path / "babel/locale-data").glob("*.dat")}
    assert left == {"root", *LOCALES}
    assert LANGUAGES <= LOCALES
    program = (
        "from voicejob_worker.markup.say_as import say_as\n"
        "from voicejob_worker.text.normalise import normalise as n\n"
    )
    program += "".join(f"n('1 km, 5 CHF, 3 mm²', {language!r})\n" for language in LANGUAGES)
    tags = [*LOCALES, "zh-TW", "zh-Hant", "nl-BE", "uk-UA"]
    program += "".join(
        f"assert say_as('25.12', 'date', 'dm', {tag!r}) not in ('25.12', ''), {tag!r}\n"
        for tag in tags
    )
    run(program, site=tmp_path)


@pytest.fixture
def pyav(tmp_path):
    """A copy of PyAV and its libraries."""
    site = tmp_path / "site"
    for name in ("av", "av.libs"):
        shutil.copytree(Path(av.__file__).parents[1] / name, site / name)
    return site


def test_without_encoders_of_video_aac_and_m4b_are_the_same_bytes(tmp_path, pyav, rules):
    libraries = {path.name: path.stat().st_size for path in (pyav / "av.libs").iterdir()}
    rules["prune"](pyav)
    rules["prune"](pyav)  # each step of an image's build prunes all
    left = {path.name: path.stat().st_size for path in (pyav / "av.libs").iterdir()}
    assert left.keys() == libraries.keys()
    hollow = {name: size for name, size in left.items() if size != libraries[name]}
    pictures = {"libvpx", "libwebp", "libwebpmux", "libsharpyuv"}
    assert {name.partition("-")[0] for name in hollow} == {*ENCODERS_OF_VIDEO, *pictures}
    assert max(hollow.values()) < 8192
    assert sum(libraries.values()) - sum(left.values()) > 25e6
    written = []
    for site in (pyav, None):
        folder = tmp_path / f"written-{bool(site)}"
        folder.mkdir()
        run(AAC_PROGRAM, folder, site=site)
        written.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert written[0].keys() == {"tone.aac", "tone.m4b"}
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("encoder", "kind"),
    [("libsvtav1", "mp4"), ("libx264", "mp4"), ("libvpx-vp9", "mkv"), ("libvpx", "mkv")],
)
def test_the_sound_of_a_film_is_read_without_what_coded_its_pictures(
    tmp_path, pyav, rules, encoder, kind
):
    film = tmp_path / f"film.{kind}"
    run(FILM_PROGRAM, film, encoder)
    rules["prune"](pyav)
    run(SOUND_PROGRAM, film, site=pyav)


def test_an_encoder_that_is_gone_refuses_and_all_codecs_can_be_listed(pyav, rules):
    rules["prune"](pyav)
    run(
        "import av, pytest\n"
        "assert {'aac', 'libx264', 'libx265'} <= av.codecs_available\n"
        "for name in ('libx264', 'libx265'):\n"
        "    coder = av.CodecContext.create(name, 'w')\n"
        "    coder.width = coder.height = 64\n"
        "    coder.pix_fmt, coder.framerate = 'yuv420p', 25\n"
        "    pytest.raises(av.FFmpegError, coder.open)\n",
        site=pyav,
    )


@pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler")
def test_a_hollow_library_gives_what_its_neighbours_ask_for(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(DOCKER))
    elf = importlib.import_module("elf")
    source = "int count = 7; long table[9] = {1}; int run(int n) { return n; } int unasked;"
    user = "extern int count; extern long table[]; int run(int); int all(void) "
    user += "{ return run(5) + count + (int) table[8]; }"
    for name, content, options in (
        ("libused.so", source, ["-Wl,-soname,libused.so"]),
        ("libuser.so", user, ["-L.", "-lused", "-Wl,-rpath,$ORIGIN"]),
    ):
        (tmp_path / f"{name}.c").write_text(content)
        compiler = ["cc", "-shared", "-fPIC", "-o", name, f"{name}.c", *options]
        subprocess.run(compiler, check=True, cwd=tmp_path)
    for file in tmp_path.glob("*.c"):
        file.unlink()
    elf.hollow_out(tmp_path, ["libused.*"])
    assert {path.name for path in tmp_path.iterdir()} == {"libused.so", "libuser.so"}
    program = "import ctypes, sys\nlibrary = ctypes.CDLL(sys.argv[1], 2)\n"
    run(f"{program}assert library.all() == 0", tmp_path / "libuser.so")
    run(f"{program}assert not hasattr(library, 'unasked')", tmp_path / "libused.so")


def test_stripped_modules_work_as_before(tmp_path, rules):
    """Those with the most to cut off, each imported and asked for something."""
    before = {}
    for name in ("yaml", "multidict", "frozenlist", "propcache", "sentencex", "wrapt"):
        source = Path(importlib.import_module(name).__file__).parent
        shutil.copytree(source, tmp_path / name)
        modules = (tmp_path / name).rglob("*.cpython-*.so")
        before |= {module: module.stat().st_size for module in modules}
    for _ in range(2):
        rules["prune"](tmp_path)
        after = {module: module.stat().st_size for module in before}
        assert sum(before.values()) - sum(after.values()) > 5e6
    run(
        "import yaml, multidict, frozenlist, propcache.api, sentencex, wrapt, pathlib, sys\n"
        "assert yaml.load('a: [1, 2]', yaml.CSafeLoader) == {'a': [1, 2]}\n"
        "assert multidict.CIMultiDict(a=1)['A'] == 1\n"
        "assert list(frozenlist.FrozenList([1])) == [1]\n"
        "assert sentencex.segment('en', 'One. Two.') == ['One. ', 'Two.']\n"
        "assert wrapt.ObjectProxy(3) == 3\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "for module in (yaml, multidict, frozenlist, propcache, sentencex, wrapt):\n"
        "    assert folder in pathlib.Path(module.__file__).parents\n",
        tmp_path,
        site=tmp_path,
    )


def test_a_library_with_versions_is_not_made_hollow(pyav, monkeypatch):
    monkeypatch.syspath_prepend(str(DOCKER))
    elf = importlib.import_module("elf")
    with pytest.raises(elf.NotFitError, match="versions"):
        elf.hollow_out(pyav / "av.libs", ["libavformat-*"])


@pytest.mark.skipif(not shutil.which("readelf"), reason="needs binutils")
def test_nothing_is_linked_with_what_is_pruned_of_cuda(rules):
    site = Path(torch.__file__).parents[1]
    patterns = rules["WHOLE_FILES"]
    pruned = {path for pattern in patterns for path in site.glob(pattern)}
    kept = {*site.glob("torch/lib/*.so*"), *site.glob("nvidia/*/lib/*.so*")} - pruned
    asked = ("readelf", "--dynamic", "--wide", *sorted(kept))
    read = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]", read))
    assert {"libcublas.so.13", "libnvshmem_host.so.3"} <= needed & {path.name for path in kept}
    assert len(pruned) > 10
    assert not needed & {path.name for path in pruned}


def test_what_no_image_may_hold_goes_with_its_metadata(rules, tmp_path):
    contents = (HACK / "contents.py").read_text()
    assert all(f'"{name}"' in contents for name in rules["UNSHIPPED"])
    for folder in ("encodec", "encodec-0.1.1.dist-info", "torch", "torch-2.11.0.dist-info"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "METADATA").touch()
    rules["prune"](tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"torch", "torch-2.11.0.dist-info"}


def test_the_engines_load_without_what_no_image_holds(rules):
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({rules['UNSHIPPED']!r}));"
        "import voicejob_worker.engines.f5.synthesiser, voicejob_worker.engines.xtts.xtts_model,"
        "voicejob_worker.conversion.rvc_voice"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
