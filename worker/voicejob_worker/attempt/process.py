"""The edge of a run: whatever happens inside becomes a report, a termination message, a code."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voicejob_api.exit_codes import ExitCode
from voicejob_api.report import WorkerReport
from voicejob_api.tracing import trace_id_in
from voicejob_api.voicejob import VoiceJob
from voicejob_worker.attempt.figures import with_memory_figures
from voicejob_worker.attempt.idle_options import refuse_idle_options
from voicejob_worker.attempt.workplace import PatienceMaker, Workplace, in_pod, on_laptop
from voicejob_worker.device.ledger import ledger
from voicejob_worker.device.share import requested_mib
from voicejob_worker.device.watch import DeviceWatch
from voicejob_worker.errors import StoppedError, TransientFaultError, WorkerError
from voicejob_worker.failures.translate import as_worker_error
from voicejob_worker.failures.unforeseen import kind_and_frames, unforeseen_in
from voicejob_worker.inputs.job_file import read_job
from voicejob_worker.reporting.disks import DiskCollector
from voicejob_worker.reporting.display import Display, JsonLines, laptop_display
from voicejob_worker.reporting.liveness import Liveness
from voicejob_worker.reporting.reporter import Reporter
from voicejob_worker.settings import Settings
from voicejob_worker.stop import Stop, stop_on_signals

if TYPE_CHECKING:
    from voicejob_worker.attempt.attempt import Attempt


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    settings: Settings
    output: Path | None = None
    """The folder of a laptop; None in a pod."""
    serve: bool = True


def run(options: Options) -> WorkerReport:
    """Work on one VoiceJob to its end, and return the final report. Never raises an Exception."""
    work = _Run(options)
    work.do()
    return work.reporter.report


class _Run:
    def __init__(self, options: Options) -> None:
        self._options = options
        self._settings = options.settings
        self._stop = Stop()
        self._display: Display = laptop_display() if options.output else JsonLines()
        self._display.about(
            job=self._settings.job_name,
            pod=self._settings.pod_name,
            trace_id=trace_id_in(os.environ),
        )
        self.reporter = Reporter(self._display.show)
        self._attempt: Attempt | None = None
        self._workplace: Workplace | None = None
        self._writing = threading.Lock()
        self._liveness = Liveness(self.reporter, self._settings.stall_seconds)
        self._hung_seconds = 0.0
        self._watch = DeviceWatch(ledger, self.reporter.device)

    def do(self) -> None:
        leave_seconds = self._settings.leave_seconds
        stop_on_signals(self._stop, leave_seconds, self._last_words, self._first_act)
        try:
            self._work()
            self._keep_result()
        except BaseException as error:  # whatever ends the work, the last word is to tell it
            self._fail(error)
        finally:
            self._display.close()
            self._write_termination_message(lambda: self.reporter.report)

    def _work(self) -> None:
        if self._options.serve:
            self._serve()
        is_mounted = self._options.output is None
        job = read_job(self._settings.job_file, is_mounted=is_mounted)
        whose = job.metadata
        self._display.about(namespace=whose.namespace, voicejob=whose.name, uid=whose.uid)
        self.reporter.work_of(whose.uid)
        refuse_idle_options(job.spec, self._settings)
        self._watch_memory(job)
        try:
            self._begin(job)
        finally:  # an attempt that dies of memory is the one whose last figures matter
            self._watch.close()

    def _watch_memory(self, job: VoiceJob) -> None:
        settings = self._settings
        gpu = None if settings.gpu_withheld else job.spec.gpu
        ledger.note = self._display.note
        ledger.requested_mib = requested_mib(gpu, settings.gpu_memory_mib, os.environ)
        ledger.is_expected = gpu is not None
        self._watch.start()

    def _begin(self, job: VoiceJob) -> None:
        from voicejob_worker.attempt.attempt import Attempt
        from voicejob_worker.attempt.context import AttemptContext

        context = AttemptContext(self._settings, self.reporter, self._display, self._stop)
        self._workplace = self._make_workplace(job)
        self._attempt = Attempt(job, self._workplace, context)
        self._attempt.run()

    def _keep_result(self) -> None:
        """Have the store keep the last report: the operator may be away longer than pod and Job.

        Without it the audio is stored all the same: what goes wrong is told and ends nothing.
        """
        report, place = self.reporter.report, self._workplace
        if place is None or place.results is None:
            return
        self._write_termination_message(lambda: report)
        try:
            place.results.put_result(report.to_json(), self._settings.store_retry_seconds)
        except Exception as error:  # no fault of the store may fail a VoiceJob that was spoken
            why = error.message if isinstance(error, WorkerError) else type(error).__name__
            self._display.note("the result was not kept", level="warning", why=why)

    def _make_workplace(self, job: VoiceJob) -> Workplace:
        if self._options.output is not None:
            return on_laptop(job, self._settings.text_file, self._options.output)
        asking = PatienceMaker(self._settings, self._stop, self._waiting, self.reporter.alive)
        return in_pod(job, self._settings, asking)

    def _waiting(self, why: str) -> None:
        """While a store does not answer: a sign of life, and another try at the checkpoint."""
        self.reporter.wait(why)
        self._display.note("waiting", level="warning", why=why)
        self._save_soon()

    def _first_act(self) -> None:
        """Begin a stop: write the last word as far as it is known, and save the finished chunks."""
        self._hung_seconds = self._liveness.hung_seconds()
        self._save_soon()
        told = self._why_stopped("its finished chunks are kept")
        self._write_termination_message(lambda: self.reporter.last_words(told))

    def _why_stopped(self, otherwise: str) -> WorkerError:
        """A worker that a probe ends because it hangs uses up a retry; a stop from outside none."""
        if self._hung_seconds:
            return TransientFaultError(
                f"the worker gave no sign of life for {self._hung_seconds:.0f} s and was ended"
            )
        return StoppedError(f"the worker was stopped; {otherwise}")

    def _save_soon(self) -> None:
        """Save the finished chunks beside the work: a pod deleted without grace has 2 s for it."""
        if self._attempt is not None:
            self._attempt.save_soon()

    def _serve(self) -> None:
        from voicejob_worker.reporting.status_server import StatusServer

        settings = self._settings
        folders = {"work": settings.work_dir, "models": settings.model_cache_dir}
        disks = DiskCollector(folders)
        self.reporter.collectors.append(disks)
        self.reporter.disk_warning = disks.warning

        def note(fault: str) -> None:
            self._display.note(fault, level="warning")

        StatusServer(self.reporter, settings.status_port, self._liveness, note).start()

    def _fail(self, error: BaseException) -> None:
        fault = self._told(error)
        unforeseen = unforeseen_in(error)
        if unforeseen is not None:
            self._display.note("unexpected", level="error", **kind_and_frames(unforeseen))
        if fault.exit_code is ExitCode.STOPPED and self._attempt is not None:
            self._attempt.save_on_stop()
        self.reporter.failed(fault)

    def _told(self, error: BaseException) -> WorkerError:
        if self._options.output is None:
            fault = as_worker_error(error, self._settings.work_dir)
        else:
            more_room = "name a folder on another disk with --output"
            fault = as_worker_error(error, self._options.output, more_room)
        return with_memory_figures(fault, ledger.gpu, ledger.vram)

    def _last_words(self) -> int | None:
        self.reporter.failed(self._why_stopped("it had to be cut short"))
        self._write_termination_message(lambda: self.reporter.report)
        return self.reporter.report.exit_code

    def _write_termination_message(self, last: Callable[[], WorkerReport]) -> None:
        """Leave the report for the kubelet; a laptop has nobody to read it."""
        if self._options.output is not None:
            return
        path = self._settings.termination_log
        try:
            # A stop comes in a thread of its own. What it has to say is asked for once it is its
            # turn: the work may have ended well meanwhile, and that is not written over.
            with self._writing:
                _overwrite(path, last().termination_message())
        except OSError as error:
            why, where = error.strerror, str(path)
            self._display.note("no termination message", level="warning", file=where, why=why)


def _overwrite(path: Path, content: bytes) -> None:
    """Write in place: the kubelet's file is a bind mount, which nothing can be renamed onto."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        os.write(handle, content)
    finally:
        os.close(handle)
