# syntax=docker/dockerfile:1
# Two stages: the first builds a virtual environment from the locked requirements, the second is what runs. It runs as an
# unprivileged user and writes to /data only, so a read-only root file system works (mount /data, and /tmp as tmpfs).

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
WORKDIR /src
COPY requirements.lock ./
RUN /opt/venv/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY commands commands
COPY integrations integrations
COPY storage storage
COPY playground playground
RUN /opt/venv/bin/pip install --no-deps . && /opt/venv/bin/python -m compileall -q /opt/venv

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --create-home platform-bot
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PLATFORM_HTTP_HOST=0.0.0.0 \
    PLATFORM_HTTP_PORT=8080
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PLATFORM_HTTP_PORT'] + '/healthz', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["platform-bot"]
CMD ["run"]
