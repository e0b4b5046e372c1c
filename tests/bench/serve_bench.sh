#!/bin/bash
# serve_bench.sh SERVE_BENCH [MEGABYTES=17] [SECONDS=10]
# How fast serve_bench (the project's HTTP server) and nginx serve the same bytes on loopback, kept alive. nginx comes
# from $NGINX_BINARY, the PATH, or Debian's package unpacked into a temporary directory; no service is touched.
# Needs wrk, curl and python3.
set -euo pipefail
program=$(realpath "$1")
megabytes=${2:-17}
seconds=${3:-10}
work=$(mktemp -d)
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

nginx=${NGINX_BINARY:-$(command -v nginx || true)}
if [[ -z $nginx ]]; then
  (cd "$work" && apt-get -o APT::Sandbox::User=root download nginx >/dev/null && dpkg -x nginx_*.deb nginx)
  nginx=$work/nginx/usr/sbin/nginx
fi

mkfifo "$work/input"
"$program" "$megabytes" <"$work/input" >"$work/address" &
pids+=($!)
exec 9>"$work/input"
for _ in $(seq 100); do [[ -s $work/address ]] && break; sleep 0.1; done
ours=$(cat "$work/address")

mkdir "$work/root"
chmod 755 "$work" "$work/root"
curl -fsS "http://$ours/metrics" -o "$work/root/metrics"
echo small >"$work/root/small"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$work/nginx.conf" <<EOF
daemon off;
worker_processes 1;
pid $work/nginx.pid;
error_log stderr warn;
events {}
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000;
  default_type text/plain;
  client_body_temp_path $work/body;
  proxy_temp_path $work/proxy;
  fastcgi_temp_path $work/fastcgi;
  uwsgi_temp_path $work/uwsgi;
  scgi_temp_path $work/scgi;
  server { listen 127.0.0.1:$port; root $work/root; }
}
EOF
"$nginx" -e stderr -c "$work/nginx.conf" &
pids+=($!)
theirs=127.0.0.1:$port
for _ in $(seq 100); do curl -fs "http://$theirs/small" >/dev/null && break; sleep 0.1; done
cmp <(curl -fsS "http://$ours/metrics") <(curl -fsS "http://$theirs/metrics")

# wrk reads 8 KiB at a time and is the slower side on large pages: those are read in large pieces.
read_pages() {
  python3 - "$1" "$seconds" <<'EOF'
import socket, sys, time
host, port = sys.argv[1].split(":")
peer = socket.create_connection((host, int(port)))
buffer = bytearray(4 << 20)
start = time.monotonic()
pages = 0
total = 0
while time.monotonic() - start < float(sys.argv[2]):
    peer.sendall(b"GET /metrics HTTP/1.1\r\nHost: bench\r\n\r\n")
    got = peer.recv_into(buffer)
    head, separator, _ = bytes(buffer[:got]).partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    left = length - (got - len(head) - len(separator))
    while left > 0:
        left -= peer.recv_into(buffer)
    pages += 1
    total += length
took = time.monotonic() - start
print(f"{pages / took:.1f} requests/s, {total / took / 1e6:.0f} MB/s")
EOF
}

for _ in 1 2 3; do
  for side in ours theirs; do
    printf '%-8s /metrics, 1 connection: ' "$side"
    read_pages "${!side}"
  done
done
for connections in 1 4; do
  for side in ours theirs; do
    printf '%-8s /small, %d connections: ' "$side" "$connections"
    wrk -t1 -c"$connections" -d"${seconds}s" "http://${!side}/small" | awk '/Requests\/sec/ {print $2 " requests/s"}'
  done
done
