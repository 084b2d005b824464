# start.sh PORT: a cache in front of nginx, which serves the file doc from $DEFAULTS_DIR.
set -eu
PATH="$PATH:/usr/sbin" # where Debian has them
cd "$(dirname "$0")"
chmod 755 "$DEFAULTS_DIR" # nginx and the cache may run as others
sed "s#origin.sock#$DEFAULTS_DIR/origin.sock#" nginx.conf >"$DEFAULTS_DIR/nginx.conf"
nginx -p "$DEFAULTS_DIR" -c nginx.conf &
while ! test -S "$DEFAULTS_DIR/origin.sock"; do sleep 0.05; done
cat >"$DEFAULTS_DIR/cache.vcl" <<VCL
vcl 4.1;
backend default { .path = "$DEFAULTS_DIR/origin.sock"; }
VCL
exec varnishd -F -j none -n "$DEFAULTS_DIR/varnish" -a "127.0.0.1:$1" \
    -f "$DEFAULTS_DIR/cache.vcl" -s malloc,16m \
    -p http_req_size=512k -p http_req_hdr_len=256k -p workspace_client=1m -p workspace_backend=1m
