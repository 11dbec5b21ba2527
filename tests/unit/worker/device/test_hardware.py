"""What this machine says of its GPU's memory: NVML's own binding over a scripted library."""

import json

import pytest
from making.nvml import Gpu
from making.processes import python

CARD = "GPU-11111111-1111-1111-1111-111111111111"
OTHER = "GPU-22222222-2222-2222-2222-222222222222"
INSTANCE = "MIG-33333333-3333-3333-3333-333333333333"
PLAY = """
import json, os
from making.cuda import FakeCuda
from making.nvml import Gpu
from voicejob_worker.device.hardware import NvidiaHardware

cuda = FakeCuda(Gpu(os.environ["COMPUTES_ON"]))
cuda.install()
cuda.start()
print(json.dumps(NvidiaHardware().nvml_total(0)))
"""
CARDS = [
    (CARD, [Gpu(OTHER, total=15360), Gpu(CARD, total=4096)], {}, 4096),
    (INSTANCE, [Gpu(CARD, total=40960, instances=[Gpu(INSTANCE, total=9728)])], {}, 9728),
    (CARD, [Gpu(CARD, total=40960, instances=[Gpu(INSTANCE, total=9728)])], {}, 9728),
    # A GPU with the CPU's memory, and a library that has lost its driver.
    (CARD, [Gpu(CARD)], {"nvmlDeviceGetMemoryInfo": 3, "nvmlDeviceGetMemoryInfo_v2": 3}, None),
    (CARD, [Gpu(CARD)], {"nvmlInitWithFlags": 9}, None),
    (CARD, [], {}, None),
]


@pytest.mark.parametrize(("uuid", "gpus", "fail", "mib"), CARDS)
def test_the_total_is_that_of_the_gpu_or_instance_that_torch_computes_on(
    nvml, uuid, gpus, fail, mib
):
    nvml.write(*gpus, fail=fail)
    with python(PLAY, COMPUTES_ON=uuid, **nvml.environment) as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert json.loads(said) == mib
