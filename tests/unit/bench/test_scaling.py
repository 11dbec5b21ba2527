import json
from pathlib import Path

import pytest
from scaling import objects
from scaling.course import Course
from scaling.numbers import growth, percentile, slope
from scaling.operators import metric, sample_of
from scaling.plots import draw
from scaling.recording import Recording, alone
from scaling.results import Figure, Measurement, judged, save, table
from scaling.soak import Ledger

from voicejob_api.voicejob import VoiceJob

METRICS = """
# HELP voicejob_api_requests_total Requests to the API server, watches not counted.
# TYPE voicejob_api_requests_total counter
voicejob_api_requests_total{method="GET"} 3.0
voicejob_api_requests_total{method="PATCH"} 4.0
voicejob_api_requests_created{method="GET"} 1.7e+09
voicejob_operator_reconciles_total{result="ok"} 5.0
process_cpu_seconds_total 1.5
process_resident_memory_bytes 1.048576e+08
"""


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.0, 1)])
def test_a_percentile_is_one_of_the_values(share: float, expected: int) -> None:
    assert percentile(range(100, 0, -1), share) == expected


def test_a_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.99)


def test_the_slope_of_a_line_is_its_own_and_noise_around_it_changes_little() -> None:
    line = [(float(x), 3.0 * x + 1) for x in range(100)]
    noisy = [(x, y + (1 if x % 2 else -1)) for x, y in line]
    assert slope(line) == pytest.approx(3.0)
    assert slope(noisy) == pytest.approx(3.0, abs=0.01)
    assert growth(line) == pytest.approx(297.0)


@pytest.mark.parametrize("points", [[], [(1.0, 5.0)], [(1.0, 5.0), (1.0, 9.0)]])
def test_too_few_points_have_no_slope(points: list[tuple[float, float]]) -> None:
    assert slope(points) == growth(points) == 0.0


def test_metrics_are_summed_over_their_labels_under_either_prefix() -> None:
    sample = sample_of(METRICS)
    assert (sample.requests, sample.reconciles) == (7.0, 5.0)
    assert (sample.cpu, sample.rss) == (1.5, 100.0)
    assert metric(METRICS, "absent_total") == 0.0


def test_every_voicejob_of_the_benches_is_one_that_the_api_server_takes() -> None:
    long_text = (objects.TEXT * 300)[: objects.LONG_TEXT_BYTES]
    assert len(long_text) == objects.LONG_TEXT_BYTES
    for body in (
        objects.voicejob("v", annotations={"kwok.voicejob.dev/exit-code": "21"}, retries=0),
        objects.voicejob("v", deadlines={"queueSeconds": 86_400, "startSeconds": 86_400}),
        objects.voicejob("v", long_text),
    ):
        metadata = {"namespace": "n", "uid": "u", "resourceVersion": "1"}
        VoiceJob.model_validate({**body, "metadata": {**body["metadata"], **metadata}})


@pytest.fixture
def recording() -> Recording:
    name, uid, child = "recorded", "5692c997-91e0", "recorded-0a1b2c3d"
    labels = {"voicejob.dev/name": name, "voicejob.dev/uid": uid}
    return Recording(
        name=name,
        uid=uid,
        child=child,
        secret={"metadata": {"name": child, "labels": labels}},
        job={"metadata": {"name": child, "labels": labels}},
        statuses=[{"phase": "Queued", "jobName": child}, {"phase": "Running"}, {"phase": "Done"}],
        events=[{"reason": "Scheduled"}, {"reason": "Completed"}],
    )


def test_a_recording_is_played_for_another_voicejob_without_a_trace_of_the_first(
    recording: Recording,
) -> None:
    other = recording.of("v-7", "77777777-aaaa")
    content = json.dumps([other.secret, other.job, other.statuses, other.events])
    for word in (recording.name, recording.uid, recording.child):
        assert word not in content
    assert other.job["metadata"]["name"] == other.child == "v-7-77777777"
    assert other.job["metadata"]["labels"]["voicejob.dev/uid"] == "77777777-aaaa"


def test_its_job_alone_has_the_pod_and_nothing_of_the_voicejobs(recording: Recording) -> None:
    job = alone(recording, "bare-1")
    assert job == {**recording.job, "metadata": {"name": "bare-1"}}
    assert recording.uid in json.dumps(recording.job)
    assert recording.uid not in json.dumps(job)


