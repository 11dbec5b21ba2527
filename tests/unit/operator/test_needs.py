"""What VoiceJobs were seen to need of a GPU's memory, and what is asked for by it."""

import json
import re
from datetime import date, timedelta

import pytest

from voicejob_api.status import VRAM, Attempt, GPUInfo
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.settings import WorkerSettings
from voicejob_operator.voicejobs.needs import Needs, Seen, kind_of, learnt, needed_mib

DAY = date(2026, 11, 29)
KIND = f"f5-tts.{'0' * 16}.balanced-Auto"
H200, L4, GTX = 143_771, 23_034, 4_096
WORKER = WorkerSettings()


def attempt(size, peak=None, *, outcome="Succeeded", code=0, before=100, floor=None, **vram):
    """One that has ended, on a device of that size, and has itself taken ``peak``."""
    gpu = GPUInfo(name="X", uuid="U", memory_mib=size, compute_capability="9.0", driver="1")
    at_most = None if peak is None else before + peak
    told = VRAM(device_before_mib=before, device_peak_mib=at_most, floor_mib=floor, **vram)
    return Attempt(number=1, pod="p", outcome=outcome, exit_code=code, gpu=gpu, vram=told)


def ran_out(size, **vram):
    return attempt(size, outcome="Failed", code=20, **vram)


def seen_after(*attempts):
    seen = None
    for each in attempts:
        seen = learnt(seen, each, DAY)
    return seen


def need_after(*attempts):
    return needed_mib(seen_after(*attempts))


# -- how much is asked for -------------------------------------------------------------------------


def test_without_a_floor_it_is_the_highest_peak():
    assert need_after(attempt(L4, 3000), attempt(L4, 5000), attempt(L4, 4000)) == 5000


def test_a_peak_that_filled_a_large_card_keeps_nobody_from_a_small_one_that_did():
    """Batches fill whatever memory is there."""
    assert need_after(attempt(H200, 60_000)) == 60_000
    assert need_after(attempt(H200, 60_000), attempt(L4, 20_000)) == L4
    assert need_after(attempt(GTX, 3_900), attempt(H200, 60_000)) == GTX


def test_the_floor_goes_before_every_peak_with_a_tenth_more():
    assert need_after(attempt(H200, 60_000, floor=2_560)) == 2_816
    assert need_after(attempt(H200, 60_000, floor=2_561)) == 3_072
    assert need_after(attempt(H200, 60_000, floor=12_800)) == 14_080
    both = attempt(H200, 60_000, floor=3_000), attempt(H200, 60_000, floor=2_000)
    assert need_after(*both) == need_after(*reversed(both)) == 3_328


def test_a_worker_that_tells_no_floor_takes_none_away():
    assert need_after(attempt(L4, 9_000, floor=2_560), attempt(L4, 9_000)) == 2_816


def test_after_too_little_it_is_more_than_that():
    assert need_after(ran_out(GTX)) == GTX + 256
    assert need_after(attempt(H200, 60_000, floor=2_560), ran_out(GTX)) == GTX + 256
    assert need_after(attempt(GTX, 3_000), ran_out(GTX)) == GTX + 256
    assert need_after(ran_out(L4), ran_out(GTX)) > L4


@pytest.mark.parametrize("size", [GTX, GTX - 1000])
def test_until_a_later_one_ends_well_with_no_more(size):
    assert need_after(ran_out(GTX), attempt(size, 2_000)) == 2_000


def test_a_later_one_that_ended_well_with_more_proves_nothing():
    assert need_after(ran_out(GTX), attempt(L4, 2_000)) == GTX + 256


def test_where_others_were_on_the_device_what_ran_out_is_not_all_of_it():
    assert need_after(ran_out(L4, before=20_000, reserved_peak_mib=2_000)) == 2_048
    assert need_after(ran_out(L4, before=20_000)) is None


def test_it_is_no_more_than_a_card_can_have():
    assert need_after(ran_out(2**20)) == 2**20


def test_without_nvmls_figures_it_is_what_torch_held():
    assert need_after(attempt(L4, before=None, reserved_peak_mib=1_500)) == 1_500


def test_a_share_that_cuda_alone_sees_is_measured_by_what_torch_held():
    """NVML's figures are those of the whole card."""
    gpu = GPUInfo(
        name="X",
        uuid="U",
        memory_mib=L4,
        cuda_memory_mib=6_000,
        compute_capability="8.9",
        driver="1",
    )
    shared = attempt(L4, 20_000, reserved_peak_mib=4_000).model_copy(update={"gpu": gpu})
    assert seen_after(shared) == Seen(peak_mib=4_000, smallest_mib=6_000, day=DAY)
    failed = shared.model_copy(update={"outcome": "Failed"})
    assert need_after(failed) == 6_144


