"""One attempt at one VoiceJob: the process around it, its workplace, and its stages in order."""
