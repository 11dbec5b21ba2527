"""The contract of VoiceJob: the resource, the worker's report, grants, exit codes and names."""
