# start.sh PORT: serve the file doc from $DEFAULTS_DIR.
set -eu
PATH="$PATH:/usr/sbin" # where Debian has it
printf '{"title": "old", "body": "old"}' >"$DEFAULTS_DIR/doc"
sed "s/{port}/$1/" nginx.conf >"$DEFAULTS_DIR/nginx.conf"
exec nginx -p "$DEFAULTS_DIR" -c nginx.conf
