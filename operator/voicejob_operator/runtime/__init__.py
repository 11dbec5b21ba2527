"""What any controller needs: nothing here knows a VoiceJob."""
