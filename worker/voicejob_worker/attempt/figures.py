"""The figures of an attempt in the words of the VoiceJob's status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicejob_api.status import Quality, ReferenceInfo
from voicejob_worker.errors import GPUOutOfMemoryError

if TYPE_CHECKING:
    from voicejob_api.status import VRAM, GPUInfo
    from voicejob_worker.audio.produce import FinishedAudio
    from voicejob_worker.errors import WorkerError
    from voicejob_worker.quality.summary import QualityTally
    from voicejob_worker.reference.reference import Reference


def reference_info(reference: Reference) -> ReferenceInfo:
    """``status.reference``: what was found out about the recording."""
    found = reference.report
    return ReferenceInfo(
        duration_seconds=round(found.duration_seconds, 2),
        original_seconds=round(found.original_seconds, 2),
        snr_db=round(found.snr_db, 1),
        clipped_share=round(found.clipped_share, 4),
        speech_share=round(found.speech_share, 3),
        notes=list(reference.notes),
    )


def quality_info(produced: FinishedAudio, checked: QualityTally, notes: list[str]) -> Quality:
    """``status.quality``: the checks of all chunks, and what was measured on the finished audio."""
    measured = produced.measured
    found = {
        "loudness_lufs": measured.loudness_lufs,
        "true_peak_dbtp": measured.true_peak_dbtp,
    }
    rounded = {name: None if value is None else round(value, 2) for name, value in found.items()}
    return checked_info(checked, notes).model_copy(update=rounded)


def checked_info(checked: QualityTally, notes: list[str]) -> Quality:
    """``status.quality`` without what is measured on one file: the checks of all chunks."""
    rate = checked.word_error_rate
    return Quality(
        accepted="BestEffort" if checked.chunks_failed else "Strict",
        chunks_checked=checked.chunks_checked,
        chunks_retried=checked.chunks_retried,
        chunks_failed=checked.chunks_failed,
        faults={fault.value: count for fault, count in sorted(checked.faults.items())},
        word_error_rate=None if rate is None else round(rate, 4),
        longest_divergence=checked.longest_divergence if checked.recogniser else None,
        recogniser=checked.recogniser,
        notes=[*notes, *quality_notes(checked)],
    )


def quality_notes(checked: QualityTally) -> list[str]:
    """The worst doubts in words, and how many more there were."""
    more = checked.chunks_failed - len(checked.doubts)
    return [*checked.doubts, *([f"{more} more chunks were, too"] if more else [])]


def with_memory_figures(fault: WorkerError, gpu: GPUInfo | None, vram: VRAM | None) -> WorkerError:
    """The same end, and where a GPU's memory ran out how much it had and how much was in use."""
    if not isinstance(fault, GPUOutOfMemoryError) or gpu is None or vram is None:
        return fault
    had = min(filter(None, (gpu.memory_mib, gpu.cuda_memory_mib)), default=None)
    # NVML's figures of a device are no measure of a share that CUDA alone sees.
    of_device = None if gpu.cuda_memory_mib else vram.device_peak_mib
    peak = of_device or vram.process_peak_mib or vram.reserved_peak_mib
    if had is None or peak is None:
        return fault
    told = f"{fault.message} (it has {had} MiB; at most {peak} were in use)"
    return GPUOutOfMemoryError(told).naming(*fault.fields)
