"""The device is what was asked for, or the attempt says why not: never a silent CPU."""

from types import SimpleNamespace

import pytest
import torch

from voicejob_api.gpu import GPU, LowVRAM
from voicejob_api.spec import VoiceJobSpec
from voicejob_worker.device.placement import choose_placement
from voicejob_worker.device.request import DeviceRequest, device_request
from voicejob_worker.errors import InvalidInputError, NoUsableDeviceError
from voicejob_worker.settings import Settings, read_settings

GIB = 1 << 30
CLONING = {
    "text": "Hi.",
    "engine": "f5-tts",
    "model": {"uri": "pvc://models/f5.safetensors"},
    "voice": {"reference": {"uri": "pvc://voices/ana.wav", "transcript": "Hello."}},
}
CONVERSION = {"conversion": {"modelUri": "pvc://models/ana.pth"}}


@pytest.fixture
def card(monkeypatch):
    """A machine with GPUs of one kind, for a torch that was built for sm_75 and sm_90."""

    def put(capability=(9, 0), memory=80 * GIB, count=1):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
        monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: ["sm_75", "sm_90"])
        properties = SimpleNamespace(total_memory=memory)
        monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: properties)

    return put


@pytest.mark.parametrize(
    ("asked", "name"),
    [("auto", "cuda:0"), ("cuda", "cuda:0"), ("cuda:1", "cuda:1"), ("cpu", "cpu")],
)
def test_a_gpu_that_is_here_is_used_as_asked(card, asked, name):
    card(count=2)
    placement = choose_placement(DeviceRequest(asked))
    assert (placement.name, placement.message) == (name, "")
    assert placement.precision == ("float32" if name == "cpu" else "float16")


def test_a_machine_without_a_gpu_speaks_on_the_cpu_and_has_nothing_to_tell(card):
    card(count=0)
    assert choose_placement(DeviceRequest()).name == "cpu"
    assert choose_placement(DeviceRequest()).message == ""


@pytest.mark.parametrize("asked", [DeviceRequest("cuda:0"), DeviceRequest(needs_gpu=True)])
def test_a_gpu_that_was_asked_for_and_is_not_here_is_refused(card, asked):
    card(count=0)
    with pytest.raises(NoUsableDeviceError, match="doctor") as refused:
        choose_placement(asked)
    assert (refused.value.exit_code, refused.value.reason) == (13, "NoUsableDevice")


def test_an_index_that_is_not_here_is_refused_with_how_many_there_are(card):
    card(count=2)
    with pytest.raises(NoUsableDeviceError, match="cuda:2 is not here: there are 2") as refused:
        choose_placement(DeviceRequest("cuda:2", needs_gpu=True))
    assert refused.value.reason == "NoSuchGPU"


def test_a_card_without_code_is_refused_where_a_gpu_was_asked_for(card):
    card(capability=(6, 1))
    told = r"capability 6\.1, .* code for sm_75, sm_90.*gpu-cu126"
    with pytest.raises(NoUsableDeviceError, match=told) as refused:
        choose_placement(DeviceRequest(needs_gpu=True))
    assert (refused.value.exit_code, refused.value.reason) == (13, "GPUArchUnsupported")


@pytest.mark.parametrize(
    "asked", [DeviceRequest(), DeviceRequest(needs_gpu=True, fallback_to_cpu=True)]
)
def test_a_card_without_code_is_left_for_the_cpu_and_that_is_told(card, asked):
    card(capability=(6, 1))
    placement = choose_placement(asked)
    assert placement.name == "cpu"
    assert "on the CPU" in placement.message
    assert "6.1" in placement.message


@pytest.mark.parametrize(
    ("asked", "memory", "low"),
    [
        (LowVRAM.AUTO, 4 * GIB, True),
        (LowVRAM.AUTO, 8 * GIB, False),
        (LowVRAM.ON, 80 * GIB, True),
        (LowVRAM.OFF, 4 * GIB, False),
    ],
)
def test_small_cards_share_their_memory_in_turn(card, asked, memory, low):
    card(memory=memory)
    assert choose_placement(DeviceRequest(low_vram=asked)).is_low_memory is low


def test_a_fallback_is_another_placement(card):
    card()
    placement = choose_placement(DeviceRequest())
    single = placement.in_single_precision("half precision failed")
    assert (single.precision, single.name) == ("float32", "cuda:0")
    assert single.in_low_memory("little memory").is_low_memory
    assert placement.precision == "float16"


