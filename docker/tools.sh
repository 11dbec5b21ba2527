#!/bin/sh
# What an image is built with, in /tools: installers and the build backend do not end up in it. Also
# an empty virtual environment at /opt/voicejob. Runs in the first stage of both images' builds.
set -eu
here=$(dirname "$0")
python3 -m venv /tools
/tools/bin/pip install --quiet --no-cache-dir --require-hashes --requirement "$here/build.lock"
python3 -m venv --without-pip /opt/voicejob
