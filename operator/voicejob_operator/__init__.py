"""The operator: watches VoiceJobs, runs them as Jobs, reports what they do."""
