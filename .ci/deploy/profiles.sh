# Sourced by .ci/test-deploy: the profiles of compose.yml that the story does without.

step 'profile pgbouncer: the story through it'
app_password=$(sed -n 's/^DB_APP_PASSWORD=//p' .env)
cp .env "$work/env/before"
sed -i 's/^COMPOSE_PROFILES=.*/&,pgbouncer/' .env
echo "ACKIFY_DB_DSN=postgres://ackify_app:$app_password@pgbouncer:6432/ackify?sslmode=disable" >>.env
docker compose build --quiet pgbouncer
docker compose up -d --wait pgbouncer
docker compose up -d --wait ackify
people sign "$work/story" 'through PgBouncer'
log_in
acknowledge by-pgbouncer | keep_receipt pgbouncer
proves pgbouncer >/dev/null
in_ackify verify ledger
doctor >"$work/doctor" || { cat "$work/doctor" >&2; fail 'the doctor found something wrong behind PgBouncer'; }
docker compose exec -T -e "PGPASSWORD=$app_password" pgbouncer psql -X -h 127.0.0.1 -p 6432 -U ackify_app -d ackify -Atc \
  "SELECT count(*) || ' connections of PgBouncer' FROM pg_stat_activity WHERE usename = 'ackify_app'"
mv "$work/env/before" .env
docker compose up -d --wait ackify
docker compose --profile pgbouncer rm -sf pgbouncer >/dev/null 2>&1

step 'profile monitoring: Prometheus and Alertmanager'
if [ "${TEST_IMAGES:-standin}" = real ]; then grafana=grafana; else grafana= && echo 'Debian has no Grafana: it is not started, only what its dashboard asks is looked at.'; fi
mkdir -p "$work/alert-secrets"
cp .env "$work/env/before"
sed -i 's/^COMPOSE_PROFILES=.*/&,monitoring/' .env
printf 'ALERTMANAGER_SECRETS=%s\nGRAFANA_PASSWORD=%s\n' "$work/alert-secrets" "$(openssl rand -hex 12)" >>.env
docker compose up -d prometheus alertmanager $grafana
docker compose exec -T prometheus promtool check config /etc/prometheus/prometheus.yml
docker compose exec -T prometheus promtool check rules /etc/prometheus/alerts.yml
docker compose exec -T prometheus sh -c 'cat >/prometheus/alerts.test.yml && promtool test rules /prometheus/alerts.test.yml' <.ci/deploy/alerts.test.yml
docker compose exec -T alertmanager amtool check-config /etc/alertmanager/alertmanager.yml
prometheus() { # PATH [curl's arguments]
  local path=$1
  shift
  docker compose exec -T nginx curl -fsS --max-time 10 -G "$@" "http://prometheus:9090/api/v1/$path"
}
collected() { [ "$(prometheus query --data-urlencode 'query=up{job="ackify"}' | jq -r '.data.result[0].value[1]')" = 1 ]; }
waits 90 'Prometheus does not reach Ackify' collected
checked() { [ "$(prometheus query --data-urlencode 'query=ackify_ledger_intact' | jq -r '.data.result[0].value[1]')" = 1 ]; }
waits 150 'no check of the ledger is in the metrics' checked
prometheus 'label/__name__/values' | jq -r '.data[]' >"$work/metrics"
# Of what is counted by outcome, some is there only once it has happened.
for name in $(cat docs/deploy/monitoring/alerts.yml docs/deploy/monitoring/grafana/ackify.json | grep -oE '\b(ackify|process|go)_[a-z_]+\b' | sort -u); do
  grep -qxF "$name" "$work/metrics" || fail "alerts.yml or the dashboard asks for $name, and Ackify has no such metric"
done
echo "$(grep -c ^ackify_ "$work/metrics") metrics of Ackify; alerts and dashboard ask for none that is not there."
unwell() { prometheus rules | jq -r '.data.groups[].rules[] | select(.health != "ok") | .name + ": " + .health + " " + (.lastError // "")'; }
evaluated() { [ -z "$(unwell)" ]; }
waits 45 'a rule cannot be evaluated' evaluated
firing=$(prometheus alerts | jq -r '.data.alerts[] | select(.state == "firing") | .labels.alertname')
[ -z "$firing" ] || fail "of a healthy system there are alerts: $firing"
docker compose stop ackify
alerted() { docker compose exec -T nginx curl -fsS http://alertmanager:9093/api/v2/alerts | jq -e '.[] | select(.labels.alertname == "AckifyDown")'; }
waits 180 'nobody is told that Ackify is down' alerted
echo 'AckifyDown has reached Alertmanager.'
docker compose up -d --wait ackify
mv "$work/env/before" .env
docker compose --profile monitoring rm -sf prometheus alertmanager grafana >/dev/null 2>&1
