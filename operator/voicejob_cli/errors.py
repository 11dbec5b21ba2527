"""How a command ends that cannot do what it was asked: what was found, and what to do."""

from enum import IntEnum


class End(IntEnum):
    """Exit codes of ``kubectl voicejob``."""

    DONE = 0
    """It is done; of ``say``, spoken and fetched."""
    REFUSED = 1
    """Nothing was done: what was asked, the kubeconfig or the cluster does not allow it."""
    USAGE = 2
    """The command line is not understood, or has what would be ignored."""
    FAILED = 3
    """The VoiceJob has failed."""
    NOT_FETCHED = 4
    """The VoiceJob has its audio, and it could not be fetched."""
    STILL_WORKING = 5
    """The VoiceJob is there and its end was not awaited: the time is over, it is suspended, or it
    may not be watched."""
    INTERRUPTED = 130
    """Ctrl-C; a VoiceJob that was applied goes on."""


class CliError(Exception):
    """What a person is told, and the exit code.

    Args:
        found: What is amiss, with what was expected.
        to_do: What to do about it; may have several lines.
        end: The exit code.
        may_pass: Whether the same may succeed a moment later, with nothing changed.
    """

    def __init__(
        self, found: str, to_do: str = "", end: End = End.REFUSED, *, may_pass: bool = False
    ) -> None:
        super().__init__(found)
        self.found = found
        self.to_do = to_do
        self.end = end
        self.may_pass = may_pass
