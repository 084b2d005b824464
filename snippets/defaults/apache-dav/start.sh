# start.sh PORT: serve the file doc from $DEFAULTS_DIR, and let WebDAV write it.
set -eu
PATH="$PATH:/usr/sbin" # where Debian has it
umask 0
chmod 777 "$DEFAULTS_DIR"
mkdir "$DEFAULTS_DIR/files"
printf '{"title": "old", "body": "old"}' >"$DEFAULTS_DIR/files/doc"
export PORT="$1" MODULES=/usr/lib/apache2/modules
exec apache2 -f "$PWD/apache.conf" -D FOREGROUND
