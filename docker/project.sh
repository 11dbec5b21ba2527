#!/bin/sh
# Installs the project, without its dependencies, under /project, laid out like /opt/voicejob, and
# leaves only the packages that are named: `project.sh PACKAGE...`.
set -eu
cd /src
# Part of the metadata, and no reason to build anew.
touch README.md
# The other programs' packages are not in this image, but the build expects their folders.
mkdir -p crds/voicejob_api operator/voicejob_cli operator/voicejob_gateway operator/voicejob_operator \
    worker/voicejob_worker
/tools/bin/python3 -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /wheels .
/tools/bin/pip --python /opt/voicejob/bin/python3 install \
    --quiet --no-compile --no-deps --no-index --prefix /project /wheels/*.whl
for script in /project/bin/*; do
    case " $* " in
    *" $(basename "$script" | tr - _) "*) ;;
    *) rm "$script" ;;
    esac
done
/opt/voicejob/bin/python3 -m compileall -q --invalidation-mode unchecked-hash /project
