"""Half precision only where the device is made for it; its faults are seen."""

import numpy as np
import pytest
import torch

from voicejob_worker.device.capability import runs_on
from voicejob_worker.device.precision import choose_dtype, is_faulty


@pytest.mark.parametrize(
    ("capability", "dtype"),
    [
        ((6, 1), torch.float32),
        ((7, 0), torch.float16),
        ((7, 5), torch.float16),
        ((9, 0), torch.float16),
        ((12, 0), torch.float16),
    ],
)
def test_half_precision_from_volta_on(monkeypatch, capability, dtype):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    assert choose_dtype(torch.device("cuda")) is dtype


def test_single_precision_on_the_cpu():
    assert choose_dtype(torch.device("cpu")) is torch.float32


@pytest.mark.parametrize(
    ("capability", "built_for", "runs"),
    [
        ((6, 1), ["sm_50", "sm_60", "sm_70"], True),
        ((6, 1), ["sm_75", "sm_90"], False),
        ((8, 9), ["sm_80"], True),
        ((8, 0), ["sm_86"], False),
        ((12, 0), ["sm_90", "compute_90"], True),
        ((9, 0), ["sm_90a"], True),
        ((12, 1), ["sm_100", "sm_120"], True),
        ((9, 0), ["gfx90a", "gfx1100", ""], False),
        ((9, 0), ["gfx90a", "sm_90"], True),
    ],
)
def test_code_runs_on_its_own_generation_and_ptx_on_newer_ones(capability, built_for, runs):
    assert runs_on(capability, built_for) is runs


@pytest.mark.parametrize(
    ("samples", "faulty"),
    [
        ([0.1, -0.2], False),
        ([0.1, np.nan], True),
        ([0.1, np.inf], True),
        ([0.0, 5e-5], True),
        ([], True),
    ],
)
def test_nan_and_silence_are_faults(samples, faulty):
    assert is_faulty(np.array(samples, np.float32)) is faulty
