// Java's HttpClient against the recorder: java Probe.java <base>
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;

class Probe {
    record Ask(String status, String method, String name, String value, String body) {}

    public static void main(String[] args) throws Exception {
        var asked = List.of(
            new Ask("304", "GET", "If-None-Match", "\"v2\"", null),
            new Ask("412", "PUT", "If-Match", "\"v1\"", "{}"),
            new Ask("428", "PUT", "Content-Type", "application/json", "{}"));
        var client = HttpClient.newHttpClient();
        var found = new ArrayList<String>();
        found.add("\"version\": \"%s\"".formatted(Runtime.version().toString().split("[+]")[0]));
        for (var ask : asked) {
            var body = ask.body() == null ? BodyPublishers.noBody() : BodyPublishers.ofString(ask.body());
            var request = HttpRequest.newBuilder(URI.create(args[0] + "/" + ask.status()))
                .method(ask.method(), body).header(ask.name(), ask.value()).build();
            String seen;
            try {
                var response = client.send(request, BodyHandlers.ofString());
                var tag = response.headers().firstValue("etag").orElse("").replace("\"", "\\\"");
                seen = "{\"gives\": \"response\", \"status\": %d, \"tag\": \"%s\"}"
                    .formatted(response.statusCode(), tag);
            } catch (java.io.IOException error) {
                seen = "{\"gives\": \"exception\", \"named\": \"%s\"}"
                    .formatted(error.getClass().getSimpleName());
            }
            found.add("\"%s\": %s".formatted(ask.status(), seen));
        }
        System.out.println("{" + String.join(", ", found) + "}");
    }
}
