"""Makes a voice's noise an input of its graph, and the lengths of its phonemes an output.

A Piper voice (VITS) draws noise in ``RandomNormalLike`` nodes. onnxruntime keeps one generator per
session for them, so a sentence would sound different after every run before it, and a resumed job
would differ from an uninterrupted one. Here each such node is replaced by four that take the first
values of a new one-dimensional input and give them the wanted shape.

How many frames each phoneme takes is what the graph's only ``Ceil`` comes to. It is computed in any
case: that it is an output as well changes nothing of the audio.

The graph is edited on protobuf's wire format: a top-level walk over 3,000 fields takes 10 ms, where
importing ``onnx``, parsing and serialising 63 MB again takes 0.5 s of every worker's start.
Field numbers are those of onnx.proto3.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from voicejob_worker.errors import ModelUnusableError

_OP: Final = "RandomNormalLike"
_LENGTHS_OP: Final = "Ceil"
_GRAPH: Final = 7  # ModelProto.graph
_NODE, _INITIALIZER, _INPUT, _OUTPUT = 1, 5, 11, 12  # GraphProto
_NODE_INPUT, _NODE_OUTPUT, _NODE_NAME, _NODE_OP, _NODE_ATTRIBUTE = 1, 2, 3, 4, 5  # NodeProto
_ATTRIBUTE_NAME, _ATTRIBUTE_FLOAT = 1, 2
_NO_MODEL: Final = "the voice's file is not an ONNX model: is it cut off?"
_TENSOR_DIMS, _TENSOR_NAME = 1, 8
_VALUE_NAME: Final = 1  # ValueInfoProto
_WIDTH_TENSOR: Final = "enc_p.proj.bias"
"""Bias of VITS's text encoder: a mean and a log spread for each channel of the noise."""
_MAX_BIAS: Final = 1 << 16
"""Bytes: of no larger tensor is the name looked at, for weights would have to be copied."""
_STANDARD: Final = {b"mean": 0.0, b"scale": 1.0}
_FLOAT, _INT64 = 1, 7  # TensorProto.DataType
_ZERO: Final = "voicejob_zero"


@dataclass(frozen=True)
class NoisyModel:
    """A model whose noise is given to it."""

    model: bytes
    inputs: tuple[str, ...]
    """Names of the noise inputs, in the order of the nodes they stand for; each takes float32 of
    shape ``(n,)`` with n at least the number of values drawn."""
    channels: int | None = None
    """Values of noise per frame: the voice's inner width. None if its tensors do not tell."""
    lengths: str | None = None
    """Name of the output with the frames of each phoneme id, float32 of shape ``(1, 1, ids)``; None
    if the graph does not tell."""


@dataclass(frozen=True)
class _Field:
    number: int
    start: int
    """Offset of its tag."""
    value: int
    """Offset of its content."""
    end: int


def with_noise_inputs(model: bytes) -> NoisyModel:
    """Replace every ``RandomNormalLike`` of ``model``, a serialised ONNX ModelProto.

    Raises:
        ModelUnusableError: it is no ONNX model, or draws noise other than standard normal.
    """
    view = memoryview(model)
    try:
        graph = next(f for f in _fields(view, 0, len(view)) if f.number == _GRAPH)
        body, inputs = _edited_graph(view, graph)
        lengths = _lengths(view, graph)
        if lengths is not None and lengths not in _outputs(view, graph):
            body.append(_message(_OUTPUT, _lengths_output(lengths)))
        channels = _channels(view, graph)
    except (IndexError, KeyError, StopIteration, UnicodeDecodeError, struct.error):
        raise ModelUnusableError(_NO_MODEL) from None
    head = _tag(_GRAPH, 2) + _varint(sum(map(len, body)))
    parts = [view[: graph.start], head, *body, view[graph.end :]]
    return NoisyModel(b"".join(parts), inputs, channels, lengths)


def parameters_of(model: bytes) -> int:
    """How many weights ``model``, a serialised ONNX ModelProto, has.

    Raises:
        ModelUnusableError: it is no ONNX model.
    """
    view = memoryview(model)
    try:
        graph = next(f for f in _fields(view, 0, len(view)) if f.number == _GRAPH)
        tensors = [f for f in _fields(view, graph.value, graph.end) if f.number == _INITIALIZER]
        return sum(math.prod(_dims(view, tensor)) for tensor in tensors)
    except (IndexError, StopIteration):
        raise ModelUnusableError(_NO_MODEL) from None


def _edited_graph(
    view: memoryview, graph: _Field
) -> tuple[list[bytes | memoryview], tuple[str, ...]]:
    parts: list[bytes | memoryview] = []
    inputs: list[str] = []
    kept_from = graph.value
    wanted = _OP.encode()
    for field in _fields(view, graph.value, graph.end):
        if field.number != _NODE or wanted not in bytes(view[field.value : field.end]):
            continue
        node = _Node.parse(view, field)
        if node is None:
            continue
        name = f"voicejob_noise_{len(inputs)}"
        parts += [view[kept_from : field.start], _replacement(node, name)]
        inputs.append(name)
        kept_from = field.end
    parts += [view[kept_from : graph.end], _message(_INITIALIZER, _int64_tensor(_ZERO, 0))]
    parts += [_message(_INPUT, _float_vector_input(name)) for name in inputs]
    return parts, tuple(inputs)


@dataclass(frozen=True)
class _Node:
    """A ``RandomNormalLike`` node: the tensor whose shape it takes, and its result."""

    like: str
    output: str

    @classmethod
    def parse(cls, view: memoryview, field: _Field) -> "_Node | None":
        strings: dict[int, list[str]] = {}
        for part in _fields(view, field.value, field.end):
            content = bytes(view[part.value : part.end])
            if part.number == _NODE_ATTRIBUTE:
                _check_attribute(content)
            else:
                strings.setdefault(part.number, []).append(content.decode())
        if strings.get(_NODE_OP) != [_OP]:
            return None
        return cls(like=strings[_NODE_INPUT][0], output=strings[_NODE_OUTPUT][0])


