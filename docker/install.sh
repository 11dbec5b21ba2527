#!/bin/sh
# Installs into /opt/voicejob exactly what a lock lists, pruned and compiled: `install.sh LOCK`; with
# `install.sh LOCK torch` only torch and what it is linked with, two thirds of all, so that they are
# a layer of their own. What is there already is left as it is.
set -eu
lock=$1
here=$(dirname "$0")
scratch=$(mktemp -d /opt/voicejob.XXXXXX)
touch "$scratch/start"
sh "$here/tools.sh" "$scratch/tools"

if [ "${2:-}" = torch ]; then
    awk '/^[a-z]/ {on = /^(torch|triton|(nvidia|cuda)-[a-z0-9-]*)==/} on' "$lock" > "$scratch/torch.lock"
    lock=$scratch/torch.lock
fi
. "$here/index.sh"
hand_on_to_uv "$scratch/tools/bin/python3"
# What has no wheel on the index is built with the backend that is locked, too. The lock is complete,
# and where it overrides what a package asks for, uv would not have it. Unpacked beside its place and
# linked there, for a copy would take the disk twice while the layer is made.
"$scratch/tools/bin/uv" pip install --python /opt/voicejob/bin/python3 --no-deps --require-hashes \
    --cache-dir "$scratch/cache" --link-mode hardlink \
    --build-constraints "$here/build.lock" --requirements "$lock"

site=$(/opt/voicejob/bin/python3 -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
python3 "$here/prune.py" prune "$site"
# Compiled now, because the image's file system is read-only later; unchecked, because layers do
# not keep a file's time.
compile="/opt/voicejob/bin/python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash"
for generated in "$site/kubernetes/aio/client/api" "$site/kubernetes/aio/client/models"; do
    if [ -d "$generated" ]; then $compile -b "$generated"; fi
done
python3 "$here/prune.py" drop-sources "$site"
# Only what is new: the layer below has been compiled.
find "$site" -name '*.py' -cnewer "$scratch/start" > "$scratch/sources"
$compile -i "$scratch/sources"
rm -r "$scratch"
