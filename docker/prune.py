"""Takes out of an image's site-packages what no process of ours ever reads.

Run as `python3 prune.py prune|drop-sources SITE_PACKAGES`, the second after compiling. Each rule
says why it is safe; the tests on the cluster run what is left.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import elf

# S3 is the only AWS service that we speak to; `sts` is botocore's own step to a role's credentials.
BOTOCORE_SERVICES = {"s3", "sts"}

# Of CLDR's data, which Babel has for a thousand locales in 35 MB, the languages of
# `voicejob_worker.text.cldr.LOCALES`, and what all of them go back to.
BABEL_LOCALES = {
    *("root", "ar", "cs", "de", "es", "fr", "hi", "hu", "it", "ja", "ko", "nl", "pl", "ru", "sv"),
    *("tr", "uk", "zh"),
}

# f5-tts asks for vocos, of which the worker has the network itself, and vocos for encodec, whose
# licence forbids commercial use: they go with their metadata, so that no scanner finds them.
UNSHIPPED = ("encodec", "vocos")

WHOLE_FOLDERS = (
    # Test vectors and conversion scripts of the ONNX packages.
    "onnx/backend/test",
    "onnxruntime/datasets",
    "onnxruntime/quantization",
    "onnxruntime/tools",
    "onnxruntime/transformers",
    # f5-tts asks for what it trains and demonstrates with; the worker takes its vocabulary only.
    "bitsandbytes",
    "datasets",
    "gradio",
    "gradio_client",
    "pyarrow",
    "wandb",
    # A compiler of kernels that torch.compile alone uses, 640 MB. For what is to compile here, take
    # this line out, and `torch/bin/ptxas` below, keep triton's *.c and *.h from UNREAD_FILES, and
    # add a C compiler to the image: triton builds its launchers with one as it runs.
    "triton",
    # coqui-tts draws the curves of a training with it; what it talks to its own server with.
    "tensorboard",
    "tensorboard_data_server",
    "grpc",
    # Phonemes of Hebrew, by a network of 21 MB; the engine speaks what espeak-ng makes of a text.
    "piper/hebrew",
    # infer-rvc-python imports this method of pitch; the worker takes its networks only.
    "torchcrepe",
)

WHOLE_FILES = (
    # Recordings that moonshine-voice is demonstrated with.
    "moonshine_voice/assets/*.wav",
    # Names of emoji in other languages than English; the worker asks what is one.
    "emoji/unicode_codes/emoji_*.json",
    # Files of the Matrix Market's format, which SciPy reads when it is asked for one.
    "scipy/io/_fast_matrix_market/_fmm_core.*",
    # XML as Python objects; the worker reads it as a tree.
    "lxml/objectify.*",
    # Of CUDA's libraries what nothing links and nothing of ours opens: several GPUs at once, other
    # programs' interfaces (BLAS, FFTW), the profiler's counters, the assembler that triton calls, a
    # second build of the compiler for those who link it themselves.
    "nvidia/*/bin/*",
    "nvidia/*/lib/libcheckpoint.so",
    "nvidia/*/lib/libcufftw.so.*",
    "nvidia/*/lib/libcufile_rdma.so.*",
    "nvidia/*/lib/libcusolverMg.so.*",
    "nvidia/*/lib/libnvblas.so.*",
    "nvidia/*/lib/libnvrtc.alt.so.*",
    "nvidia/*/lib/libnvrtc-builtins.alt.so.*",
    "nvidia/*/lib/libnvperf_*.so",
    "nvidia/*/lib/libpcsamplingutil.so",
    "nvidia/nvshmem/lib/libnvshmem_device.bc",
    "nvidia/nvshmem/lib/nvshmem_*.so.*",
    "torch/bin/protoc*",
    "torch/bin/ptxas",
)

# The operator uses kubernetes.aio; the other client would import these modules when they are asked
# for, which is never.
LAZY_MODULES = ("kubernetes/client/api", "kubernetes/client/models")

# Coders of video and pictures, 34 MB, which ffmpeg's libraries are linked with and no format of
# ours is coded by. What a film is decoded by stays, for a recording may be its sound; VP8
# and VP9 are decoded by ffmpeg itself.
HOLLOW = {
    "av.libs": (
        *("libSvtAv1Enc-*", "libx264-*", "libx265-*", "libvpx-*"),
        *("libwebp-*", "libwebpmux-*", "libsharpyuv-*"),
    )
}

# Of an extension module its symbols for debuggers, 20 MB in all.
STRIPPED = ("**/*.cpython-*.so",)

# Sources for compilers, which no interpreter reads, and macOS' libraries, which moonshine-voice has
# in its wheels for Linux too (48 MB).
UNREAD_FILES = ("*.c", "*.cc", "*.cpp", "*.h", "*.hpp", "*.pyx", "*.pxd", "*.pxi", "*.a", "*.dylib")

# Types for checkers; but a package that names this function imports its parts by them.
READS_ITS_STUBS = "attach_stub"

# Tens of megabytes of generated code: only what it compiles to is kept.
SOURCELESS = ("kubernetes/aio/client/api", "kubernetes/aio/client/models")


def prune(site: Path) -> None:
    """Deletes what the rules above name."""
    services = (path for path in (site / "botocore/data").glob("*/") if path.is_dir())
    unspoken = (path for path in services if path.name not in BOTOCORE_SERVICES)
    tests = (path for path in site.rglob("tests") if path.is_dir())
    unshipped = (path for name in UNSHIPPED for path in site.glob(f"{name}-*.dist-info"))
    whole = (site / name for name in (*UNSHIPPED, *WHOLE_FOLDERS))
    for folder in (*unspoken, *tests, *unshipped, *whole):
        shutil.rmtree(folder, ignore_errors=True)
    for file in {*_single_files(site)}:
        file.unlink()
    for name, libraries in HOLLOW.items():
        elf.hollow_out(site / name, libraries)
    for pattern in STRIPPED:
        for module in site.glob(pattern):
            elf.strip(module)


def _single_files(site: Path) -> Iterator[Path]:
    """What goes of folders that stay."""
    for locale in (site / "babel/locale-data").glob("*.dat"):
        if locale.stem not in BABEL_LOCALES:
            yield locale
    for folder in LAZY_MODULES:
        for module in (site / folder).glob("*.py"):
            if module.name != "__init__.py":
                yield module
    for pattern in (*WHOLE_FILES, *(f"**/{pattern}" for pattern in UNREAD_FILES)):
        yield from site.glob(pattern)
    for stub in site.rglob("*.pyi"):
        module = stub.with_suffix(".py")
        if not (module.exists() and READS_ITS_STUBS in module.read_text(encoding="utf-8")):
            yield stub


def drop_sources(site: Path) -> None:
    """Replaces generated modules by their compiled form."""
    for folder in SOURCELESS:
        for source in (site / folder).rglob("*.py"):
            source.unlink()
            shutil.rmtree(source.parent / "__pycache__", ignore_errors=True)


if __name__ == "__main__":
    verb, folder = sys.argv[1], Path(sys.argv[2])
    {"prune": prune, "drop-sources": drop_sources}[verb](folder)
