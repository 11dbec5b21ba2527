"""The graph edit, on the real voice and on files that are none."""

import onnx
import pytest

from voicejob_worker.engines.noise_inputs import with_noise_inputs
from voicejob_worker.engines.piper_files import voice_path
from voicejob_worker.errors import ModelUnusableError


@pytest.fixture(scope="module")
def model():
    return voice_path().read_bytes()


def test_the_edited_graph_is_valid_and_has_no_random_node_left(model):
    noisy = with_noise_inputs(model)
    edited = onnx.load_from_string(noisy.model)
    onnx.checker.check_model(edited)
    assert not [node for node in edited.graph.node if node.op_type.startswith("Random")]
    assert {entry.name for entry in edited.graph.input} >= set(noisy.inputs)
    assert len(noisy.inputs) == 2


def test_everything_else_of_the_graph_is_as_before(model):
    before = onnx.load_from_string(model).graph
    after = onnx.load_from_string(with_noise_inputs(model).model).graph
    kept = [node for node in before.node if node.op_type != "RandomNormalLike"]
    ours = [node for node in after.node if not node.name.startswith("voicejob_noise")]
    assert [n.SerializeToString() for n in kept] == [n.SerializeToString() for n in ours]
    assert list(after.initializer)[:-1] == list(before.initializer)


@pytest.mark.parametrize("cut", [0, 10, 5000, 1_000_000])
def test_a_file_that_is_cut_off_is_refused(model, cut):
    with pytest.raises(ModelUnusableError, match="not an ONNX model"):
        with_noise_inputs(model[:cut])


def test_noise_that_is_not_standard_normal_is_refused():
    node = onnx.helper.make_node("RandomNormalLike", ["x"], ["y"], mean=3.0)
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph([node], "g", [value("x", 1, [2])], [value("y", 1, [2])])
    with pytest.raises(ModelUnusableError, match="attribute mean"):
        with_noise_inputs(onnx.helper.make_model(graph).SerializeToString())


@pytest.mark.parametrize("damage", [(b"x", b"\xff"), (b"x", b""), (b"y", b"")])
def test_a_noise_node_that_is_damaged_is_refused(damage):
    node = onnx.helper.make_node("RandomNormalLike", ["x"], ["y"])
    body = node.SerializeToString()
    was = {b"x": b"\n\x01x", b"y": b"\x12\x01y"}[damage[0]]
    body = body.replace(was, was[:-1] + damage[1] if damage[1] else b"")
    graph = b"\n" + bytes([len(body)]) + body
    with pytest.raises(ModelUnusableError, match="not an ONNX model"):
        with_noise_inputs(b"\x3a" + bytes([len(graph)]) + graph)