def test_what_a_device_without_a_size_shows_leaves_the_smallest_as_it_was():
    unknown = attempt(None, 3_000)
    assert seen_after(attempt(GTX, 2_000), unknown).smallest_mib == GTX
    assert seen_after(unknown).smallest_mib is None


def test_where_nothing_was_measured_nothing_is_asked_for():
    bare = Attempt(number=1, pod="p", outcome="Succeeded", exit_code=0)
    assert need_after(bare) is None


@pytest.mark.parametrize("told", [-5, 2**20 + 1, 10**400])
def test_what_no_card_could_have_is_not_believed(told):
    """A worker's word: whoever may enter its pod can write it."""
    lies = attempt(told, told, floor=told), ran_out(told, reserved_peak_mib=told)
    assert need_after(*lies) is None
    assert need_after(attempt(L4, 5_000), *lies, attempt(L4, 4_000)) == 5_000


# -- what is of one kind ---------------------------------------------------------------------------

REFERENCE = {"uri": "https://example.com/voice.wav", "transcript": "Hello."}
F5 = {"engine": "f5-tts", "text": "Hi.", "voice": {"reference": REFERENCE}, "gpu": {}}
PRIVATE = "https://user.example.com/secret-token/model.safetensors"
RVC = {"modelUri": "hf://me/voices/rvc.pth"}


def kind(namespace="team", worker=WORKER, **spec):
    metadata = {"name": "hello", "namespace": namespace, "uid": "u"}
    voicejob = VoiceJob.model_validate({"metadata": metadata, "spec": {**F5, **spec}})
    return kind_of(voicejob, worker)


def test_a_kind_says_engine_and_profile_and_no_address():
    told = kind(model={"uri": PRIVATE}, synthesis={"profile": "draft"}, gpu={"lowVRAM": "On"})
    assert re.fullmatch(r"f5-tts\.[0-9a-f]{16}\.draft-On", told)
    piper = kind(engine="piper", voice={"conversion": RVC})
    assert re.fullmatch(r"piper\.[0-9a-f]{16}\.Auto", piper)


@pytest.mark.parametrize(
    "other",
    [
        {"model": {"uri": PRIVATE}},
        {"model": {"uri": "hf://me/f5"}},
        {"model": {"uri": "hf://me/f5", "sha256": "0" * 64}},
        {"language": "de-DE"},
        {"synthesis": {"profile": "high"}},
        {"gpu": {"lowVRAM": "On"}},
        {"voice": {"reference": REFERENCE, "conversion": RVC}},
        {"voice": {"reference": REFERENCE, "conversion": {"modelUri": "hf://me/other.pth"}}},
    ],
)
def test_what_may_need_other_memory_is_another_kind(other):
    others = [{"model": {"uri": "hf://me/f5"}}, {"voice": {**F5["voice"], "conversion": RVC}}, {}]
    assert kind(**other) not in {kind(**each) for each in others if each != other}


@pytest.mark.parametrize(
    "same",
    [
        {"text": "Something else."},
        {"synthesis": {"profile": "balanced", "seed": 7}},
        {"gpu": {"memory": "6Gi", "product": "L4"}},
        {"namespace": "others"},
    ],
)
def test_what_needs_the_same_memory_is_one_kind(same):
    assert kind(**same) == kind()


def test_the_platforms_way_with_little_memory_is_the_voicejobs_own_where_it_names_none():
    careful = WorkerSettings(gpu_low_vram="On")
    assert kind(worker=careful) == kind(gpu={"lowVRAM": "On"})
    assert kind(worker=careful, gpu={"lowVRAM": "Off"}) == kind(gpu={"lowVRAM": "Off"})


@pytest.mark.parametrize(
    ("model", "is_shared"),
    [
        ({"uri": "hf://me/f5"}, True),
        ({"uri": PRIVATE}, True),
        ({"uri": "pvc://models/f5"}, False),
        ({"uri": "s3://bucket/f5", "credentialsSecret": "mine"}, False),
    ],
)
def test_a_volume_of_the_same_name_is_another_in_another_namespace(model, is_shared):
    assert (kind("one", model=model) == kind("two", model=model)) is is_shared
    assert kind("one", model=model) == kind("one", model=model)


# -- all kinds -------------------------------------------------------------------------------------


def test_over_all_precisions_it_is_the_highest():
    needs = Needs()
    needs.learn(KIND, "float16", attempt(L4, 3_000), DAY)
    needs.learn(KIND, "float32", attempt(L4, 6_000), DAY)
    needs.learn(KIND, "float16", attempt(L4, 2_000), DAY)
    assert needs.needed_by(KIND) == 6_000
    assert needs.needed_by(KIND.replace("balanced", "high")) is None


