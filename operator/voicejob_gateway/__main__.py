"""``python -m voicejob_gateway``, the same as the command ``voicejob-gateway``."""

from voicejob_gateway.app import main

main()
