#!/usr/bin/env bash
# Writes .env with fresh secrets: `make env`. It asks for what it cannot know; DOMAIN, ORGANISATION and ADMIN_EMAIL in the environment answer in advance.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${ENV_FILE:-.env}
if [ -e "$target" ]; then
  echo "$target is there already, and its secrets may be in use: change it by hand." >&2
  exit 1
fi

ask() { # variable, question, pattern that the answer has to match, what is wrong otherwise
  local answer=${!1:-}
  while ! [[ $answer =~ $3 ]]; do
    if [ -n "$answer" ]; then echo "$4" >&2; fi
    if [ -n "${!1:-}" ]; then exit 1; fi
    if ! read -r -p "$2: " answer; then
      echo "$1 is needed: $2" >&2
      exit 1
    fi
    answer=${answer%"${answer##*[![:space:]]}"} # and a carriage return
  done
  printf -v "$1" '%s' "$answer"
}

name='[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?'
ask DOMAIN 'Name under which people will reach Ackify, for ever (sign.example.com)' "^($name\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]$" \
  'That is not the name of a host, for example sign.example.com: no https://, no path, no number instead of a name; with other letters than a to z in its form with xn--.'
ask ORGANISATION 'Name of the organisation' '^[^"$\`[:cntrl:][:space:]]([^"$\`[:cntrl:]]{0,198}[^"$\`[:cntrl:][:space:]])?$' \
  'One to 200 characters, without ", $, \ and `, and no blank at the ends.'
ask ADMIN_EMAIL 'Address of the first administrator' '^[^[:space:]",$@]+@'"$name"'(\.'"$name"')+$' 'That is not an email address.'

secret() { openssl rand -base64 32; }
password() { openssl rand -hex 24; }
umask 077
new=$(mktemp "$target.XXXXXX")
trap 'rm -f "$new"' EXIT
while IFS= read -r line; do
  case $line in
    ACKIFY_BASE_URL=*) line="ACKIFY_BASE_URL=https://${DOMAIN,,}" ;;
    ACKIFY_ORGANISATION=*) line="ACKIFY_ORGANISATION=\"$ORGANISATION\"" ;;
    ACKIFY_ADMIN_EMAILS=*) line="ACKIFY_ADMIN_EMAILS=$ADMIN_EMAIL" ;;
    ACKIFY_SIGNING_KEY=* | ACKIFY_OAUTH_COOKIE_SECRET=*) line="${line%%=*}=$(secret)" ;;
    DB_*_PASSWORD=*) line="${line%%=*}=$(password)" ;;
  esac
  printf '%s\n' "$line"
done <.env.example >"$new"
ln "$new" "$target" # fails when somebody else was faster
echo "$target is written, for you only. Keep a copy of it in a safe place: without ACKIFY_SIGNING_KEY nothing can be signed in this ledger again."
echo 'Next: docker compose up -d --wait'
