# The operator: no torch, no numpy. Build it from the repository's root:
#   docker build --file docker/operator.Dockerfile --tag voicejob-operator .
# BASE is any image with Python 3.11 or newer and its venv module.
# A package index that is not the public one: --secret id=pip.conf,src=… (docker/index.sh).
ARG BASE=docker.io/library/python:3.12-slim-bookworm

# Apart from the dependencies, so that a change of code rebuilds in seconds.
FROM ${BASE} AS project
COPY docker/index.sh docker/tools.sh docker/build.lock /src/docker/
RUN --mount=type=secret,id=pip.conf --mount=type=secret,id=certificates \
    sh /src/docker/tools.sh /tools
COPY pyproject.toml /src/
COPY crds/voicejob_api /src/crds/voicejob_api
COPY operator/voicejob_operator /src/operator/voicejob_operator
COPY operator/voicejob_gateway /src/operator/voicejob_gateway
COPY docker/project.sh /src/docker/
RUN sh /src/docker/project.sh voicejob_api voicejob_operator voicejob_gateway

FROM ${BASE}
COPY docker/index.sh docker/elf.py docker/install.sh docker/prune.py \
    docker/tools.sh docker/build.lock docker/operator.lock /opt/voicejob/made-of/
RUN --mount=type=secret,id=pip.conf --mount=type=secret,id=certificates \
    sh /opt/voicejob/made-of/install.sh /opt/voicejob/made-of/operator.lock
LABEL org.opencontainers.image.title="voicejob-operator" \
      org.opencontainers.image.description="Turns VoiceJobs into speech on a Kubernetes cluster" \
      org.opencontainers.image.source="https://github.com/voicejob/voicejob" \
      org.opencontainers.image.licenses="Apache-2.0"
# USER, because the uid has no name that Python's getpass could find.
ENV PATH=/opt/voicejob/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/tmp \
    USER=voicejob \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DO_NOT_TRACK=1 \
    OTEL_SDK_DISABLED=true \
    AWS_EC2_METADATA_DISABLED=true
COPY --from=project /project /opt/voicejob
USER 10001:10001
WORKDIR /
EXPOSE 8080
# Kubernetes has its own probes and passes over this; docker and podman use it.
HEALTHCHECK --interval=15s --timeout=5s --start-period=15s \
    CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["voicejob-operator"]
CMD ["run"]
