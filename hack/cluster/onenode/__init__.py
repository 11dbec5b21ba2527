"""A complete one-node Kubernetes, compiled from source and run on this machine."""
