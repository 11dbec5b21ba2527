"""The audio gateway: hands out VoiceJobs' audio to who may hear it, and can do nothing else."""
