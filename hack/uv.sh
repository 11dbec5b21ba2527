#!/bin/sh
# uv with the package index that pip is configured with, by its files or by the environment: uv
# reads neither. Where pip has no setting, both use the public one.
set -eu
index=$(python3 -m pip config list 2>/dev/null | sed -n "s/^[a-z:]*\.index.url='\(.*\)'\$/\1/p" | tail -n 1)
if [ -n "$index" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"; fi
exec "${UV:-.venv/bin/uv}" "$@"
