"""How much of a GPU was asked for."""

import pytest

from voicejob_worker.device.share import requested_mib


@pytest.mark.parametrize(
    ("resource", "environment", "mib"),
    [
        ("nvidia.com/gpu", {}, None),
        (None, {}, None),
        ("nvidia.com/mig-1g.10gb", {}, 10240),
        ("nvidia.com/mig-1g.5gb.me", {}, 5120),
        ("nvidia.com/gpu", {"CUDA_DEVICE_MEMORY_LIMIT_0": "3000m"}, 3000),
        ("nvidia.com/gpu", {"CUDA_DEVICE_MEMORY_LIMIT": "1g"}, 1024),
        ("nvidia.com/gpu", {"CUDA_DEVICE_MEMORY_LIMIT": "1048576k"}, 1024),
        ("nvidia.com/gpu", {"CUDA_DEVICE_MEMORY_LIMIT": "1073741824"}, 1024),
        ("nvidia.com/gpu", {"CUDA_DEVICE_MEMORY_LIMIT_0": "0"}, None),
        ("nvidia.com/gpu", {"CUDA_DEVICE_MEMORY_LIMIT_0": "much"}, None),
    ],
)
def test_a_share_is_read_where_it_is_written(resource, environment, mib):
    assert requested_mib(resource, environment) == mib
