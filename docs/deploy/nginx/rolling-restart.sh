#!/usr/bin/env bash
# Restarts processes behind Nginx one after the other, without a failed request:
#   rolling-restart.sh ADDRESS 'COMMAND' [ADDRESS 'COMMAND' …]
# ADDRESS is a `server` of the upstream in NGINX_CONF; COMMAND restarts the process there. NGINX_RELOAD is how Nginx takes a changed configuration,
# NGINX_PID the file with its process id.
# A process is set aside only while another one is ready, and put back when it is ready again. One that does not come back stays aside: mend it, and run this
# again with it, or delete its `backup` in NGINX_CONF and reload Nginx.
# Aside is `backup`, not `down`: Nginx asks it only when no other can be reached. Connections that were being made during a reload stay with Nginx's processes
# of before, which then still find a way when the other process is restarted.
set -euo pipefail
conf=${NGINX_CONF:-/etc/nginx/sites-available/ackify}
reload=${NGINX_RELOAD:-nginx -t -q && systemctl reload nginx}
pid=${NGINX_PID:-/run/nginx.pid}
drain=${DRAIN_SECONDS:-5}
[ $# -ge 2 ] && [ $(($# % 2)) -eq 0 ] || { sed -n '2,9s/^# //p' "$0" >&2; exit 2; }

say() { echo "rolling-restart: $*" >&2; }
ready() { curl -fsS --max-time 5 -o /dev/null "http://$1/readyz" 2>/dev/null; }
servers() { sed -nE 's/^[[:space:]]*server[[:space:]]+([^[:space:];{]+)( [^;]*)?;.*/\1/p' "$conf"; }
is_aside() { grep -qE "^[[:space:]]*server[[:space:]]+${1//./\\.} ([^;]* )?(backup|down)[ ;]" "$conf"; }
another_is_ready() {
  local other
  for other in $(servers); do
    if [ "$other" != "$1" ] && ! is_aside "$other" && ready "$other"; then return 0; fi
  done
  return 1
}
# Nginx's processes that take new connections. After a reload those of before go on doing so until the new ones are there, which takes a while on a busy machine.
workers() {
  local process
  for process in $(pgrep -P "$(cat "$pid")"); do
    if tr '\0' ' ' 2>/dev/null <"/proc/$process/cmdline" | grep -q 'nginx: worker process *$'; then echo "$process"; fi
  done
}
set_aside() { # address, "" or " backup"
  local before old
  before=$(cat "$conf")
  old=$(workers)
  sed -i -E "/^[[:space:]]*server[[:space:]]+${1//./\\.}[ ;]/{s/ (backup|down)([ ;])/\2/; s/;/$2;/}" "$conf"
  sh -c "$reload" || { printf '%s\n' "$before" >"$conf"; say "Nginx does not take the change, so it was taken back"; exit 1; }
  for _ in $(seq 300); do
    if ! grep -qxF "$old" < <(workers); then return; fi
    sleep 0.2
  done
  say "Nginx has not taken the change for a minute; look at its log"
  exit 1
}

[ -n "$(workers 2>/dev/null)" ] || { say "$pid names no Nginx that runs: set NGINX_PID"; exit 1; }
for ((i = 1; i <= $#; i += 2)); do # before anything is changed
  servers | grep -qxF "${!i}" || { say "${!i} is not a server of the upstream in $conf"; exit 1; }
done
while [ $# -gt 0 ]; do
  address=$1 restart=$2
  shift 2
  another_is_ready "$address" || { say "no other process is ready: $address goes on, and nothing was changed there"; exit 1; }
  if ! is_aside "$address"; then
    set_aside "$address" ' backup'
    say "$address is set aside"
    sleep "$drain" # Nginx finishes what it has sent there; what takes longer, the process itself does
  fi
  sh -c "$restart" || { say "$address could not be restarted; it stays aside"; exit 1; }
  for _ in $(seq 120); do ready "$address" && break; sleep 0.5; done
  ready "$address" || { say "$address did not come back; it stays aside"; exit 1; }
  set_aside "$address" ''
  say "$address is back"
done
