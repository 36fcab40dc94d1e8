# Two stages: the first builds a virtual environment from the locked requirements, every file checked by its hash; the second
# is what runs. It runs as an unprivileged user and writes to /data and /tmp only, so a read-only root file system works.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /opt/venv
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
RUN pip --python /opt/venv/bin/python install --require-hashes -r requirements.lock \
    && pip install --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY commands commands
COPY integrations integrations
COPY storage storage
COPY playground playground
RUN pip wheel --no-deps --no-index --no-build-isolation --wheel-dir /tmp/wheels . \
    && pip --python /opt/venv/bin/python install --no-deps --no-index /tmp/wheels/*.whl

FROM python:3.13-slim
RUN groupadd --gid 10001 platform-bot \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin platform-bot \
    && install -d -o 10001 -g 10001 -m 0750 /data
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/data \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PLATFORM_HTTP_HOST=0.0.0.0 \
    PLATFORM_HTTP_PORT=8080
# The default database, platform-bot.db, and the default settings file, platform.yaml, are looked for here.
WORKDIR /data
USER 10001:10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PLATFORM_HTTP_PORT'] + '/healthz', timeout=4)"]
# It handles SIGTERM itself and ends its children, so nothing stands before it: no shell, no init.
STOPSIGNAL SIGTERM
ENTRYPOINT ["platform-bot"]
CMD ["run"]
