# Start Jetty on a port, on what is in $DEFAULTS_DIR, as a web application of files alone.
home=$(echo "$PWD"/build/jetty-home-*)
base="$DEFAULTS_DIR/base"
mkdir -p "$base/webapps/ROOT"
cp -p "$DEFAULTS_DIR/doc" "$base/webapps/ROOT/"
cd "$base"
java -jar "$home/start.jar" --add-modules=http,ee11-deploy >/dev/null
exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Djava.io.tmpdir="$base" -jar "$home/start.jar" \
    jetty.http.host=127.0.0.1 jetty.http.port="$1" jetty.httpConfig.requestHeaderSize=262144
