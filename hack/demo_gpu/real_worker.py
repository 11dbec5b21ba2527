"""The one worker that is real: its pod speaks on the CPU, and NVML's stand-in tells it of a GPU."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo.target import Target
from demo_gpu.playing import NAMESPACE, Stage
from demo_gpu.voicejobs import REAL, REAL_RESOURCE
from making.nvml import FakeNvml, Gpu
from making.nvml_in_pods import FOLDER, POLICIES, library_in_pods
from onenode.commands import wait_until
from onenode.errors import ClusterError

_POLICY = "demo-gpu-nvml"
_INSTANCE = Gpu(
    "MIG-33333333-3333-3333-3333-333333333333",
    "NVIDIA A100-SXM4-40GB MIG 1g.5gb",
    total=4864,
    used=1234,
    reserved=21,
)
_GPU = Gpu("GPU-22222222-2222-2222-2222-222222222222", used=9999, instances=[_INSTANCE])


@contextmanager
def a_gpu_beside_it(target: Target, stage: Stage) -> Iterator[None]:
    """A MIG instance on the real node, and NVML's stand-in in the pods of that VoiceJob.

    Raises:
        ClusterError: there is no C compiler, or the API server does not take the policy.
    """
    labels = {"voicejob.dev/name": REAL}
    with tempfile.TemporaryDirectory() as folder:
        library = FakeNvml.build(Path(folder))
        if library is None:
            raise ClusterError("there is no C compiler (cc) to build NVML's stand-in with")
        library.write(_GPU)
        made = library_in_pods(_POLICY, NAMESPACE, Path(folder), labels)
    stage.apply(*made)
    node = _real_node(target)
    _advertise(target, node, "1")
    probe = (
        *("run", "probe", "--image=localhost/pause:dev", f"--labels=voicejob.dev/name={REAL}"),
        *("--dry-run=server", "--output=yaml", "--namespace", NAMESPACE),
    )
    try:
        if not wait_until(lambda: FOLDER in target.ask(*probe), 30):
            raise ClusterError("the policy that brings NVML's stand-in is not in force")
        yield
    finally:
        target.ask("delete", POLICIES, _POLICY, "--ignore-not-found")
        _advertise(target, node, None)


def _real_node(target: Target) -> str:
    selector = "demo.voicejob.dev/gpu!=yes,type!=kwok"
    return target.ask("get", "nodes", "--selector", selector, "--output", "name").split()[0]


def _advertise(target: Target, node: str, count: str | None) -> None:
    """As a device plugin would."""
    amount = {REAL_RESOURCE: count}
    patch = json.dumps({"status": {"capacity": amount, "allocatable": amount}})
    target.ask("patch", node, "--subresource=status", "--type=merge", "--patch", patch)
