"""VoiceJobs as a resource of the API, for all that ask for them."""

from typing import Final

from voicejob_api import names
from voicejob_operator.runtime.resource import Resource

VOICEJOBS: Final = Resource(names.GROUP, names.VERSION, names.PLURAL, names.KIND)
