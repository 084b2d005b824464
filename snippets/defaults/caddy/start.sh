# start.sh PORT: serve the file doc from $DEFAULTS_DIR.
set -eu
printf '{"title": "old", "body": "old"}' >"$DEFAULTS_DIR/doc"
export PORT="$1" HOME="$DEFAULTS_DIR"
exec caddy run --config Caddyfile --adapter caddyfile
