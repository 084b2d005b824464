# start.sh PORT: let the file doc in $DEFAULTS_DIR be read and written.
set -eu
PATH="$PATH:/usr/sbin" # where Debian has it
chmod 755 "$DEFAULTS_DIR"
mkdir "$DEFAULTS_DIR/files"
printf '{"title": "old", "body": "old"}' >"$DEFAULTS_DIR/files/doc"
touch -d '2020-01-01' "$DEFAULTS_DIR/files/doc" # a file just written has a weak tag
chmod -R a+rwX "$DEFAULTS_DIR/files" # it may run as another user
export PORT="$1" MODULES=/usr/lib/apache2/modules
exec apache2 -f "$PWD/apache.conf" -D FOREGROUND