def test_a_precision_that_is_none_makes_no_entry_of_its_own():
    needs = Needs()
    for precision in (None, "", "a/b", "float16.x", "x" * 300):
        needs.learn(KIND, precision, attempt(L4, 3_000), DAY)
    assert list(needs.to_data()) == [f"{KIND}.unknown"]


def kinds(count):
    return [f"xtts.{number:016x}.Auto" for number in range(count)]


def test_of_too_many_those_seen_least_recently_are_dropped():
    needs = Needs(max_entries=3)
    for each in (*kinds(3), kinds(1)[0], kinds(4)[3]):
        needs.learn(each, "float16", attempt(L4, 3_000), DAY)
    assert {key.rpartition(".")[0] for key in needs.to_data()} == {
        kinds(1)[0],
        *kinds(4)[2:],
    }


def test_those_that_are_read_are_bounded_too_by_the_day_they_were_seen():
    stored = {
        f"{each}.float16": Seen(peak_mib=3_000, day=DAY + timedelta(days=number)).model_dump_json(
            by_alias=True
        )
        for number, each in enumerate(kinds(5))
    }
    needs = Needs(max_entries=3)
    assert needs.take(dict(reversed(stored.items()))) == 0
    assert set(needs.to_data()) == set(list(stored)[2:])
    assert not needs.is_stored, "what is stored has too many"


def test_what_is_stored_reads_as_it_was():
    needs, other = Needs(), Needs()
    needs.learn(KIND, "float16", attempt(L4, 3_000, floor=2_000), DAY)
    needs.learn(KIND, "float32", ran_out(L4), DAY)
    assert json.loads(needs.to_data()[f"{KIND}.float16"]) == {
        "peakMiB": 3_000,
        "floorMiB": 2_000,
        "smallestMiB": L4,
        "day": "2026-11-29",
    }
    assert other.take(needs.to_data()) == 0
    assert other.to_data() == needs.to_data()
    assert other.is_stored


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("README", "hello"),
        (f"{KIND}.float16", "{"),
        (f"{KIND}.float16", "[]"),
        (f"{KIND}.float16", '{"peakMiB": 5000}'),
        (f"{KIND}.float16", '{"peakMiB": -1, "day": "2026-11-29"}'),
        (f"{KIND}.float16", '{"peakMiB": 1e99, "day": "2026-11-29"}'),
        (f"{KIND}.float16", 7),
        ("../" + f"{KIND}.float16", '{"peakMiB": 5000, "day": "2026-11-29"}'),
    ],
)
def test_an_entry_that_nobody_can_read_is_forgotten_and_the_others_are_not(key, value):
    good = f"{KIND}.float32", '{"peakMiB": 5000, "day": "2026-11-29", "of": "a later version"}'
    needs = Needs()
    assert needs.take({key: value, good[0]: good[1]}) == 1
    assert needs.needed_by(KIND) == 5_000


def test_what_another_has_stored_meanwhile_is_added_to_what_was_learned():
    theirs, ours = Needs(), Needs()
    for needs in (theirs, ours):
        needs.learn(KIND, "float16", attempt(L4, 3_000), DAY)
        needs.take(needs.to_data())
    theirs.learn(KIND, "float16", attempt(GTX, 4_000), DAY)
    theirs.learn(kinds(1)[0], "float16", attempt(L4, 2_000), DAY)
    ours.learn(KIND, "float16", attempt(H200, 60_000), DAY)
    ours.take(theirs.to_data())
    assert ours.needed_by(KIND) == GTX
    assert ours.needed_by(kinds(1)[0]) == 2_000
    assert not ours.is_stored
    assert '"peakMiB":60000' in ours.to_data()[f"{KIND}.float16"]


def test_what_somebody_has_deleted_is_forgotten_but_for_what_was_learned_since():
    needs = Needs()
    needs.learn(KIND, "float16", attempt(L4, 3_000), DAY)
    needs.take(needs.to_data())
    needs.learn(kinds(1)[0], "float16", attempt(L4, 2_000), DAY)
    needs.take({})
    assert needs.needed_by(KIND) is None
    assert needs.needed_by(kinds(1)[0]) == 2_000


def test_a_day_later_the_same_is_worth_a_write_and_within_the_day_it_is_not():
    needs = Needs()
    needs.learn(KIND, "float16", attempt(L4, 3_000), DAY)
    needs.take(needs.to_data())
    needs.learn(KIND, "float16", attempt(L4, 3_000), DAY)
    assert needs.is_stored
    needs.learn(KIND, "float16", attempt(L4, 3_000), DAY + timedelta(days=1))
    assert not needs.is_stored
