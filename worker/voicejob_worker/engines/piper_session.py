"""The session that a Piper voice runs in, and what memory it keeps."""

from __future__ import annotations

import threading
from functools import cache
from typing import Any, Final

from voicejob_worker.errors import ModelUnusableError
from voicejob_worker.units import MIB

_ARENA_MIB: Final = 96
"""Working memory that is kept between inputs, for all voices of the process together: that of 120
phoneme ids or so. What a longer input takes beyond it is given back when it has been spoken."""
_SPIN_MICROSECONDS: Final = "200"
"""How long a thread that waits for its share of an operator spins before it sleeps. Without
spinning synthesis takes 1.1 times as long on free processors; without this limit, which is
onnxruntime's default, 1.5 times as long on busy ones."""


_REGISTERING: Final = threading.Lock()


def make_session(model: bytes, threads: int, name: str) -> Any:
    """A session of a voice's graph.

    Raises:
        ModelUnusableError: it is none that onnxruntime can load; it is called ``name``.
    """
    import onnxruntime  # type: ignore[import-untyped]

    with _REGISTERING:
        _share_arena()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.use_deterministic_compute = True
    # Planning which of the graph's 4,000 buffers may share memory takes 0.9 s and saves neither
    # time nor memory in use: buffers are freed as soon as they are read.
    options.enable_mem_reuse = False
    # A pattern is one block for each length of input that comes again, and the arena keeps a gap
    # for each: 200 MiB of six lengths. Without patterns nothing is slower.
    options.enable_mem_pattern = False
    # The further levels fuse nothing that this voice gains from, and take 0.1 s.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    # The weights stay as long as the voice: in the arena they would hold its regions.
    options.add_session_config_entry("session.use_device_allocator_for_initializers", "1")
    options.add_session_config_entry("session.use_env_allocators", "1")
    options.add_session_config_entry("session.intra_op.spin_duration_us", _SPIN_MICROSECONDS)
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the errors of onnxruntime have no other base
        raise ModelUnusableError(
            f"onnxruntime cannot load the voice {name}: {type(error).__name__}"
        ) from error
    session._model_bytes = None  # 60 MB that it keeps for a change of providers, of which is one
    return session


@cache
def _share_arena() -> None:
    """Have the sessions of this process share one arena, whose first region is never given back.

    One that onnxruntime makes for a session has a first region of 1 MiB: it either keeps all that
    the longest input has taken, or comes by its pages anew for each input.
    """
    import onnxruntime

    place = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    arena = onnxruntime.OrtArenaCfg({"initial_chunk_size_bytes": _ARENA_MIB * MIB})
    onnxruntime.create_and_register_allocator(place, arena)


def run_options() -> Any:
    """How to run an input: what it takes beyond the arena's first region is given back."""
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options
