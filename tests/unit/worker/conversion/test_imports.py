import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from pathlib import Path
import numpy as np
from voicejob_api.voice import Conversion
from voicejob_worker.conversion.converter import RvcConverter
from voicejob_worker.conversion.companions import find_companions
from voicejob_worker.device.request import DeviceRequest
from voicejob_worker.conversion.converted_engine import ConvertedEngine
print(*sys.modules)
path = list(sys.path)
model = Path(sys.argv[1])
companions = find_companions(model)
asked = Conversion(modelUri="pvc://models/voice.pth")
converter = RvcConverter(threads=1, model=model, settings=asked, hubert=companions.hubert,
                         rmvpe=lambda: companions.rmvpe, device=DeviceRequest("cpu"))
converter.import_libraries()
print(*sys.modules)
converter.load()
converter.convert(np.sin(np.arange(4000) / 20).astype(np.float32), 24_000, 1)
print(*sys.modules)
assert sys.path == path, "the module path was changed"
"""
HEAVY = {"torch", "torchaudio", "faiss", "scipy", "infer_rvc_python"}
DEAR = {"librosa", "numba", "transformers", "torchcrepe", "parselmouth", "sympy", "pkg_resources"}


def test_naming_imports_nothing_heavy_converting_nothing_dear_and_loading_nothing_more(model: Path):
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", PROGRAM, str(model)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    named, imported, used = (
        {name.partition(".")[0] for name in line.split()} for line in done.stdout.splitlines()
    )
    assert not named & HEAVY
    assert imported >= {"torch", "torchaudio", "scipy"}
    assert not used & DEAR
    assert used == imported
