#!/bin/sh
# Gets the certificate, by HTTP-01 through Nginx, and looks twice a day whether it is due for renewal. Nginx notices a new one by itself.
set -u
domain=$(echo "$ACKIFY_BASE_URL" | sed -E 's#^[a-z]+://([^/:]+).*#\1#')
email=${CERTBOT_EMAIL%%,*}
if [ -n "$email" ]; then set -- --email "$email"; else set -- --register-unsafely-without-email; fi
trap 'exit 0' TERM INT

wait_for() { sleep "$1" & wait $!; }

wait_for 5
until certbot certonly --non-interactive --agree-tos --keep-until-expiring --webroot --webroot-path /var/www/certbot \
  --server "$CERTBOT_SERVER" --domain "$domain" "$@"; do
  echo "No certificate for $domain yet. Does the name lead here, and is port 80 open? Trying again in ten minutes." >&2
  wait_for 600
done
while :; do
  wait_for 43200
  certbot renew --quiet --no-random-sleep-on-renew
done
