# start.sh PORT: serve the file doc from $DEFAULTS_DIR.
set -eu
PATH="$PATH:/usr/sbin" # where Debian has it
chmod 755 "$DEFAULTS_DIR" # it may run as another user
mkdir "$DEFAULTS_DIR/files"
printf '{"title": "old", "body": "old"}' >"$DEFAULTS_DIR/files/doc"
touch -d '2020-01-01' "$DEFAULTS_DIR/files/doc" # a file just written has a weak tag
export PORT="$1" MODULES=/usr/lib/apache2/modules
exec apache2 -f "$PWD/apache.conf" -D FOREGROUND
