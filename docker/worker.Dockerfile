# The worker, in flavours by engine. Build it from the repository's root:
#   docker build --file docker/worker.Dockerfile --build-arg FLAVOUR=piper --tag voicejob-worker .
# Flavours: piper (small, CPU only) and gpu (torch and every engine).
# Both hold piper-tts, which is GPL-3.0.
# BASE is any image with Python 3.11 or newer, or with apt-get to install it with.
ARG BASE=docker.io/nvidia/cuda:12.8.1-base-ubuntu24.04
ARG FLAVOUR=piper

# CUDA's images have no Python; where there is one already, this layer is empty.
FROM ${BASE} AS python
RUN command -v python3 >/dev/null || { \
        apt-get update \
        && apt-get install --yes --no-install-recommends ca-certificates python3 \
        && apt-get clean && rm -rf /var/lib/apt/lists/*; \
    }

FROM python AS tools
# How to reach a package index that is not the public one; none of it stays in the final image.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
ARG PIP_CERT
ARG PIP_DEFAULT_TIMEOUT
ARG SSL_CERT_FILE
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python3 -c 'import ensurepip' 2>/dev/null || { \
        apt-get update && apt-get install --yes --no-install-recommends python3-venv; \
    }
COPY docker/tools.sh docker/build.lock /src/docker/
RUN sh /src/docker/tools.sh

FROM tools AS builder
# Not every builder hands arguments on from the stage before.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
ARG PIP_CERT
ARG PIP_DEFAULT_TIMEOUT
ARG SSL_CERT_FILE
ARG FLAVOUR
COPY docker/install.sh docker/prune.py docker/worker-${FLAVOUR}.lock /src/docker/
RUN sh /src/docker/install.sh /src/docker/worker-${FLAVOUR}.lock

# Apart from the dependencies, so that a change of code rebuilds in seconds.
FROM tools AS project
WORKDIR /src
COPY pyproject.toml /src/
COPY crds/voicejob_api /src/crds/voicejob_api
COPY worker/voicejob_worker /src/worker/voicejob_worker
COPY docker/project.sh /src/docker/
RUN sh /src/docker/project.sh voicejob_api voicejob_worker

FROM python
ARG FLAVOUR
LABEL org.opencontainers.image.title="voicejob-worker (${FLAVOUR})" \
      org.opencontainers.image.description="Synthesises one VoiceJob" \
      org.opencontainers.image.source="https://github.com/voicejob/voicejob" \
      org.opencontainers.image.licenses="Apache-2.0 AND GPL-3.0-or-later"
# Nothing phones home. ORT_DISABLE_TELEMETRY: onnxruntime 1.29 and later (its Privacy.md).
# CUDA's images ask for all GPUs; a pod gets what its resources say. USER, because the uid has no
# name that Python's getpass could find.
ENV PATH=/opt/voicejob/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
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
    NVIDIA_VISIBLE_DEVICES=void \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
# Outside Kubernetes, where no volume is mounted there.
RUN install -d -o 10001 -g 10001 /var/lib/voicejob
COPY --from=builder /opt/voicejob /opt/voicejob
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
