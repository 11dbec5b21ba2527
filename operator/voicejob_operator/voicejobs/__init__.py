"""What is done for a VoiceJob: observed, decided, acted on; nothing here speaks HTTP."""
