"""Uses few entries of one small cache, as others do at once: `hammer_cache.py FOLDER FILE SEED`.

Prints the number of wrong answers, and the cache's own counts of dropped, faults and hits.
"""

import json
import sys
from pathlib import Path

import numpy as np

from voicejob_worker.reference import cache as module
from voicejob_worker.reference.cache import ReferenceCache
from voicejob_worker.reference.reference import Reference, ReferenceReport


def prepare(file, transcript, *, stop):
    samples = np.full(24_000, float(transcript) / 10, np.float32)
    report = ReferenceReport(1.0, 1.0, 30.0, 0.0, 0.9, 24_000)
    return Reference(samples, 24_000, transcript, module.reference_digest(file, transcript), report)


def main(folder, recording, seed):
    random = np.random.default_rng(int(seed))
    module.prepare_reference = prepare
    cache = ReferenceCache(Path(folder), 10 * 1024**2, 3)
    wrong = 0
    for _ in range(100):
        text = str(random.integers(1, 6))
        found = cache.get_or_make(Path(recording), text)
        is_wrong = found.transcript != text or found.samples[7] != np.float32(float(text) / 10)
        wrong += bool(is_wrong)
    print(json.dumps([wrong, cache.dropped, cache.faults, cache.hits]))


if __name__ == "__main__":
    main(*sys.argv[1:])