@pytest.mark.parametrize(("asked", "left"), [(9, 7), (7, 7), (6, 6), (5, 5), (4, 4), (0, 4)])
def test_a_trimmed_recording_keeps_the_objects_and_the_end(
    recording: Recording, asked: int, left: int
) -> None:
    trimmed = recording.trimmed(asked)
    assert trimmed.writes() == left
    assert trimmed.statuses[-1]["phase"] == "Done"
    assert trimmed.events[-1]["reason"] == "Completed"


def test_a_lag_is_from_the_pod_s_end_to_the_voicejob_s_word_and_never_below_zero() -> None:
    course = Course(ended={"b": 3.0, "a": 1.0, "c": 5.0}, told={"a": 1.5, "b": 2.9})
    assert course.lags() == [0.5, 0.0]


def seen(name: str, phase: str) -> dict[str, object]:
    return {"metadata": {"name": name}, "status": {"phase": phase}}


def job_of(name: str, uid: str) -> dict[str, object]:
    return {"metadata": {"uid": uid, "labels": {"voicejob.dev/name": name}}}


def test_the_ledger_tells_what_was_lost_misjudged_or_made_twice() -> None:
    ledger = Ledger(expected=dict.fromkeys(("good", "lost", "wrong", "twice"), "Succeeded"))
    for name, phase in (("good", "Running"), ("good", "Succeeded"), ("wrong", "Failed")):
        ledger.saw_voicejob(seen(name, phase))
    for phase in ("Succeeded", "Failed"):
        ledger.saw_voicejob(seen("twice", phase))
    for name, uid in (("good", "1"), ("good", "1"), ("wrong", "2"), ("twice", "3"), ("twice", "4")):
        ledger.saw_job(job_of(name, uid))
    assert ledger.unfinished() == {"lost"}
    assert ledger.misjudged() == {"wrong", "twice"}
    assert ledger.without_one_job() == {"lost", "twice"}


def test_a_figure_says_whether_its_goal_is_met() -> None:
    assert Figure("lag", 2.0, "s", 2.0).verdict == "met"
    assert Figure("lag", 5.0, "s", 2.0).verdict == "missed, 2.5 times"
    assert Figure("lost", 1, "", 0).verdict == "missed"
    assert Figure("held", 5, "min").verdict == ""


def test_a_short_form_is_not_judged_by_the_goal_of_the_whole() -> None:
    assert Figure("memory", 100.0, "MiB", judged(200.0, enough=False)).verdict == ""
    assert Figure("memory", 300.0, "MiB", judged(200.0, enough=True)).verdict == "missed, 1.5 times"


def test_results_of_one_bench_replace_its_former_ones_and_leave_the_others(tmp_path: Path) -> None:
    path = tmp_path / "build" / "scale.json"
    for name, value in (("steady-200", 1.0), ("queued-200", 2.0), ("steady-200", 3.0)):
        measurement = Measurement(name)
        measurement.add("lag", value, "s", 2.0)
        save(path, measurement, "local")
    content = json.loads(path.read_text())
    values = {name: kept["figures"][0]["value"] for name, kept in content.items()}
    assert values == {"steady-200": 3.0, "queued-200": 2.0}
    assert "| steady-200 | lag | 3 | s | 2 | missed, 1.5 times |" in table([measurement])


MEMORY = [(0.0, 100.0), (1.0, 101.0), (2.0, 101.5), (3.0, 101.0)]


@pytest.mark.parametrize(
    ("name", "series"),
    [
        (
            "burst-2",
            {"bare": [1, 2], "bare_again": [1, 2], "floor": [1, 2], "ended": [1, 2], "told": [1, 2]}
            | {"lags": [0.1, 0.2], "floor_lags": [0.1, 0.2], "bare_with_the_pod": [1, 2]},
        ),
        ("steady-2", {"ended": [1.0, 2.0], "lags": [0.1, 0.2]}),
        ("finished-2", {"900 bytes of text each": {"memory": MEMORY, "first": 3.0}}),
        ("queued-2", {"memory": MEMORY, "requests": MEMORY}),
        ("soak", {"memory": MEMORY, "restarts": [1.5]}),
    ],
)
def test_every_bench_has_its_plot(tmp_path: Path, name: str, series: dict[str, object]) -> None:
    assert draw(name, series, tmp_path).stat().st_size > 10_000
