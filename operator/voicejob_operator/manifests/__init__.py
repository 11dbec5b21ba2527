"""The Kubernetes objects that a VoiceJob becomes."""
