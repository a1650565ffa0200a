#!/bin/sh
set -eu
umask 077
printf '"ackify_app" "%s"\n' "$DB_APP_PASSWORD" > /run/pgbouncer/users
unset DB_APP_PASSWORD
exec pgbouncer /etc/pgbouncer/pgbouncer.ini