def _check_attribute(content: bytes) -> None:
    view = memoryview(content)
    parts = {
        part.number: bytes(view[part.value : part.end]) for part in _fields(view, 0, len(view))
    }
    name = parts.get(_ATTRIBUTE_NAME, b"")
    value = struct.unpack("<f", parts.get(_ATTRIBUTE_FLOAT, bytes(4)))[0]
    if name == b"seed" or value != _STANDARD.get(name, value):
        raise ModelUnusableError(
            f"the voice draws noise with attribute {name.decode()}: only standard normal is known"
        )


def _lengths(view: memoryview, graph: _Field) -> str | None:
    """The result of the only node that rounds up, which is the frames of each phoneme id."""
    found: list[str] = []
    for field in _fields(view, graph.value, graph.end):
        if (
            field.number != _NODE
            or _LENGTHS_OP.encode() not in view[field.value : field.end].tobytes()
        ):
            continue
        parts = {
            part.number: bytes(view[part.value : part.end])
            for part in _fields(view, field.value, field.end)
        }
        if parts.get(_NODE_OP) == _LENGTHS_OP.encode():
            found.append(parts[_NODE_OUTPUT].decode())
    return found[0] if len(found) == 1 else None


def _outputs(view: memoryview, graph: _Field) -> list[str]:
    return [
        bytes(view[part.value : part.end]).decode()
        for field in _fields(view, graph.value, graph.end)
        if field.number == _OUTPUT
        for part in _fields(view, field.value, field.end)
        if part.number == _VALUE_NAME
    ]


def _channels(view: memoryview, graph: _Field) -> int | None:
    """Half the length of the tensor that holds mean and spread of every channel."""
    wanted = _WIDTH_TENSOR.encode()
    for field in _fields(view, graph.value, graph.end):
        if field.number != _INITIALIZER or field.end - field.value > _MAX_BIAS:
            continue
        parts = list(_fields(view, field.value, field.end))
        names = [bytes(view[p.value : p.end]) for p in parts if p.number == _TENSOR_NAME]
        if names == [wanted]:
            return math.prod(_dims(view, field)) // 2
    return None


def _dims(view: memoryview, tensor: _Field) -> list[int]:
    """The shape of a TensorProto, one number to a field or packed into one."""
    dims: list[int] = []
    for part in _fields(view, tensor.value, tensor.end):
        position = part.value
        while part.number == _TENSOR_DIMS and position < part.end:
            size, position = _read_varint(view, position)
            dims.append(size)
    return dims


def _replacement(node: _Node, noise: str) -> bytes:
    """Nodes for ``output = Reshape(noise[:size of like], shape of like)``."""
    shape, size, flat = (f"{noise}_{part}" for part in ("shape", "size", "flat"))
    return b"".join(
        (
            _node(f"{noise}/Shape", "Shape", [node.like], shape),
            _node(f"{noise}/ReduceProd", "ReduceProd", [shape], size),
            _node(f"{noise}/Slice", "Slice", [noise, _ZERO, size], flat),
            _node(f"{noise}/Reshape", "Reshape", [flat, shape], node.output),
        )
    )


def _node(name: str, op: str, inputs: list[str], output: str) -> bytes:
    body = b"".join(_message(_NODE_INPUT, name.encode()) for name in inputs)
    body += _message(_NODE_OUTPUT, output.encode())
    body += _message(_NODE_NAME, name.encode())
    return _message(_NODE, body + _message(_NODE_OP, op.encode()))


def _int64_tensor(name: str, value: int) -> bytes:
    """TensorProto of shape ``(1,)``: dims=1, data_type=2, name=8, raw_data=9."""
    return (
        _tag(1, 0)
        + _varint(1)
        + _tag(2, 0)
        + _varint(_INT64)
        + _message(8, name.encode())
        + _message(9, value.to_bytes(8, "little"))
    )


def _float_vector_input(name: str) -> bytes:
    """ValueInfoProto of a float vector whose length is named after it."""
    dimension = _message(1, _message(2, f"{name}_length".encode()))  # shape.dim.dim_param
    tensor = _tag(1, 0) + _varint(_FLOAT) + _message(2, dimension)
    return _message(1, name.encode()) + _message(2, _message(1, tensor))


def _lengths_output(name: str) -> bytes:
    """ValueInfoProto of a float tensor of three dimensions, of which nothing is said."""
    shape = _message(2, 3 * _message(1, b""))
    return _message(1, name.encode()) + _message(
        2, _message(1, _tag(1, 0) + _varint(_FLOAT) + shape)
    )


def _fields(view: memoryview, start: int, end: int) -> Iterator[_Field]:
    """The fields of the message that lies in ``view[start:end]``."""
    position = start
    while position < end:
        key, value = _read_varint(view, position)
        wire, stop = key & 7, value
        if wire == 0:
            _, stop = _read_varint(view, value)
        elif wire == 1:
            stop = value + 8
        elif wire == 2:
            length, value = _read_varint(view, value)
            stop = value + length
        elif wire == 5:
            stop = value + 4
        else:
            raise IndexError
        if stop > end:
            raise IndexError
        yield _Field(key >> 3, position, value, stop)
        position = stop


def _read_varint(view: memoryview, position: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        byte = view[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, position
        shift += 7


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _tag(number: int, wire: int) -> bytes:
    return _varint(number << 3 | wire)


def _message(number: int, content: bytes) -> bytes:
    return _tag(number, 2) + _varint(len(content)) + content
