# Sourced by .ci/test-deploy: what a person or an application asks of the deployed Ackify, through Nginx.

# site PATH [curl's arguments]: a request as ada, with her cookies
site() {
  local path=$1
  shift
  curl -sS --max-time 60 --cacert "$work/root.pem" --connect-to sign.test:443:127.0.0.1:8443 -b "$work/jar" -c "$work/jar" "$@" "https://sign.test$path"
}
csrf() { site /api/v1/csrf | jq -r .token; }
# ask STATUS PATH [curl's arguments]: sends it, wants this status, prints the body
ask() {
  local want=$1 path=$2 status
  shift 2
  status=$(site "$path" -H "X-CSRF-Token: $(csrf)" -o "$work/answer" -w '%{http_code}' "$@") || status=none
  [ "$status" = "$want" ] || fail "$path answered $status instead of $want: $(head -c 500 "$work/answer")"
  cat "$work/answer"
}
ask_json() { # STATUS PATH JSON
  ask "$1" "$2" -H 'Content-Type: application/json' -d "$3"
}
ada='"email":"ada.lindqvist@acme.example","password":"a quiet green meadow"' # as in webapp/e2e/steps.ts
log_in() {
  rm -f "$work/jar"
  ask_json 200 /api/v1/auth/login "{$ada}" >/dev/null
}
set_up() { # the first administrator, by the link in the log
  local link
  link=$(docker compose logs ackify --no-log-prefix | grep -o 'setup#token=[^ ]*' | tail -n 1)
  rm -f "$work/jar"
  ask_json 201 /api/v1/setup "{\"token\":\"${link#*=}\",\"name\":\"Ada\",$ada}" >/dev/null
}
# acknowledge REFERENCE: a document and its acknowledgement; prints the latter
acknowledge() {
  local id
  id=$(ask_json 201 /api/v1/documents "{\"reference\":\"$1\",\"title\":\"$1\"}" | jq -r .docId)
  ask_json 201 /api/v1/signatures "{\"docId\":\"$id\"}"
}
# keep NAME: the receipt of the acknowledgement on standard input, as NAME.tlog-proof in the story's folder, and the keys beside it
keep_receipt() {
  local url
  url=$(jq -r .receiptUrl)
  site "${url#https://sign.test}" -f -o "$work/story/$1.tlog-proof"
  site /ledger/keys -f -o "$work/story/$1.keys"
}
# proves NAME: the program of this checkout says that the receipt is good
proves() { backend/bin/ackify verify receipt "$work/story/$1.tlog-proof" --keys "$work/story/$1.keys" | tee "$work/proves"; }
in_ackify() { docker compose exec -T ackify /app/ackify "$@"; }
in_database() { docker compose exec -T -u postgres ackify-db psql -X -q -d ackify -v ON_ERROR_STOP=1 "$@"; }
# The doctor in the container, who believes the local authority.
doctor() {
  docker compose cp "$work/root.pem" ackify:/var/lib/ackify-checkpoints/root.pem >/dev/null 2>&1
  docker compose exec -T -e SSL_CERT_FILE=/var/lib/ackify-checkpoints/root.pem ackify /app/ackify doctor
}
# waits SECONDS 'WHAT' COMMAND…: until it succeeds
waits() {
  local until=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$until" ] || fail "$what"
    sleep 1
  done
}
