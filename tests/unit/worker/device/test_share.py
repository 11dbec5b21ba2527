"""How much of a GPU was asked for, how much of it there is, and whether that is enough."""

import pytest

from voicejob_api.gpu import GPU
from voicejob_worker.device.share import is_enough, needed_mib, requested_mib, usable_mib

MIG_10 = GPU(resourceName="nvidia.com/mig-1g.10gb")


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
    assert requested_mib(GPU(resourceName=resource), None, environment) == mib


def test_without_a_gpu_nothing_was_asked_for():
    assert requested_mib(None, None, {}) is None


def test_what_the_operator_asked_for_goes_before_the_voicejob_and_that_before_names():
    share = {"CUDA_DEVICE_MEMORY_LIMIT_0": "3000m"}
    gpu = GPU(memory="6Gi", resourceName="nvidia.com/mig-1g.10gb")
    assert requested_mib(gpu, 9216, share) == 9216
    assert requested_mib(gpu, None, share) == 6144
    assert requested_mib(MIG_10, None, share) == 10240


@pytest.mark.parametrize(
    ("gpu", "told", "needed"),
    [
        (GPU(), None, None),
        (GPU(memory="6Gi"), None, 6144),
        (GPU(memory="6Gi"), 9216, 9216),
        (None, 9216, 9216),
        # The name rounds up: nothing up to it is compared, and what is beyond it is.
        (MIG_10, None, None),
        (GPU(memory="10Gi", resourceName="nvidia.com/mig-1g.10gb"), 10240, None),
        (GPU(memory="20Gi", resourceName="nvidia.com/mig-1g.10gb"), None, 20480),
    ],
)
def test_the_gpu_is_compared_with_a_number_and_never_with_the_name_of_a_profile(gpu, told, needed):
    assert needed_mib(gpu, told) == needed


@pytest.mark.parametrize(
    ("has", "needed", "enough"),
    [
        (4038, 4096, True),  # a GTX 1050 Ti
        (4040, 4096, True),
        (23034, 23034, True),
        (23034, 24576, False),  # an L4 has no 24 GiB
        (9728, 10240, False),  # an instance that no name asked for
        (23034, 40960, False),
        (9700, 10000, True),
        (9699, 10000, False),
    ],
)
def test_a_card_may_have_three_percent_less_than_it_is_sold_with(has, needed, enough):
    assert is_enough(has, needed) is enough


@pytest.mark.parametrize(
    ("of_nvml", "of_cuda", "usable"),
    [
        (15360, 14914, 15360),  # a T4, less what the driver keeps
        (4096, 3911, 4096),  # a GTX 1650
        (15360, 5120, 5120),  # a third of it under MPS, or HAMi beside NVML's own library
        (3000, 15360, 3000),  # HAMi's library in NVML's place alone
        (None, 122_000, 122_000),  # the CPU's memory
    ],
)
def test_of_what_nvml_and_cuda_tell_a_share_counts(of_nvml, of_cuda, usable):
    assert usable_mib(of_nvml, of_cuda) == usable