def test_what_the_voicejob_says_goes_before_the_settings():
    settings = Settings(device="cpu", low_vram=LowVRAM.ON, fallback_to_cpu=True)
    spec = VoiceJobSpec(**CLONING)
    assert device_request(spec, settings) == DeviceRequest("cpu", False, True, LowVRAM.ON)
    spec = VoiceJobSpec(**CLONING, device="cuda", gpu=GPU(lowVRAM="Off"))
    assert device_request(spec, settings) == DeviceRequest("cuda", True, True, LowVRAM.OFF)


def test_what_the_command_line_says_goes_before_the_voicejob(monkeypatch):
    gpu = GPU(lowVRAM="Off", fallbackToCPU=True)
    spec = VoiceJobSpec(**CLONING, device="cuda", gpu=gpu)
    monkeypatch.setenv("VOICEJOB_DEVICE", "cpu")
    monkeypatch.setenv("VOICEJOB_LOW_VRAM", "On")
    of_cluster = read_settings(Settings, device=None, low_vram=None)
    assert device_request(spec, of_cluster) == DeviceRequest("cuda", True, True, LowVRAM.OFF)
    flags = read_settings(Settings, device="cuda:1", fallback_to_cpu=False, low_vram="auto")
    assert device_request(spec, flags) == DeviceRequest("cuda:1", True, False, LowVRAM.AUTO)
    flag = read_settings(Settings, device="cpu")
    assert device_request(spec, flag) == DeviceRequest("cpu", True, True, LowVRAM.OFF)


@pytest.mark.parametrize(("device", "is_told"), [("cuda", True), ("cuda:1", True), ("cpu", False)])
def test_piper_leaves_a_device_of_the_settings_idle_and_that_is_told(device, is_told):
    request = device_request(VoiceJobSpec(text="Hi."), Settings(device=device))
    assert (request.device, "stays idle" in request.message) == ("cpu", is_told)


def test_piper_has_nothing_to_tell_where_the_command_line_asks_for_the_cpu():
    spec = VoiceJobSpec(text="Hi.", gpu=GPU())
    assert device_request(spec, read_settings(Settings, device="cpu")).message == ""


def test_piper_leaves_the_gpu_idle_and_that_is_told():
    request = device_request(VoiceJobSpec(text="Hi.", gpu=GPU()), Settings())
    assert request.device == "cpu"
    assert "piper computes on the CPU" in request.message
    assert "Leave spec.gpu out" in request.message
    assert device_request(VoiceJobSpec(text="Hi."), Settings()).message == ""


def test_the_gpu_must_have_what_the_operator_or_else_the_voicejob_asks_for():
    spec = VoiceJobSpec(**CLONING, gpu=GPU(memory="6Gi"))
    request = device_request(spec, Settings())
    assert (request.memory_mib, request.is_placed) == (6144, False)
    request = device_request(spec, Settings(gpu_memory_mib=9216))
    assert (request.memory_mib, request.is_placed) == (9216, True)


@pytest.mark.parametrize("device", ["auto", "cuda"])
@pytest.mark.parametrize("about", [CLONING, {"text": "Hi."}])
def test_where_the_operator_gave_no_gpu_the_cpu_computes_and_says_why(about, device):
    spec = VoiceJobSpec(**about, device=device, gpu=GPU(fallbackToCPU=True))
    request = device_request(spec, Settings(gpu_withheld=True))
    assert request.device == "cpu"
    assert request.message == "on the CPU: no GPU was free within queueSeconds"


def test_a_conversion_after_piper_uses_the_gpu():
    spec = VoiceJobSpec(text="Hi.", gpu=GPU(), voice=CONVERSION)
    assert device_request(spec, Settings()) == DeviceRequest(needs_gpu=True, minimum_free_mib=900)


def test_why_the_cpu_computes_reaches_the_placement():
    assert choose_placement(DeviceRequest("cpu", message="no GPU")).message == "no GPU"


def test_that_the_gpu_is_slow_reaches_the_placement(card):
    card()
    assert choose_placement(DeviceRequest(message="slow")).message == "slow"


def test_tf32_is_set_where_a_gpu_computes_and_not_left_as_it_was(card):
    matmul, convolution = torch.backends.cuda.matmul, torch.backends.cudnn
    matmul.allow_tf32 = convolution.allow_tf32 = False
    card(count=0)
    choose_placement(DeviceRequest())
    assert (matmul.allow_tf32, convolution.allow_tf32) == (False, False)
    card()
    choose_placement(DeviceRequest())
    assert (matmul.allow_tf32, convolution.allow_tf32) == (True, True)


def test_a_setting_that_is_neither_true_nor_false_is_told_what_is_expected(monkeypatch):
    monkeypatch.setenv("VOICEJOB_FALLBACK_TO_CPU", "maybe")
    with pytest.raises(InvalidInputError) as refused:
        read_settings(Settings)
    assert refused.value.message == "VOICEJOB_FALLBACK_TO_CPU: expected true or false"
