#!/bin/sh
# certbot's deploy hook: /etc/letsencrypt/renewal-hooks/deploy/reload-nginx.sh runs after each renewal.
set -e
nginx -t -q
systemctl reload nginx
