# start.sh PORT: a cache in front of nginx, which serves the file doc from $DEFAULTS_DIR.
set -eu
PATH="$PATH:/usr/sbin" # where Debian has them
cd "$(dirname "$0")"
chmod 755 "$DEFAULTS_DIR" # nginx and the cache may run as others
sed "s#origin.sock#$DEFAULTS_DIR/origin.sock#" ../varnish/nginx.conf >"$DEFAULTS_DIR/nginx.conf"
nginx -p "$DEFAULTS_DIR" -c nginx.conf &
while ! test -S "$DEFAULTS_DIR/origin.sock"; do sleep 0.05; done
export PORT="$1"
exec haproxy -db -f haproxy.cfg
