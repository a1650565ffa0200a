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
if make --silent restore FILE="$backup" 2>"$work/refused.log"; then fail 'a ledger was overwritten'; fi
grep -q 'this database is in use' "$work/refused.log" || fail 'restoring was refused for another reason'
docker compose up -d --wait ackify
