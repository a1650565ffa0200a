# Sourced by .ci/test-deploy: renewal of the certificate, backups, and getting them back.

step 'the certificate is renewed, and Nginx takes it'
docker compose exec -T certbot certbot renew --quiet --force-renewal --no-random-sleep-on-renew
for _ in $(seq 20); do
  if [ "$(serial)" != "$first" ]; then break; fi
  sleep 2
done
[ "$(serial)" != "$first" ] || fail 'the new certificate is not served'

step 'backup, down -v, restore'
backup=$(make --silent backup | tail -n 1)
[ -s "$backup" ] || fail 'no backup'
people sign "$work/story" second
docker compose cp ackify:/var/lib/ackify-checkpoints/checkpoints "$work/newer"
second=$(make --silent backup | tail -n 1)
docker compose down -v --timeout 10
mkdir -p "$work/cut-off"
printf '#!/bin/sh\ncase "$*" in *"pg_restore -d"*) exit 130 ;; esac\nexec %s "$@"\n' "$(command -v docker)" >"$work/cut-off/docker"
chmod +x "$work/cut-off/docker"
if PATH="$work/cut-off:$PATH" make --silent restore FILE="$second" 2>"$work/refused.log"; then fail 'a restore that was cut off called itself done'; fi
grep -q 'the same command can be given again' "$work/refused.log" || fail 'a restore that was cut off does not say how to go on'
make --silent restore FILE="$second"
docker compose up -d
certificate
people return "$work/story"

step 'an older backup beside the newer checkpoint file is reported'
docker compose down --timeout 10
docker volume rm ackify-test_database ackify-test_files >/dev/null
if make --silent restore FILE="$backup" 2>&1 | tee "$work/old.log"; then fail 'an old backup was taken for the present'; fi
grep -q file.inconsistent "$work/old.log" || fail 'the old backup was refused for another reason'
docker compose exec -T ackify /app/ackify ledger accept --reason 'restored an older backup'
docker compose exec -T ackify /app/ackify verify ledger

step 'restoring onto a ledger is refused'
running() { docker compose ps --services --status running | grep -qx ackify; }
if make --silent restore FILE="$backup" 2>"$work/refused.log"; then fail 'a ledger was overwritten'; fi
grep -q 'this database is in use' "$work/refused.log" || fail 'restoring was refused for another reason'
running || fail 'a restore that was refused stopped the server'

step 'what is no backup is refused, and nothing is touched'
head -c 50000 "$second" >"$work/truncated.tar"
: >"$work/empty.tar"
tar -C "$work" -cf "$work/foreign.tar" refused.log
{ head -c 100000 "$second"; printf 'other'; tail -c +100006 "$second"; } >"$work/changed.tar"
for damaged in truncated empty foreign changed missing; do
  if make --silent restore FILE="$work/$damaged.tar" 2>"$work/refused.log"; then fail "$damaged.tar was restored"; fi
  grep -E -m 1 '^restore: .*(damaged|not a backup|which backup)' "$work/refused.log" || fail "$damaged.tar was refused without a word"
done
running || fail 'a backup that was refused stopped the server'
