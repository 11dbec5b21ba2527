import random

import pytest
import torch

from voicejob_worker.engines.f5.architecture import Variant
from voicejob_worker.engines.f5.mel import MelSpectrogram
from voicejob_worker.engines.f5.network import build
from voicejob_worker.engines.f5.timed_network import TimedNetwork
from voicejob_worker.engines.f5.variant import choose_variant, flow_matching_loss, probe
from voicejob_worker.engines.f5.vocabulary import Vocabulary
from voicejob_worker.errors import ModelUnusableError

UPSTREAM = {
    Variant.V0: {"text_mask_padding": False, "pe_attn_head": 1},
    Variant.V1: {"text_mask_padding": True, "pe_attn_head": None},
}
STEPS = 200


@pytest.fixture(autouse=True)
def one_thread():
    """Matrices this small gain nothing from two, which wait for each other on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def mel(recording):
    """A second of the recording."""
    return MelSpectrogram().log_mel(recording)[100:196]


@pytest.fixture(scope="module")
def ids():
    return Vocabulary.load(None, 2545).encode("Some call me nature, others")


def trained(upstream, architecture, variant, mel, ids):
    """Upstream's network after a short training with upstream's own loss."""
    torch.manual_seed(0)
    random.seed(0)
    network = upstream.DiT(
        dim=architecture.dim,
        depth=architecture.depth,
        heads=architecture.heads,
        dim_head=architecture.dim_head,
        ff_mult=architecture.ff_mult,
        text_num_embeds=architecture.vocabulary,
        text_dim=architecture.text_dim,
        conv_layers=architecture.conv_layers,
        dropout=0.0,
        **UPSTREAM[variant],
    )
    training = upstream.CFM(network)
    optimiser = torch.optim.AdamW(training.parameters(), lr=3e-3)
    batch = mel.expand(2, -1, -1), torch.tensor([ids] * 2)
    for _ in range(STEPS):
        loss, _, _ = training(*batch)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
    return {name: value.detach() for name, value in network.state_dict().items()}


def tried(architecture, state, mel, ids):
    """The engine's own network in both variants, on the recording."""
    network = build(architecture, Variant.V0, state, "cpu", torch.float32)
    fields = {variant: TimedNetwork(network.as_variant(variant), state) for variant in Variant}

    def loss(variant, seed):
        generator = torch.Generator().manual_seed(seed)
        return flow_matching_loss(fields[variant], mel, torch.tensor(ids), generator)

    return probe(loss)


@pytest.mark.parametrize("variant", Variant)
def test_the_variant_that_was_trained_is_found(variant, upstream, making, mel, ids):
    architecture = making.ARCHITECTURES["small"]
    state = trained(upstream, architecture, variant, mel, ids)
    choice = tried(architecture, state, mel, ids)
    assert choice.variant is variant
    assert choice.margin > 0.4


@pytest.mark.parametrize("seed", range(3))
def test_random_weights_are_no_variant(seed, making, mel, ids):
    architecture = making.ARCHITECTURES["small"]
    with pytest.raises(ModelUnusableError) as refused:
        tried(architecture, making.random_state(architecture, seed), mel, ids)
    assert "say in spec.model.variant which it is: v0" in refused.value.message


class Recorder:
    """A network that remembers what it was asked, and may know the answer."""

    def __init__(self, mel, error=0.0) -> None:
        self.mel = mel
        self.error = error
        self.asked = []

    def velocity(self, x, cond, token_ids, time):
        self.asked.append((x, cond, token_ids, time))
        return (self.mel - x) / (1 - time) + self.error


def drawn(mel, seed, error=0.0):
    network = Recorder(mel, error)
    generator = torch.Generator().manual_seed(seed)
    loss = flow_matching_loss(network, mel, torch.tensor([5, 6]), generator)
    return loss, *network.asked[0]


def test_the_loss_is_the_squared_error_of_the_velocity(mel):
    assert drawn(mel, 0)[0] == pytest.approx(0, abs=1e-6)
    assert drawn(mel, 0, error=0.5)[0] == pytest.approx(0.25, rel=1e-3)


def test_a_draw_is_made_of_its_seed_and_masks_what_training_masked(mel):
    _, first, *_ = drawn(mel, 1)
    assert torch.equal(first, drawn(mel, 1)[1])
    assert not torch.equal(first, drawn(mel, 2)[1])
    for seed in range(100):
        _, x, cond, token_ids, time = drawn(mel, seed)
        assert x.shape == cond.shape == (1, *mel.shape)
        assert token_ids.tolist() == [[5, 6]]
        assert 0 <= time.item() < 1
        masked = (cond[0] == 0).all(1)
        assert 0.69 * len(mel) <= masked.sum() <= len(mel)
        assert masked.int().diff().abs().sum() <= 2
        assert torch.equal(cond[0][~masked], mel[~masked])


def test_the_mask_covers_what_counts(mel):
    """An error in what is known costs nothing."""
    _, _, cond, *_ = drawn(mel, 0)
    known = (cond != 0).any(2, keepdim=True)
    assert known.any()
    assert drawn(mel, 0, error=9.0 * known)[0] == pytest.approx(0, abs=1e-6)


def test_both_variants_get_every_seed():
    asked = []

    def loss(variant, seed):
        asked.append((variant, seed))
        return 1.0 if variant is Variant.V1 else 2.0

    choice = probe(loss)
    assert (choice.variant, choice.margin) == (Variant.V1, pytest.approx(0.5))
    assert sorted(asked) == [(variant, seed) for variant in Variant for seed in range(8)]


def choose(v0, v1):
    return choose_variant({Variant.V0: v0, Variant.V1: v1})


def test_the_margin_is_the_share_by_which_the_loss_is_lower():
    v0, v1 = [1.0, 2.0, 3.0, 1.5, 1.2, 2.2, 0.9, 1.1], [0.5, 1.0, 1.5, 0.75, 0.6, 1.1, 0.45, 0.55]
    choice = choose(v0, v1)
    assert choice.variant is Variant.V1
    assert choice.margin == pytest.approx(0.5)
    assert choice.losses[Variant.V0] == tuple(v0)
    assert choose(v1, v0).variant is Variant.V0


@pytest.mark.parametrize(
    "ratios",
    [
        [1.05] * 8,  # without fail, but by too little
        [1.0] * 8,
        [3.0, 0.5, 2.0, 0.4, 3.0, 1.5, 0.6, 2.0],  # by much, but by chance
        [9.0] + [1.0] * 7,  # by one draw alone
    ],
)
def test_what_is_too_close_is_asked(ratios):
    with pytest.raises(ModelUnusableError, match=r"cannot be told by trying both.*v0 and .* as v1"):
        choose(ratios, [1.0] * 8)


def test_scatter_that_is_small_beside_the_difference_is_no_doubt():
    assert choose([2.0, 1.5, 1.8, 2.5, 1.4, 2.1, 1.9, 1.6], [1.0] * 8).variant is Variant.V1


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 0.0])
def test_a_loss_that_is_no_number_is_told(bad):
    with pytest.raises(ModelUnusableError, match="no finite numbers"):
        choose([1.0] * 7 + [bad], [1.0] * 8)
