#!/usr/bin/env bash
# Restarts processes behind Nginx one after the other, without a failed request:
#   rolling-restart.sh ADDRESS 'COMMAND' [ADDRESS 'COMMAND' …]
# ADDRESS is a `server` of the upstream in NGINX_CONF; COMMAND restarts the process there. NGINX_RELOAD is how Nginx takes a changed configuration.
set -euo pipefail
conf=${NGINX_CONF:-/etc/nginx/sites-available/ackify}
reload=${NGINX_RELOAD:-nginx -t -q && systemctl reload nginx}
drain=${DRAIN_SECONDS:-5}
[ $# -ge 2 ] && [ $(($# % 2)) -eq 0 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }

ready() { curl -fsS --max-time 2 -o /dev/null "http://$1/readyz" 2>/dev/null; }
set_down() { # address, "" or " down"
  grep -q "server $1\( down\)\?;" "$conf" || { echo "$1 is not a server of the upstream in $conf" >&2; exit 1; }
  sed -i "s/server $1\( down\)\?;/server $1$2;/" "$conf"
  sh -c "$reload"
}
while [ $# -gt 0 ]; do
  address=$1 restart=$2
  shift 2
  ready "$address" || { echo "$address is not ready: nothing was changed there" >&2; exit 1; }
  echo "$address: taken out"
  set_down "$address" ' down'
  sleep "$drain" # Nginx finishes what it has sent there
  sh -c "$restart"
  for _ in $(seq 120); do ready "$address" && break; sleep 0.5; done
  ready "$address" || { echo "$address did not come back; it stays out" >&2; exit 1; }
  set_down "$address" ''
  echo "$address: back"
done
