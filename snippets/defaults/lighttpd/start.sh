# start.sh PORT: serve the file doc from $DEFAULTS_DIR.
set -eu
PATH="$PATH:/usr/sbin" # where Debian has it
export PORT="$1"
exec lighttpd -D -f lighttpd.conf
