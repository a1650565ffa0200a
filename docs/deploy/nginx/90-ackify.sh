#!/bin/sh
# Makes Nginx's configuration in the container from ackify.conf. Until certbot has brought the first certificate, only the challenge and the redirect are
# served; then, and whenever the certificate or the addresses behind the name ackify change, Nginx reads its configuration again.
set -eu
domain=$(echo "$ACKIFY_BASE_URL" | sed -E 's#^[a-z]+://([^/:]+).*#\1#')
certificate=/etc/letsencrypt/live/$domain/fullchain.pem
target=/etc/nginx/conf.d/default.conf

write() {
  sed -e "s/sign\.example\.com/$domain/g" -e 's/server 127\.0\.0\.1:8080 /server ackify:8080 /' /etc/ackify/ackify.conf > "$target.new"
  if [ ! -e "$certificate" ]; then # only what comes before the second server
    awk '/^server \{/ { n++ } n < 2' "$target.new" > "$target" && rm "$target.new"
  else
    mv "$target.new" "$target"
  fi
}

stamp() {
  ls -lL --time-style=+%s "$certificate" 2>/dev/null || ls -lL "$certificate" 2>/dev/null || true
  getent ahostsv4 ackify | sort
}

write
seen=$(stamp)
(
  while sleep 10; do
    now=$(stamp)
    [ "$now" = "$seen" ] && continue
    seen=$now
    write
    nginx -t -q && nginx -s reload
  done
) &
