# One image for all processes: pushgate api | scheduler | worker | webhook-sender ...
FROM python:3.12-slim AS guide
WORKDIR /build
COPY docs/requirements.lock docs/requirements.lock
RUN python -m venv /tmp/sphinx \
 && /tmp/sphinx/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r docs/requirements.lock
COPY *.md Dockerfile ./
COPY bench bench
COPY deploy deploy
COPY clients clients
COPY docs docs
RUN /tmp/sphinx/bin/python -m docs.site.build /guide

FROM python:3.12-slim AS build
WORKDIR /build
COPY requirements-embedded.lock pyproject.toml README.md ./
COPY deploy/requirements.lock deploy/requirements.lock
COPY src src
COPY --from=guide /guide src/pushgate/console/guide_pages
COPY clients/python clients/python
# The build backend is in one lock file; what runs comes from another, without embedded engines. Nothing without a hash
# is fetched. The environment has no pip: nothing is installed where Pushgate runs.
RUN python -m venv /tmp/builder \
 && /tmp/builder/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-embedded.lock \
 && /tmp/builder/bin/pip wheel --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation -w /tmp/wheel . ./clients/python \
 && python -m venv --without-pip /opt/pushgate \
 && /tmp/builder/bin/pip --python /opt/pushgate/bin/python install --no-cache-dir --disable-pip-version-check --require-hashes -r deploy/requirements.lock \
 && /tmp/builder/bin/pip --python /opt/pushgate/bin/python install --no-cache-dir --disable-pip-version-check --no-deps /tmp/wheel/*.whl \
 && /opt/pushgate/bin/python -m compileall -q /opt/pushgate

FROM python:3.12-slim
RUN groupadd --gid 10001 pushgate \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin pushgate \
 && install -d -o pushgate -g pushgate -m 0700 /data
COPY --from=build /opt/pushgate /opt/pushgate
ENV PATH=/opt/pushgate/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PUSHGATE_API__HOST=0.0.0.0 \
    PUSHGATE_METRICS__HOST=0.0.0.0 PUSHGATE_METRICS__PORT=9464
# By number, so that Kubernetes can tell that it is not root.
USER 10001:10001
VOLUME /data
EXPOSE 8080 9464
# Asks the process itself: an engine that is down does not make the container unhealthy.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["pushgate", "alive"]
ENTRYPOINT ["pushgate"]
CMD ["api"]
