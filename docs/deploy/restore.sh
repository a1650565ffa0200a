#!/usr/bin/env bash
# Restores a backup into an empty Ackify of compose.yml: `make restore FILE=backups/ackify-….tar`. An encrypted one needs AGE_IDENTITY, the file with the key.
# A database that has a ledger already is never touched, and a checkpoint file that is there stays: it may be newer than the backup, and then tells what is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
say() { echo "restore: $*" >&2; }
backup=${1:-}
[ -n "$backup" ] || { say 'which backup? make restore FILE=backups/ackify-….tar'; exit 2; }
[ -f "$backup" ] && [ -r "$backup" ] || { say "$backup cannot be read, or is not there: which backup? make restore FILE=backups/ackify-….tar"; exit 2; }
compose=(docker compose)

umask 077
room=${TMPDIR:-/tmp}
parts=$(mktemp -d "$room/ackify-restore-XXXXXX")
unfinished=
trap 'rm -rf "$parts"; if [ -n "$unfinished" ]; then say "$unfinished"; fi' EXIT
members=(checkpoints database schema.sql files.tar SHA256SUMS)
unpack() { tar -C "$parts" -x "${members[@]}" 2>"$parts/errors"; }
refuse() { # what else it may be
  head -n 1 "$parts/errors" >&2
  if grep -q 'No space left' "$parts/errors"; then
    say "there is no room for it in $room: TMPDIR=/elsewhere make restore FILE=…"
  elif [ "$(head -c 21 "$backup")" = age-encryption.org/v1 ]; then
    say "$backup is encrypted, and $1"
  else
    say "$backup is damaged, or not a backup of Ackify"
  fi
  exit 1
}
case $backup in
  *.age)
    [ -n "${AGE_IDENTITY:-}" ] || { say 'this backup is encrypted: AGE_IDENTITY=key.txt make restore FILE=…'; exit 2; }
    age --decrypt --identity "$AGE_IDENTITY" "$backup" | unpack || refuse 'AGE_IDENTITY has another key, or the file is damaged'
    ;;
  *) unpack <"$backup" || refuse 'its name does not end in .age' ;;
esac
for member in "${members[@]}"; do
  [ -f "$parts/$member" ] && [ ! -L "$parts/$member" ] || { say "$backup is not a backup of Ackify"; exit 1; }
done
(cd "$parts" && sha256sum --check --quiet SHA256SUMS) || { say "$backup is damaged"; exit 1; }

say 'starting the database alone'
"${compose[@]}" up -d --wait ackify-db
query() { "${compose[@]}" exec -T -u postgres ackify-db psql -X -q -A -t -v ON_ERROR_STOP=1 -d ackify "$@"; }
if [ "$(query -c "SELECT to_regclass('public.schema_migrations') IS NOT NULL")" != f ]; then
  say "this database is in use, and nothing was changed. A backup is restored into an empty one: after a last backup, docker compose down, then docker volume rm ${COMPOSE_PROJECT_NAME:-ackify}_database. (A restore that was cut off here may be complete: docker compose up -d --wait, then docker compose exec ackify /app/ackify verify ledger.)"
  exit 1
fi

# The database comes last, and whole or not at all: until it is there, everything can be done again.
unfinished='not finished: the same command can be given again.'
for server in ackify ackify-second; do "${compose[@]}" stop "$server" 2>/dev/null || true; done
say 'the files'
"${compose[@]}" up --no-start ackify
"${compose[@]}" cp - ackify:/var/lib/ackify <"$parts/files.tar"

there=$(mktemp "$parts/there-XXXXXX")
if "${compose[@]}" cp ackify:/var/lib/ackify-checkpoints/checkpoints "$there" 2>/dev/null; then
  say 'the checkpoint file that is there stays: whatever it has seen and the backup has not will be missed at the start.'
else
  tar -C "$parts" --owner=65532 --group=65532 --mode=600 -c checkpoints | "${compose[@]}" cp - ackify:/var/lib/ackify-checkpoints/
  say 'NOTE: there was no checkpoint file, so the one of the backup is used. If anything was signed after this backup, nobody can tell from here: ask for receipts, or for a copy of the newer checkpoint file.'
fi

say 'the database'
"${compose[@]}" exec -T -u postgres ackify-db pg_restore -d ackify --exit-on-error --single-transaction <"$parts/database"
unfinished='the backup is restored, but not checked. Go on with: docker compose up -d --wait && docker compose exec ackify /app/ackify verify ledger'
query -c 'ANALYZE' >/dev/null

say 'bringing the schema up to date, and starting'
"${compose[@]}" up -d --wait ackify
say 'checking everything'
unfinished=
if ! "${compose[@]}" exec -T ackify /app/ackify verify ledger; then
  say 'what was restored does not prove everything: docs/en/operate.md, "After restoring a backup", says how to go on.'
  exit 1
fi
"${compose[@]}" up -d # whatever else COMPOSE_PROFILES names
say 'done'
