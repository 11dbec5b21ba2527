"""Switches off what libraries would tell their makers. Runs before any of them is imported."""

import os
from typing import Final

SWITCHES: Final = {
    # onnxruntime >= 1.26 for Linux carries Microsoft's 1DS client; this variable is the one that
    # its binary reads before it makes the client.
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    # With no credentials file and no metadata service, botocore asks nobody who it is.
    "AWS_EC2_METADATA_DISABLED": "true",
}


def silence_telemetry() -> None:
    """Set the variables by which the libraries in use stop reporting home."""
    os.environ.update(SWITCHES)
