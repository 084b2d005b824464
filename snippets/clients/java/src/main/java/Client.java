import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A client that saves only over what it has read.
 *
 * <pre>
 * update URL WORD            appends a word, after a 412 once more
 * create URL TITLE BODY      makes a document that is not there yet
 * save URL ETAG TITLE BODY   saves once, or shows both versions
 * </pre>
 */
public final class Client {

    private static final int ATTEMPTS = 5;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    // HTTP/1.1, because over http:// every request would otherwise offer an upgrade to
    // HTTP/2. A PUT whose connection breaks is not sent again by HttpClient itself.
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();
    private final JsonMapper json = new JsonMapper();

    record Content(String title, String body) {}

    record Document(String etag, Content content) {}

    /** What was asked for is not done; each cause has an exit code of its own. */
    static final class Failure extends Exception {
        final int exitCode;

        Failure(int exitCode, String message) {
            super(message);
            this.exitCode = exitCode;
        }
    }

    // :snippet-start: update
    /** Makes a change to the document as it is now, however often others save first. */
    void update(URI uri, UnaryOperator<Content> change)
            throws Failure, IOException, InterruptedException {
        Content unanswered = null;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            if (attempt > 0) { // a random pause, so that two clients do not keep meeting
                Thread.sleep(ThreadLocalRandom.current().nextLong(100L << attempt));
            }
            Document current = read(uri);
            if (current.content().equals(unanswered)) {
                return; // the write whose answer was lost had arrived
            }
            Content changed = change.apply(current.content());
            HttpResponse<String> answer;
            try {
                answer = put(uri, "If-Match", current.etag(), changed);
            } catch (IOException broken) {
                unanswered = changed; // written or not: only another read can tell
                continue;
            }
            if (isSuccess(answer)) {
                return;
            }
            if (answer.statusCode() != 412) {
                throw unexpected(answer);
            }
        }
        throw new Failure(5, "Not saved in " + ATTEMPTS + " attempts: others keep saving first.");
    }

    /** Gets a document together with the tag to send when it is saved. */
    Document read(URI uri) throws Failure, IOException, InterruptedException {
        HttpResponse<String> answer = get(uri);
        if (answer.statusCode() == 404) {
            throw new Failure(6, "There is no document at " + uri + ".");
        }
        if (!isSuccess(answer)) {
            throw unexpected(answer);
        }
        String etag = answer.headers().firstValue("ETag").orElse(null);
        if (etag == null) {
            throw new Failure(7, "The answer has no ETag, so there is nothing for If-Match.");
        }
        if (etag.startsWith("W/")) {
            throw new Failure(7, etag + " is weak, and If-Match never matches a weak tag.");
        }
        return new Document(etag, json.readValue(answer.body(), Content.class));
    }

    // :snippet-end:

    // :snippet-start: create
    /** Makes a document, unless somebody else has made it already. */
    void create(URI uri, Content content) throws Failure, IOException, InterruptedException {
        HttpResponse<String> answer = put(uri, "If-None-Match", "*", content);
        if (answer.statusCode() == 412) {
            throw new Failure(3, "Not created: there is a document at " + uri + " already.");
        }
        if (!isSuccess(answer)) {
            throw unexpected(answer);
        }
    }

    // :snippet-end:

    // :snippet-start: conflict
    /** Saves what a person has edited; after a 412 that person has to decide. */
    void save(URI uri, String etag, Content yours)
            throws Failure, IOException, InterruptedException {
        HttpResponse<String> answer = put(uri, "If-Match", etag, yours);
        if (answer.statusCode() == 412) {
            HttpResponse<String> current = get(uri);
            boolean deleted = current.statusCode() == 404;
            if (!deleted && !isSuccess(current)) {
                throw unexpected(current);
            }
            System.out.println("theirs: " + (deleted ? "deleted" : current.body()));
            System.out.println("yours: " + json.writeValueAsString(yours));
            String tag = current.headers().firstValue("ETag").orElse("none");
            System.out.println("current tag: " + tag);
            throw new Failure(4, "Not saved: the document changed after you read it.");
        }
        if (!isSuccess(answer)) {
            throw unexpected(answer);
        }
    }

    // :snippet-end:

    private HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
        // A cache on the way must ask the server: an old tag is refused for certain.
        HttpRequest request = HttpRequest.newBuilder(uri)
                .timeout(TIMEOUT)
                .header("Cache-Control", "no-cache")
                .build();
        return http.send(request, BodyHandlers.ofString());
    }

    private HttpResponse<String> put(URI uri, String field, String value, Content content)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(uri)
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json")
                .header(field, value)
                .PUT(BodyPublishers.ofString(json.writeValueAsString(content)))
                .build();
        return http.send(request, BodyHandlers.ofString());
    }

    private static boolean isSuccess(HttpResponse<?> answer) {
        return answer.statusCode() / 100 == 2;
    }

    /** Tells the status and the detail of the problem document (RFC 9457), if it is one. */
    private Failure unexpected(HttpResponse<String> answer) {
        String detail = "";
        try {
            detail = json.readTree(answer.body()).path("detail").asString("");
        } catch (JacksonException noProblem) {
            // the status has to do
        }
        return new Failure(1, (answer.statusCode() + " " + detail).strip());
    }

    private void run(String[] words) throws Failure, IOException, InterruptedException {
        switch (words.length == 0 ? "" : words[0] + " " + (words.length - 1)) {
            case "update 2" -> update(URI.create(words[1]), content ->
                    new Content(content.title(), content.body() + " " + words[2]));
            case "create 3" -> create(URI.create(words[1]), new Content(words[2], words[3]));
            case "save 4" -> save(
                    URI.create(words[1]), words[2], new Content(words[3], words[4]));
            default -> throw new Failure(
                    2, "update URL WORD | create URL TITLE BODY | save URL ETAG TITLE BODY");
        }
    }

    public static void main(String[] words) throws InterruptedException {
        try {
            new Client().run(words);
        } catch (Failure failure) {
            System.err.println(failure.getMessage());
            System.exit(failure.exitCode);
        } catch (IOException | RuntimeException failure) {
            System.err.println(failure);
            System.exit(1);
        }
    }
}
