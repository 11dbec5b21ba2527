#!/bin/sh
# Installs into /opt/voicejob exactly what a lock lists, pruned and compiled: `install.sh LOCK`.
set -eu
lock=$1
here=$(dirname "$0")

# uv reads none of pip's settings.
if [ -n "${PIP_INDEX_URL:-}" ]; then export UV_DEFAULT_INDEX="$PIP_INDEX_URL"; fi
# What has no wheel on the index is built with the backend that is locked, too. The lock is complete,
# and where it overrides what a package asks for, uv would not have it.
/tools/bin/uv pip install --python /opt/voicejob/bin/python3 --no-cache --link-mode copy --no-deps \
    --require-hashes --build-constraints "$here/build.lock" --requirements "$lock"

site=$(/opt/voicejob/bin/python3 -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
python3 "$here/prune.py" prune "$site"
# Compiled now, because the image's file system is read-only later; unchecked, because layers do
# not keep a file's time.
compile="/opt/voicejob/bin/python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash"
for generated in "$site/kubernetes/aio/client/api" "$site/kubernetes/aio/client/models"; do
    if [ -d "$generated" ]; then $compile -b "$generated"; fi
done
python3 "$here/prune.py" drop-sources "$site"
$compile "$site"
