import subprocess
import sys

PROGRAM = """
import sys
import torch
before = set(sys.modules)
from pathlib import Path
from voicejob_worker.engines.f5 import mel, modelfiles, variant, vocabulary, vocoder
from voicejob_worker.engines.f5 import f5_checkpoint as checkpoint
files = modelfiles.find_model(Path(sys.argv[1]))
state = checkpoint.load_checkpoint(files.checkpoint)
vocabulary.Vocabulary.load(files.vocabulary, 2545).encode("Olá, família!")
vocoder.load_vocoder(files.vocoder, "cpu").decode_each([torch.zeros(4, 100)])
mel.MelSpectrogram().log_mel(torch.zeros(1000))
print(*(name for name in set(sys.modules) - before))
"""
DEAR = {
    "f5_tts", "vocos", "encodec", "torchaudio", "transformers", "x_transformers", "librosa",
    "pypinyin", "matplotlib", "scipy", "wandb",
}  # fmt: skip


def test_nothing_dear_is_imported_beyond_torch(making, tmp_path):
    making.make_f5_checkpoint(tmp_path)
    making.make_vocos(tmp_path / "vocos")
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, check=True
    )
    imported = {name.partition(".")[0] for name in found.stdout.split()}
    assert "safetensors" in imported
    assert not imported & DEAR
