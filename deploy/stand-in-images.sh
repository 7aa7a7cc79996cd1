#!/usr/bin/env bash
# For a machine that reaches Debian's packages and no registry of images: makes stand-ins for the images that the
# Dockerfiles and deploy/compose.yaml name. They have Debian's Python and Redis, and serve to try Pushgate's own images.
# Needs root, debootstrap, and podman or docker. VALKEY names a valkey-server to take instead of Debian's Redis.
set -euo pipefail
ENGINE=${ENGINE:-$(command -v podman || command -v docker || true)}
[ -n "$ENGINE" ] || { echo "neither podman nor docker is installed" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=python3,python3-venv,python3-pip,ca-certificates,redis-server
debootstrap --variant=minbase --include="$packages" bookworm "$work/root" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}"

root=$work/root
rm -f "$root"/usr/lib/python3*/EXTERNALLY-MANAGED "$root"/var/cache/apt/archives/*.deb
ln -sf python3 "$root/usr/bin/python"
for name in server cli sentinel; do ln -sf "redis-$name" "$root/usr/bin/valkey-$name"; done
if [ -n "${VALKEY:-}" ]; then
  rm "$root/usr/bin/valkey-server" "$root/usr/bin/valkey-sentinel"
  install -m 0755 "$VALKEY" "$root/usr/bin/valkey-server"
  ln -s valkey-server "$root/usr/bin/valkey-sentinel"
fi
install -d -m 0777 "$root/data"
tar -C "$root" -c . | $ENGINE import - docker.io/library/python:3.12-slim
$ENGINE tag docker.io/library/python:3.12-slim docker.io/library/debian:bookworm-slim
$ENGINE import --change 'WORKDIR /data' --change 'VOLUME /data' --change 'CMD ["valkey-server"]' - docker.io/valkey/valkey:8 \
  < <(tar -C "$root" -c .)
