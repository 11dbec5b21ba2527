#!/bin/sh
# uv with the package index that pip is configured with: uv reads no pip.conf.
set -eu
index=${PIP_INDEX_URL:-$(python3 -m pip config get global.index-url 2>/dev/null || true)}
if [ -n "$index" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"; fi
exec "${UV:-.venv/bin/uv}" "$@"
