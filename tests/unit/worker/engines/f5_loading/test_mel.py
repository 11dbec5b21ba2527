import torch

from voicejob_worker.engines.f5.constants import HOP
from voicejob_worker.engines.f5.mel import MelSpectrogram
from voicejob_worker.reference.rate import SAMPLE_RATE


def test_the_spectrogram_is_upstreams(upstream, recording):
    wanted = upstream.MelSpec()(recording[None])[0].T
    found = MelSpectrogram().log_mel(recording)
    assert found.shape == (len(recording) // HOP + 1, 100)
    assert (found - wanted).abs().max() <= 1e-5


def test_a_batch_is_its_rows(recording):
    rows = recording[: 2 * SAMPLE_RATE].reshape(2, -1)
    mel = MelSpectrogram()
    together = mel.log_mel(rows)
    alone = torch.stack([mel.log_mel(row) for row in rows])
    assert together.shape == (2, SAMPLE_RATE // HOP + 1, 100)
    assert (together - alone).abs().max() <= 1e-5


def test_silence_is_the_floor():
    mel = MelSpectrogram().log_mel(torch.zeros(SAMPLE_RATE))
    assert torch.allclose(mel, torch.tensor(1e-5).log())
