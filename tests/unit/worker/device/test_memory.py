"""Which GPU is measured."""

from types import SimpleNamespace

import pytest

from voicejob_worker.device.memory import visible_device


class Nvml:
    """As much of NVML as choosing a device takes: two of them."""

    def nvmlDeviceGetCount(self):
        return 2

    def nvmlDeviceGetHandleByIndex(self, index):
        return f"index {index}"

    def nvmlDeviceGetHandleByUUID(self, uuid):
        return f"uuid {uuid}"


@pytest.mark.parametrize(
    ("environment", "handle"),
    [
        ({}, "index 0"),
        ({"NVIDIA_VISIBLE_DEVICES": "all"}, "index 0"),
        ({"NVIDIA_VISIBLE_DEVICES": "GPU-abc,GPU-def"}, "uuid GPU-abc"),
        ({"NVIDIA_VISIBLE_DEVICES": "void"}, None),
        ({"CUDA_VISIBLE_DEVICES": "1,0", "NVIDIA_VISIBLE_DEVICES": "all"}, "index 1"),
        ({"CUDA_VISIBLE_DEVICES": "-1"}, None),
    ],
)
def test_only_a_visible_device_is_measured(environment, handle):
    assert visible_device(Nvml(), environment) == handle
    assert visible_device(SimpleNamespace(nvmlDeviceGetCount=lambda: 0), {}) is None
