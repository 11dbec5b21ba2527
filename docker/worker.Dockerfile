# The worker, in flavours by engine. Build it from the repository's root, with BuildKit, podman or
# buildah:
#   docker build --file docker/worker.Dockerfile --build-arg FLAVOUR=piper --tag voicejob-worker .
# Flavours: piper (small, CPU only), gpu and gpu-cu126 (torch and every engine; which of the two
# depends on card and driver, see below). All hold piper-tts, which is GPL-3.0.
# BASE is any image with Python 3.11 or newer and its venv module, or with apt-get to install them
# with. It needs no CUDA: torch's wheels bring their own, and the driver's part comes from the node.
# A package index that is not the public one: --secret id=pip.conf,src=… (docker/index.sh).
ARG BASE=docker.io/library/python:3.12-slim-bookworm
ARG FLAVOUR=piper

# Where there is Python already, this layer is empty.
FROM ${BASE} AS python
RUN python3 -c 'import ensurepip' 2>/dev/null || { \
        apt-get update \
        && apt-get install --yes --no-install-recommends ca-certificates python3 python3-venv \
        && apt-get clean && rm -rf /var/lib/apt/lists/*; \
    }

# Apart from the dependencies, so that a change of code rebuilds in seconds.
FROM python AS project
COPY docker/index.sh docker/tools.sh docker/build.lock /src/docker/
RUN --mount=type=secret,id=pip.conf --mount=type=secret,id=certificates \
    sh /src/docker/tools.sh /tools
COPY pyproject.toml /src/
COPY crds/voicejob_api /src/crds/voicejob_api
COPY worker/voicejob_worker /src/worker/voicejob_worker
COPY docker/project.sh /src/docker/
RUN sh /src/docker/project.sh voicejob_api voicejob_worker

# What a flavour asks of a node: worker/voicejob_worker/device/flavours.py says it to the worker, and
# a test holds the two together.
FROM python AS piper
FROM python AS gpu
LABEL dev.voicejob.cuda="13.0" \
      dev.voicejob.minimum-driver="580.65.06" \
      dev.voicejob.architectures="sm_75 sm_80 sm_86 sm_90 sm_100 sm_120"
FROM python AS gpu-cu126
LABEL dev.voicejob.cuda="12.6" \
      dev.voicejob.minimum-driver="525.60.13" \
      dev.voicejob.architectures="sm_50 sm_60 sm_70 sm_75 sm_80 sm_86 sm_90"

FROM ${FLAVOUR}
ARG FLAVOUR
# Installed in the image itself: a copy from another stage would take the disk a second time. Copied
# and not mounted, because some builders look for a layer in their cache without looking at what is
# mounted. Torch first, so that no layer is of 6 GB.
COPY docker/index.sh docker/elf.py docker/install.sh docker/prune.py \
    docker/tools.sh docker/build.lock docker/worker-${FLAVOUR}.lock /opt/voicejob/made-of/
RUN --mount=type=secret,id=pip.conf --mount=type=secret,id=certificates \
    sh /opt/voicejob/made-of/install.sh /opt/voicejob/made-of/worker-${FLAVOUR}.lock torch
RUN --mount=type=secret,id=pip.conf --mount=type=secret,id=certificates \
    sh /opt/voicejob/made-of/install.sh /opt/voicejob/made-of/worker-${FLAVOUR}.lock
# Outside Kubernetes, where no volume is mounted there.
RUN install -d -o 10001 -g 10001 /var/lib/voicejob
LABEL org.opencontainers.image.title="voicejob-worker (${FLAVOUR})" \
      org.opencontainers.image.description="Synthesises one VoiceJob" \
      org.opencontainers.image.source="https://github.com/voicejob/voicejob" \
      org.opencontainers.image.licenses="Apache-2.0 AND GPL-3.0-or-later" \
      dev.voicejob.flavour="${FLAVOUR}"
# Nothing phones home. ORT_DISABLE_TELEMETRY: onnxruntime 1.29 and later (its Privacy.md).
# USER, because the uid has no name that Python's getpass could find. NVIDIA_VISIBLE_DEVICES is left
# to the runtime and the device plugin: a container gets the GPUs that it is given; empty, because a
# BASE of CUDA's own asks for all of them. /usr/local/nvidia is where GKE mounts the driver.
ENV PATH=/opt/voicejob/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/nvidia/bin \
    LD_LIBRARY_PATH=/usr/local/nvidia/lib:/usr/local/nvidia/lib64 \
    VOICEJOB_IMAGE_FLAVOUR=${FLAVOUR} \
    HOME=/tmp \
    USER=voicejob \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ORT_DISABLE_TELEMETRY=1 \
    HF_HUB_DISABLE_TELEMETRY=1 \
    DO_NOT_TRACK=1 \
    OTEL_SDK_DISABLED=true \
    WANDB_MODE=disabled \
    AWS_EC2_METADATA_DISABLED=true \
    NVIDIA_VISIBLE_DEVICES= \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=project /project /opt/voicejob
USER 10001:10001
WORKDIR /var/lib/voicejob
EXPOSE 8080 8000
# Kubernetes has its own probes and passes over this; docker and podman use it. It asks the port
# that the command serves.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python3", "-m", "voicejob_worker.healthcheck"]
ENTRYPOINT ["voicejob-worker"]
CMD ["run"]
