"""How much a GPU had and how much was in use stands in the message of an end by its memory."""

import pytest

from voicejob_api.status import VRAM, GPUInfo
from voicejob_worker.attempt.figures import with_memory_figures
from voicejob_worker.errors import GPUOutOfMemoryError, OutOfMemoryError

FULL = GPUOutOfMemoryError("a chunk does not fit")
VRAM_OF_DEVICE = VRAM(device_peak_mib=3900, process_peak_mib=3700, reserved_peak_mib=3300)


def card(**memory):
    return GPUInfo(name="X", uuid="U", compute_capability="7.5", driver="580", **memory)


@pytest.mark.parametrize(
    ("gpu", "vram", "words"),
    [
        (card(memory_mib=4096), VRAM_OF_DEVICE, "it has 4096 MiB; at most 3900 were in use"),
        # A share that CUDA alone sees: NVML's figures are of the whole card.
        (
            card(memory_mib=15360, cuda_memory_mib=3840),
            VRAM(device_peak_mib=15000, reserved_peak_mib=3300),
            "it has 3840 MiB; at most 3300 were in use",
        ),
        # A GPU with the CPU's memory, of which NVML tells nothing.
        (
            card(cuda_memory_mib=8000),
            VRAM(reserved_peak_mib=7000),
            "it has 8000 MiB; at most 7000 were in use",
        ),
    ],
)
def test_there_is_what_it_had_and_the_peak(gpu, vram, words):
    told = with_memory_figures(FULL, gpu, vram)
    assert told.message == f"a chunk does not fit ({words})"
    assert (told.exit_code, told.reason) == (20, "GPUOutOfMemory")


@pytest.mark.parametrize(
    ("gpu", "vram"), [(None, VRAM_OF_DEVICE), (card(memory_mib=1), None), (card(), VRAM())]
)
def test_what_was_not_measured_is_not_told(gpu, vram):
    assert with_memory_figures(FULL, gpu, vram) is FULL


def test_an_end_by_the_hosts_memory_has_no_figures_of_the_gpu():
    of_host = OutOfMemoryError("it does not fit")
    assert with_memory_figures(of_host, card(memory_mib=4096), VRAM_OF_DEVICE) is of_host
