# start.sh PORT: serve the file doc from $DEFAULTS_DIR.
set -eu
export PORT="$1" HOME="$DEFAULTS_DIR"
exec caddy run --config Caddyfile --adapter caddyfile
