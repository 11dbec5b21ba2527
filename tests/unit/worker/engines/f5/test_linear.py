"""Packed weights give what others give; where they cannot be had, nobody misses them."""

import pytest
import torch
from torch.nn import functional

from voicejob_worker.engines.f5 import linear
from voicejob_worker.engines.f5.architecture import Variant
from voicejob_worker.engines.f5.linear import Linear, PackedLinear
from voicejob_worker.engines.f5.network import build
from voicejob_worker.engines.shared.held_bytes import held_bytes

IS_MKLS_OWN = linear._is_mkls_own


@pytest.fixture(autouse=True)
def anew(monkeypatch):
    """On a processor that is not MKL's own, whatever this machine has."""
    monkeypatch.setattr(linear, "_is_mkls_own", lambda: False)
    linear.can_pack.cache_clear()
    yield
    linear.can_pack.cache_clear()


@pytest.fixture
def plain():
    generator = torch.Generator().manual_seed(1)
    return Linear(torch.randn(96, 64, generator=generator), torch.randn(96, generator=generator))


@pytest.fixture
def packs():
    if not linear.can_pack():
        pytest.skip("this CPU or torch has no kernels for packed weights")


@pytest.mark.usefixtures("packs")
@pytest.mark.parametrize("rows", [1, 7, 3000])
def test_they_give_the_same(plain, rows):
    x = torch.randn(rows, 64, generator=torch.Generator().manual_seed(2))
    wanted, packed = functional.linear(x, plain.weight, plain.bias), plain.packed()
    for way in (plain, packed):
        buffer = torch.empty(rows, 96)
        way.into(x, buffer)
        gelu = functional.gelu(wanted, approximate="tanh")
        for found, expected in ((way(x), wanted), (buffer, wanted), (way.with_gelu(x), gelu)):
            assert (found - expected).abs().max() < 1e-4
    assert packed.packed() is packed


@pytest.mark.usefixtures("packs")
def test_a_network_is_packed_only_where_it_stays_and_computes(tiny, tiny_state):
    def kind(dtype, **how):
        return type(build(tiny, Variant.V1, tiny_state, "cpu", dtype, **how).blocks[0].ff_in)

    assert kind(torch.float32, computes_here=True) is PackedLinear
    assert kind(torch.float32) is Linear  # it lies on the host and computes on a GPU
    assert kind(torch.float16, computes_here=True) is Linear


@pytest.mark.usefixtures("packs")
def test_packed_weights_are_counted(tiny, tiny_state):
    sizes = [
        held_bytes(build(tiny, Variant.V1, tiny_state, "cpu", torch.float32, computes_here=here))
        for here in (False, True)
    ]
    assert sizes[0] == sizes[1]


def missing(*_):
    raise AttributeError("'_OpNamespace' 'mkldnn' object has no attribute '_linear_pointwise'")


def refused(*_):
    raise RuntimeError("_linear_pointwise: ATen not compiled with MKLDNN support")


def wrong(_self, x, _then, _algorithm):
    return torch.zeros(len(x), 64)


@pytest.mark.parametrize("product", [missing, refused, wrong])
def test_where_torch_cannot_nothing_is_packed(monkeypatch, product):
    monkeypatch.setattr(PackedLinear, "_product", product)
    assert not linear.can_pack()


def test_an_old_cpu_keeps_to_what_torch_does(monkeypatch):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "DEFAULT")
    assert not linear.can_pack()


@pytest.mark.parametrize("told", ["vendor_id\t: GenuineIntel\n", None])
def test_mkl_keeps_the_processors_that_are_its_makers_and_those_of_nobody(
    monkeypatch, tmp_path, told
):
    cpuinfo = tmp_path / "cpuinfo"
    if told:
        cpuinfo.write_text(told)
    monkeypatch.setattr(linear, "_CPUINFO", cpuinfo)
    monkeypatch.setattr(linear, "_is_mkls_own", IS_MKLS_OWN)
    assert not linear.can_pack()


@pytest.mark.usefixtures("packs")
def test_an_engine_on_the_cpu_packs_when_it_loads_and_when_it_reads_again(make_engine):
    placed = make_engine()._loaded._placed
    assert type(placed.use_network(lambda network: network.blocks[0].ff_in)) is PackedLinear
    placed._network = None  # as after a fall from a GPU
    assert type(placed.use_network(lambda network: network.blocks[0].ff_in)) is PackedLinear
