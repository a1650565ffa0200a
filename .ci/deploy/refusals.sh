# Sourced by .ci/test-deploy: what is wrong is said, with what to do.

step 'ackify doctor in the container'
doctor | tee "$work/doctor" || fail 'the doctor found something wrong in what was just deployed'
grep -q '^warning' "$work/doctor" && echo '(warnings above)'

step 'weak secrets and too much power are refused'
# refused PATTERN ARGUMENTS…: such a server ends with 2 and says PATTERN
refused() {
  local pattern=$1 status=0
  shift
  timeout 60 docker compose run --rm -T --no-deps "$@" ackify >"$work/refused.log" 2>&1 || status=$?
  [ "$status" = 2 ] && grep -qi -- "$pattern" "$work/refused.log" || { cat "$work/refused.log" >&2; fail "status $status, expected 2 and: $pattern"; }
  grep -i -m 1 -- "$pattern" "$work/refused.log" | cut -c 1-300
}
zeros=$(head -c 32 /dev/zero | base64)
refused ACKIFY_SIGNING_KEY -e "ACKIFY_SIGNING_KEY=$zeros"
refused ACKIFY_OAUTH_COOKIE_SECRET -e "ACKIFY_OAUTH_COOKIE_SECRET=$zeros"
refused ACKIFY_SIGNING_KEY -e ACKIFY_SIGNING_KEY=
refused ACKIFY_DB_DSN -e 'ACKIFY_DB_DSN=postgres://ackify_app:change-me@ackify-db:5432/ackify?sslmode=disable'
refused ACKIFY_BASE_URL -e ACKIFY_BASE_URL=sign.example.com
in_database -c "CREATE ROLE boss LOGIN SUPERUSER PASSWORD 'k3QfV7tYw2mXzR9pLd'"
refused superuser -e 'ACKIFY_DB_DSN=postgres://boss:k3QfV7tYw2mXzR9pLd@ackify-db:5432/ackify?sslmode=disable'
in_database -c 'DROP ROLE boss'
migrate_password=$(sed -n 's/^DB_MIGRATE_PASSWORD=//p' .env)
refused owner -e "ACKIFY_DB_DSN=postgres://ackify_migrate:$migrate_password@ackify-db:5432/ackify?sslmode=disable"

step 'a volume that is read-only, or as good as full, is refused at the start'
volume() { docker volume create --driver local --opt type=tmpfs --opt device=tmpfs --opt "o=$1,uid=65532,gid=65532" ackify-test-small >/dev/null; }
volume size=8m
refused 'ACKIFY_DATA_DIR: .*full' -v ackify-test-small:/var/lib/ackify
refused 'ACKIFY_CHECKPOINT_FILE: .*full' -v ackify-test-small:/var/lib/ackify-checkpoints
docker volume rm ackify-test-small >/dev/null
export COMPOSE_FILE=compose.yml:.ci/deploy/compose.test.yml:.ci/deploy/compose.readonly.yml
refused 'ACKIFY_DATA_DIR: .*read-only'
refused 'ACKIFY_CHECKPOINT_FILE: .*read-only'
unset COMPOSE_FILE

step 'files that fill their volume'
cp .env "$work/env/before"
volume size=72m
sed -i 's#^COMPOSE_FILE=.*#&:.ci/deploy/compose.small.yml#' .env
docker compose up -d --wait ackify
log_in
acknowledge before-it-is-full >/dev/null
stored=0
for i in 1 2 3 4 5; do # each other bytes, which no compression makes small
  head -c 20000000 /dev/urandom | base64 -w 100 >"$work/big.txt"
  status=$(site /api/v1/documents/upload -H "X-CSRF-Token: $(csrf)" -F "file=@$work/big.txt;type=text/plain" -o "$work/answer" -w '%{http_code}')
  [ "$status" = 201 ] || break
  stored=$i
done
echo "$stored files fitted; then: $status $(cat "$work/answer")"
[ "$status $(jq -r .code "$work/answer")" = '503 storage.full' ] || fail 'a full volume was not reported'
rm "$work/big.txt"
acknowledge while-it-is-full | keep_receipt full # signing goes on
proves full >/dev/null
doctor >"$work/doctor" && fail 'the doctor is content with a full volume'
grep -A 1 '^wrong' "$work/doctor"
grep -q '^wrong *volumes' "$work/doctor" || fail 'the doctor does not say what is full'
mv "$work/env/before" .env
docker compose up -d --wait ackify
docker volume rm ackify-test-small >/dev/null
