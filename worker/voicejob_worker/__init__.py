"""The worker of VoiceJob: speaks one VoiceJob, in a pod or on a laptop."""

from typing import Final

__version__: Final = "0.1.0"
