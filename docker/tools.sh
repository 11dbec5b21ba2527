#!/bin/sh
# Makes what an image is built with, installers and the build backend, in a folder that does not end
# up in it: `tools.sh FOLDER`. Also an empty virtual environment at /opt/voicejob, where there is none.
set -eu
here=$(dirname "$0")
. "$here/index.sh"
python3 -m venv "$1"
"$1/bin/pip" install --quiet --no-cache-dir --require-hashes --requirement "$here/build.lock"
[ -x /opt/voicejob/bin/python3 ] || python3 -m venv --without-pip /opt/voicejob
