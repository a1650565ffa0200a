#!/usr/bin/env bash
# Backs up a running Ackify of compose.yml: `make backup`. What is in one backup:
#   checkpoints   the checkpoint file, copied first, so that the database that follows continues it
#   database      the whole database, in pg_dump's custom format; schema.sql is its schema alone
#   files.tar     what was uploaded; named by hash, so that what comes in meanwhile does no harm
#   SHA256SUMS    of all of these
# It is checked before it gets its name, encrypted if BACKUP_AGE_RECIPIENT is set, and older ones are deleted after BACKUP_KEEP_DAYS (30).
# Secrets are not in it: keep .env elsewhere.
set -euo pipefail
cd "$(dirname "$0")/../.."
say() { echo "backup: $*" >&2; }
compose=(docker compose)
settings=$("${compose[@]}" config --environment) || { say 'NO BACKUP WAS MADE: .env cannot be read, or this Docker Compose is older than 2.30'; exit 2; }
setting() { # from the environment, else from .env, as Compose reads it
  local value
  value=$(sed -n "s/^$1=//p" <<<"$settings" | tail -n 1)
  echo "${value:-$2}"
}
folder=$(setting BACKUP_DIR backups)
keep=$(setting BACKUP_KEEP_DAYS 30)
recipient=$(setting BACKUP_AGE_RECIPIENT '')
[[ $keep =~ ^[0-9]+$ ]] || { say "BACKUP_KEEP_DAYS=$keep is not a number of days"; exit 2; }
if [ -n "$recipient" ] && ! command -v age >/dev/null; then
  say 'BACKUP_AGE_RECIPIENT is set, and there is no program age: apt-get install age'
  exit 2
fi

umask 077
mkdir -p "$folder"
exec 9>"$folder/.lock"
flock -n 9 || { say 'another backup is being made'; exit 1; }
parts=$(mktemp -d "$folder/.new-XXXXXX")
result='NO BACKUP WAS MADE'
trap 'rm -rf "$parts"; if [ -n "$result" ]; then say "$result"; fi' EXIT

say 'the checkpoint file'
"${compose[@]}" cp ackify:/var/lib/ackify-checkpoints/checkpoints "$parts/checkpoints"
say 'the database'
dump() { "${compose[@]}" exec -T -u postgres ackify-db pg_dump -d ackify "$@"; }
dump --format=custom >"$parts/database"
dump --schema-only >"$parts/schema.sql"
say 'the files'
"${compose[@]}" cp ackify:/var/lib/ackify/. - >"$parts/files.tar"

say 'looking at what was written'
contents=$("${compose[@]}" exec -T -u postgres ackify-db pg_restore --list <"$parts/database")
[[ $contents == *'TABLE DATA public ledger_entries'* ]] || { say 'the copy of the database has no ledger'; exit 1; }
tar -tf "$parts/files.tar" >/dev/null
(cd "$parts" && sha256sum checkpoints database schema.sql files.tar >SHA256SUMS)

target=$folder/ackify-$(date -u +%Y%m%dT%H%M%SZ).tar
if [ -n "$recipient" ]; then
  target+=.age
  tar -C "$parts" -c checkpoints database schema.sql files.tar SHA256SUMS | age --encrypt --recipient "$recipient" >"$parts/whole"
else
  tar -C "$parts" -cf "$parts/whole" checkpoints database schema.sql files.tar SHA256SUMS
  tar -xOf "$parts/whole" SHA256SUMS | cmp - "$parts/SHA256SUMS"
fi
sync "$parts/whole"
mv "$parts/whole" "$target"
result="$target is complete, but the ledger it was made from does not prove everything, or was not checked: see docs/en/operate.md"

say 'checking the ledger that was backed up'
"${compose[@]}" exec -T ackify /app/ackify verify ledger >&2
result=
find "$folder" -maxdepth 1 -name 'ackify-*.tar*' -mtime "+$keep" ! -samefile "$target" -delete
say "$target is complete ($(du -h "$target" | cut -f 1))"
echo "$target"
