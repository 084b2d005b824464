# Start Tomcat on a port, on what is in $DEFAULTS_DIR, with a default servlet that writes.
home=$(echo "$PWD"/build/apache-tomcat-*)
base="$DEFAULTS_DIR/base"
mkdir -p "$base/conf" "$base/logs" "$base/temp" "$base/webapps"
cp server.xml "$base/conf/"
sed 's#<servlet-class>org.apache.catalina.servlets.DefaultServlet</servlet-class>#&<init-param><param-name>readonly</param-name><param-value>false</param-value></init-param>#' \
    "$home/conf/web.xml" > "$base/conf/web.xml"
exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Djava.io.tmpdir="$base/temp" \
    -Dcatalina.home="$home" -Dcatalina.base="$base" -Dport="$1" -Ddocs="$DEFAULTS_DIR" \
    -cp "$home/bin/bootstrap.jar:$home/bin/tomcat-juli.jar" org.apache.catalina.startup.Bootstrap start
