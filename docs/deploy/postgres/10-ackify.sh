#!/bin/sh
# Runs once, when the database is made: the four roles, and a login for three of them. Another password later: ALTER ROLE … PASSWORD …
set -eu
for role in migrate app readonly; do
  name=DB_$(echo "$role" | tr '[:lower:]' '[:upper:]')_PASSWORD
  eval "password=\${$name:-} file=\${${name}_FILE:-}"
  if [ -n "$file" ]; then password=$(cat "$file"); fi
  if [ "${#password}" -lt 16 ]; then
    echo "$name is missing or shorter than 16 characters: run make env" >&2
    exit 1
  fi
  export "PW_$role=$password"
done
psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet --username postgres --dbname ackify <<'SQL'
\ir /etc/ackify/roles.sql
\getenv migrate PW_migrate
\getenv app PW_app
\getenv readonly PW_readonly
ALTER ROLE ackify_migrate LOGIN PASSWORD :'migrate';
ALTER ROLE ackify_app LOGIN PASSWORD :'app' CONNECTION LIMIT 200;
ALTER ROLE ackify_readonly LOGIN PASSWORD :'readonly' CONNECTION LIMIT 20;
SQL
