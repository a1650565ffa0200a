# Sourced by .ci/test-deploy: from the version before the newest migration to this one with data, and back.

step 'upgrade from the schema before, and back'
newest=$(cd backend/migrations && printf '%s\n' [0-9]*.up.sql | tail -n 1)
added=$(git log --diff-filter=A --format=%H -1 -- "backend/migrations/$newest")
earlier=$(git rev-parse --verify --quiet "$added^") || earlier=
if [ -z "$earlier" ]; then
  echo "SKIPPED: this history does not reach to before $newest (git fetch --unshallow brings it), so that no upgrade was tested."
else
  docker compose down --timeout 10
  docker volume rm ackify-test_database ackify-test_files ackify-test_checkpoints ackify-test_certificates >/dev/null
  rm -rf "$work/earlier" && mkdir -p "$work/earlier"
  git archive "$earlier" backend | tar -C "$work/earlier" -x
  old=$(cd "$work/earlier/backend/migrations" && printf '%s\n' [0-9]*.up.sql | tail -n 1)
  old=$((10#${old%%_*})) new=$((10#${newest%%_*}))
  echo "From $(git log -1 --format='%h (%s)' "$earlier"), schema $old, to schema $new."
  [ "$old" -lt "$new" ] || fail 'the version before has the same schema'
  docker build --quiet --network host --tag ackify:earlier --file .ci/deploy/earlier.Dockerfile "$work/earlier/backend" >/dev/null
  rm -rf "$work/earlier"

  APP_IMAGE=ackify:earlier docker compose up -d --wait ackify
  APP_IMAGE=ackify:earlier docker compose up -d
  certificate
  set_up
  acknowledge signed-before | tee "$work/story/before.json" | keep_receipt before
  head -c 3000 /dev/urandom | base64 >"$work/story/upload.txt"
  uploaded=$(ask 201 /api/v1/documents/upload -F "file=@$work/story/upload.txt;type=text/plain" | jq -r .docId)
  ask_json 201 /api/v1/signatures "{\"docId\":\"$uploaded\"}" >/dev/null
  proves before >/dev/null

  # Nothing but what docs/en/deploy.md says of upgrades.
  docker compose build --quiet ackify
  docker compose up -d --wait
  [ "$(in_database -Atc 'SELECT version FROM schema_migrations')" = "$new" ] || fail 'the schema was not brought up to date'
  in_ackify verify ledger
  proves before
  site /ledger/keys -f -o "$work/story/before.keys"
  proves before >/dev/null
  site "$(jq -r '.receiptUrl' "$work/story/before.json" | sed 's#https://sign.test##')" -f -o "$work/again.tlog-proof" # still logged in
  ask_json 200 /api/v1/signatures "{\"docId\":\"$(jq -r .docId "$work/story/before.json")\"}" | jq -r .entryHash >"$work/hash"
  [ "$(cat "$work/hash")" = "$(jq -r .entryHash "$work/story/before.json")" ] || fail 'signing again does not find the acknowledgement of before'
  site "/api/v1/documents/$uploaded/content" -f | cmp - "$work/story/upload.txt" || fail 'the file of before is another'
  acknowledge signed-after | keep_receipt after
  proves after >/dev/null
  doctor >"$work/doctor" || { cat "$work/doctor" >&2; fail 'the doctor found something wrong after the upgrade'; }

  step "and back to schema $old"
  if APP_IMAGE=ackify:earlier docker compose run --rm -T --no-deps ackify >"$work/refused.log" 2>&1; then fail 'the earlier version took the newer schema'; fi
  grep -m 1 'newer than' "$work/refused.log" || { cat "$work/refused.log" >&2; fail 'the earlier version does not say what to do'; }
  docker compose stop ackify
  docker compose run --rm -T ackify-migrate goto "$old"
  APP_IMAGE=ackify:earlier docker compose up -d --wait ackify
  in_ackify verify ledger
  log_in
  acknowledge signed-back | keep_receipt back
  for story in before after back; do proves "$story" >/dev/null; done
  docker compose up -d --wait ackify # and forward once more
  in_ackify verify ledger
fi
