"""``kubectl voicejob``: VoiceJobs for whoever waits for the audio, on whatever cluster."""
