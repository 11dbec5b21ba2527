import numpy as np
import pytest
import torch
from making.rmvpe import rmvpe_shapes

from voicejob_worker.conversion.companions import find_companions
from voicejob_worker.conversion.rmvpe import Rmvpe, decode
from voicejob_worker.errors import ModelUnusableError

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def hearing(model):
    return Rmvpe(find_companions(model).rmvpe, CPU)


@pytest.fixture(scope="module")
def theirs(upstream, tmp_path_factory):
    """Upstream's network with its own random weights, and the file that it read them from."""
    path = tmp_path_factory.mktemp("rmvpe") / "rmvpe.pt"
    with torch.random.fork_rng():
        torch.manual_seed(1)
        state = upstream["rmvpe"].E2E(4, 1, (2, 2)).state_dict()
    assert {name: tuple(value.shape) for name, value in state.items()} == rmvpe_shapes()
    torch.save(state, path)
    return upstream["rmvpe"].RMVPE(str(path), is_half=False, device="cpu"), path


def test_the_network_computes_what_upstreams_does(theirs):
    network, path = theirs
    ours = Rmvpe(path, CPU)
    sound = 0.1 * np.random.default_rng(0).standard_normal(16_000)
    mel = ours.log_mel(torch.from_numpy(sound).float())
    expected = network.mel_extractor(torch.from_numpy(sound).float()[None])
    torch.testing.assert_close(mel, expected, rtol=0, atol=1e-4)
    with torch.inference_mode():
        heard = ours.salience(torch.from_numpy(sound).float())
        torch.testing.assert_close(heard, network.mel2hidden(mel)[0], rtol=0, atol=1e-5)
    np.testing.assert_allclose(ours(sound), network.infer_from_audio(sound), rtol=1e-4)


def test_saliences_become_the_frequencies_that_upstream_reads_from_them(theirs):
    salience = np.random.default_rng(3).random((400, 360)).astype(np.float32) ** 8
    salience[::7] *= 0.01
    salience[3, 0] = salience[4, 359] = 2.0
    expected = theirs[0].decode(salience, thred=0.03)
    assert (expected == 0).any()
    np.testing.assert_allclose(decode(salience), expected, rtol=1e-5)


@pytest.mark.parametrize("hertz", [100, 220, 440])
def test_made_weights_hear_the_pitch_of_a_sound_with_harmonics(hearing, tone, hertz):
    found = hearing(tone(hertz, 0.6, 16_000).astype(np.float64))[10:-10]
    assert (found > 0).mean() > 0.9
    assert abs(12 * np.log2(np.median(found[found > 0]) / hertz)) < 0.3


def test_noise_and_silence_have_no_pitch(hearing):
    assert not hearing(0.01 * np.random.default_rng(0).standard_normal(16_000)).any()
    assert not hearing(np.zeros(16_000)).any()


def test_another_networks_weights_are_refused(model):
    with pytest.raises(ModelUnusableError, match=r"lacks unet\.encoder\.bn\.weight"):
        Rmvpe(model.parent / "hubert" / "pytorch_model.bin", CPU)
