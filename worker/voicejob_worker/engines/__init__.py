"""The engines that synthesise: one protocol, and a package or module for each."""
