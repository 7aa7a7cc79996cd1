# The job server, from Debian. Its queue is in memory: Redis is the truth, and the sweep submits again what it loses.
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends gearman-job-server && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10002 gearmand \
 && useradd --uid 10002 --gid 10002 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin gearmand
# By number, so that Kubernetes can tell that it is not root.
USER 10002:10002
EXPOSE 4730
CMD ["gearmand", "--listen", "0.0.0.0", "--job-retries", "5", "--round-robin", "--keepalive", "--keepalive-idle", "5", "--keepalive-interval", "2", "--keepalive-count", "2", "--log-file", "stderr"]
