#!/usr/bin/env bash
# Restores a backup into an empty Ackify of compose.yml: `make restore FILE=backups/ackify-….tar`. An encrypted one needs AGE_IDENTITY, the file with the key.
# A database that has a ledger already is never touched, and a checkpoint file that is there stays: it may be newer than the backup, and then tells what is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
say() { echo "restore: $*" >&2; }
backup=${1:-}
[ -n "$backup" ] && [ -r "$backup" ] || { say "which backup? make restore FILE=backups/ackify-….tar"; exit 2; }
compose=(docker compose)

umask 077
parts=$(mktemp -d "${TMPDIR:-/tmp}/ackify-restore-XXXXXX")
trap 'rm -rf "$parts"' EXIT
case $backup in
  *.age)
    [ -n "${AGE_IDENTITY:-}" ] || { say 'this backup is encrypted: AGE_IDENTITY=key.txt make restore FILE=…'; exit 2; }
    age --decrypt --identity "$AGE_IDENTITY" "$backup" | tar -C "$parts" -x
    ;;
  *) tar -C "$parts" -xf "$backup" ;;
esac
(cd "$parts" && sha256sum --check --quiet SHA256SUMS) || { say "$backup is damaged"; exit 1; }

say 'starting the database alone'
"${compose[@]}" up -d --wait ackify-db
"${compose[@]}" stop ackify 2>/dev/null || true
query() { "${compose[@]}" exec -T -u postgres ackify-db psql -X -q -A -t -v ON_ERROR_STOP=1 -d ackify "$@"; }
if [ "$(query -c "SELECT to_regclass('public.schema_migrations') IS NOT NULL")" != f ]; then
  say 'this database is in use. Restore into an empty one: docker compose down, then docker volume rm ackify_database (after a last backup).'
  exit 1
fi

say 'the database'
"${compose[@]}" exec -T -u postgres ackify-db pg_restore -d ackify --exit-on-error --single-transaction <"$parts/database"
query -c 'ANALYZE' >/dev/null
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

say 'bringing the schema up to date, and starting'
"${compose[@]}" up -d --wait ackify
say 'checking everything'
if ! "${compose[@]}" exec -T ackify /app/ackify verify ledger; then
  say 'what was restored does not prove everything: docs/en/operate.md, "After restoring a backup", says how to go on.'
  exit 1
fi
say 'done'
