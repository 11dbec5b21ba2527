"""What a VoiceJob brings: the job file, its text, its models, its voice reference."""
