"""The report says what the worker is doing, how far that is, and how long all of it will take."""

import threading

import pytest

from voicejob_api.audio import AudioFormat
from voicejob_api.report import WorkerReport
from voicejob_api.status import AudioResult, Stage
from voicejob_worker.attempt.process import Options, _Run
from voicejob_worker.errors import StoppedError
from voicejob_worker.reporting.estimate import Estimate
from voicejob_worker.reporting.reporter import Reporter
from voicejob_worker.settings import Settings

STORED = AudioResult(
    uri="s3://a/b",
    sha256="0",
    size_bytes=1,
    format="wav",
    sample_rate=1,
    duration_seconds=1.0,
)


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr("voicejob_worker.reporting.estimate.time.monotonic", made)
    return made


def spoken(audio_format=AudioFormat.MP3, audio_seconds=2580.0):
    estimate = Estimate(audio_format, 1000)
    estimate.enter(Stage.SPEAKING)
    estimate.speak(1000, audio_seconds, 182.0)
    return estimate


def test_the_time_left_counts_mastering_and_upload_while_there_is_speaking(clock):
    estimate = Estimate(AudioFormat.MP3, 1000)
    estimate.enter(Stage.SPEAKING)
    estimate.speak(500, 1290.0, 91.0)
    assert 91 + 60 < estimate.seconds_left < 91 + 100


def test_what_was_taken_over_tells_no_speed(clock):
    estimate = Estimate(AudioFormat.WAV, 1000)
    estimate.enter(Stage.SPEAKING)
    estimate.speak(500, 60.0, None)
    assert estimate.seconds_left is None
    estimate.speak(100, 12.0, 2.0)
    assert estimate.seconds_left > 8.0


def test_minutes_of_mastering_are_never_told_as_no_time_at_all(clock):
    """It takes 126 s where 72 were expected: by its own speed that is soon known."""
    estimate = spoken()
    told = []
    estimate.enter(Stage.MASTERING)
    for percent in range(100):
        clock.now = 126.0 * percent / 100
        estimate.reach(percent / 100)
        told.append((estimate.seconds_left, 126.0 - clock.now))
    assert all(left > 0 for left, _ in told)
    assert all(abs(left - right) < 10 for left, right in told[10:])


def test_an_upload_counts_by_the_speed_that_the_checkpoint_had(clock):
    estimate = spoken(AudioFormat.WAV)
    estimate.upload(1_000_000, 10.0)
    estimate.enter(Stage.UPLOADING)
    assert estimate.seconds_left == pytest.approx(2580 * 48_000 / 100_000)
    clock.now = 60.0
    estimate.reach(0.5)
    assert estimate.seconds_left == pytest.approx(60.0)


def test_each_stage_begins_without_a_share_and_tells_its_own():
    reporter = Reporter()
    reporter.enter(Stage.MASTERING)
    assert reporter.report.progress.stage_percent is None
    reporter.reach(0.424)
    assert reporter.report.progress.stage_percent == 42
    reporter.enter(Stage.UPLOADING)
    assert reporter.report.progress.stage_percent is None


def test_a_share_is_told_once_for_each_percent_and_not_for_each_block():
    told = []
    reporter = Reporter(told.append)
    reporter.enter(Stage.MASTERING)
    for block in range(10_000):
        reporter.reach(block / 10_000)
    assert 100 <= len(told) <= 110


def test_a_fetch_that_interrupts_the_loading_gives_way_to_it_again():
    reporter = Reporter()
    reporter.fetching(10, 100)
    assert (reporter.report.stage, reporter.report.progress.stage_percent) == (Stage.FETCHING, 10)
    reporter.fetched()
    reporter.enter(Stage.LOADING)
    reporter.fetching(0, None, "another process fetches it")
    assert reporter.report.message == "another process fetches it"
    reporter.fetching(50, 100)
    assert (reporter.report.message, reporter.report.progress.stage_percent) == ("", 50)
    reporter.fetched()
    assert reporter.report.stage is Stage.LOADING


