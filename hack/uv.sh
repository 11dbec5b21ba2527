#!/bin/sh
# uv with the package index that pip is configured with, by its files or by the environment. Where
# pip has no setting, both use the public one.
set -eu
. "$(dirname "$0")/../docker/index.sh"
hand_on_to_uv python3
exec "${UV:-.venv/bin/uv}" "$@"