def test_two_threads_that_report_lose_nothing():
    """One speaks what is missing while another takes over what is kept."""
    reporter = Reporter()
    reporter.plan(4000, 4000)

    def speak(spoken_in):
        for _ in range(2000):
            reporter.chunk_done(1, 0.5, spoken_in)
            reporter.time(synthesis_seconds=1.0)

    threads = [threading.Thread(target=speak, args=(how,)) for how in (0.1, None)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    progress = reporter.report.progress
    assert (progress.chunks_done, progress.percent) == (4000, 100)
    assert reporter.report.chunks_resumed == 2000


def test_work_that_was_cut_short_does_not_overwrite_how_it_ended():
    reporter = Reporter()
    reporter.enter(Stage.MASTERING)
    reporter.failed(StoppedError("cut short"))
    reporter.reach(0.5)
    reporter.enter(Stage.UPLOADING)
    assert (reporter.report.stage, reporter.report.message) == (Stage.ENDED, "cut short")


def test_a_last_word_is_known_before_the_end_and_is_not_put_before_it():
    reporter = Reporter()
    reporter.enter(Stage.SPEAKING)
    early = reporter.last_words(StoppedError("stopped"))
    assert (early.exit_code, early.reason, early.stage) == (143, "Stopped", Stage.ENDED)
    assert reporter.report.exit_code is None
    reporter.done(STORED, "done")
    assert reporter.last_words(StoppedError("stopped")).exit_code == 0


def test_a_stop_at_the_last_moment_does_not_write_over_a_good_end(tmp_path):
    run = _Run(Options(Settings(termination_log=tmp_path / "log"), serve=False))
    with run._writing:
        stopping = threading.Thread(target=run._first_act)
        stopping.start()
        stopping.join(0.3)
        assert stopping.is_alive()
        run.reporter.done(STORED, "done")
    stopping.join()
    assert WorkerReport.model_validate_json((tmp_path / "log").read_bytes()).exit_code == 0


def test_every_stage_of_a_job_is_told_in_its_order(store, worker):
    worker.write_job(text="One sentence here.", audio={"format": "mp3"})
    worker.write_grants(store.grants())
    ended = worker.run()
    assert ended.code == 0, ended.output
    lines = [line for line in ended.output.splitlines() if '"event": "stage"' in line]
    stages = [stage for line in lines for stage in Stage if f'"stage": "{stage}"' in line]
    assert stages == [
        Stage.PREPARING,
        Stage.LOADING,
        Stage.SPEAKING,
        Stage.MASTERING,
        Stage.UPLOADING,
        Stage.ENDED,
    ]
    report = WorkerReport.model_validate(ended.report)
    assert report.progress.percent == 100


@pytest.mark.parametrize(
    ("grace", "leaves_after"), [(30, 25), (600, 595), (10, 7.5), (5, 3.75), (2, 1), (1, 0)]
)
def test_a_worker_leaves_before_the_kubelet_kills_it(grace, leaves_after):
    assert Settings(termination_grace_seconds=grace).leave_seconds == leaves_after


def test_stages_are_told_in_their_order_with_their_times_the_interrupted_twice():
    reporter = Reporter()
    reporter.enter(Stage.LOADING)
    reporter.fetching(1, 2)
    reporter.fetched()
    reporter.reach(0.5)
    reporter.failed(StoppedError("it was stopped"))
    stages = reporter.report.stages
    assert [each.stage for each in stages] == ["Loading", "Fetching", "Loading", "Ended"]
    assert [each.began_at for each in stages] == sorted(each.began_at for each in stages)
    read = WorkerReport.model_validate_json(reporter.report.termination_message())
    assert read.stages == stages


def test_stages_without_end_are_not_kept_without_end():
    reporter = Reporter()
    for _ in range(40):
        reporter.enter(Stage.LOADING)
        reporter.enter(Stage.FETCHING)
    assert len(reporter.report.stages) == 16
    assert reporter.report.stages[-1].stage is Stage.FETCHING


def test_a_stage_of_another_version_is_left_out_of_them():
    known = {"stage": "Speaking", "beganAt": "2026-05-03T09:00:00Z"}
    report = WorkerReport.model_validate({"stages": [{**known, "stage": "Humming"}, known]})
    assert [each.stage for each in report.stages] == [Stage.SPEAKING]
