package com.example.docs;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.hibernate.exception.ConstraintViolationException;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.transaction.support.TransactionOperations;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@RestController
@RequestMapping("/docs")
class DocsController {

    private static final int MAX_BODY = 1_000_000;

    record Content(String name, String title, String body) {}

    record Item(String name, String title, String body, String etag) {}

    record Index(List<Item> items) {}

    private final Documents documents;
    private final TransactionOperations transactions;
    private final JsonMapper json;

    DocsController(Documents documents, TransactionOperations transactions, JsonMapper json) {
        this.documents = documents;
        this.transactions = transactions;
        this.json = json;
    }

    @GetMapping
    Index index() {
        return new Index(documents.findAllByOrderByName().stream()
                .map(each -> new Item(each.name(), each.title(), each.body(), each.etag()))
                .toList());
    }

    // :snippet-start: read
    @GetMapping(path = "/{name}", produces = MediaType.APPLICATION_JSON_VALUE)
    Content read(
            @PathVariable String name, HttpServletRequest request, HttpServletResponse response) {
        Document document = find(name);
        Preconditions.check(request, document.validators());
        // Not with ResponseEntity.eTag(): Spring would evaluate the GET by it once more, and
        // take invalid dates and tags for valid ones.
        response.setHeader("ETag", document.etag());
        // While its second lasts, another write could share the date.
        if (Instant.now().getEpochSecond() > document.savedAt().getEpochSecond()) {
            response.setDateHeader("Last-Modified", document.savedAt().toEpochMilli());
        }
        return represent(document);
    }

    // :snippet-end:

    private Document find(String name) {
        return documents
                .findByName(name)
                .orElseThrow(() -> new ResponseStatusException(HttpStatus.NOT_FOUND));
    }

    private Content represent(Document document) {
        return new Content(document.name(), document.title(), document.body());
    }

    // :snippet-start: write
    // The body comes as a stream: Spring binds arguments before a handler can refuse anything,
    // so a stale write with a broken body would be 400 and not 412 (RFC 9110 §13.2.1).
    @PutMapping("/{name}")
    ResponseEntity<Void> replace(
            @PathVariable String name,
            HttpServletRequest request,
            InputStream body)
            throws IOException {
        byte[] received = body.readNBytes(MAX_BODY + 1); // before the transaction begins
        return confirm(name, request, () -> {
            Document document = documents.findByName(name).orElse(null);
            Preconditions.require(request, document == null ? null : document.validators());
            Map<String, String> sent = parse(received, Set.of("title", "body"));
            if (document == null) { // If-None-Match: * held
                documents.save(new Document(name, sent.get("title"), sent.get("body")));
                return ResponseEntity.created(URI.create(request.getRequestURI())).build();
            }
            document.save(sent.get("title"), sent.get("body"));
            // No ETag: columns are stored, not the bytes that were sent (§9.3.4).
            return ResponseEntity.noContent().build();
        });
    }

    // Without produces, Spring finds out after the write that the client does not accept JSON.
    @PatchMapping(path = "/{name}", produces = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<Content> merge(
            @PathVariable String name,
            HttpServletRequest request,
            InputStream body)
            throws IOException {
        byte[] received = body.readNBytes(MAX_BODY + 1);
        return confirm(name, request, () -> {
            Document document = find(name);
            Preconditions.require(request, document.validators());
            Map<String, String> sent = parse(received, Set.of());
            document.save(
                    sent.getOrDefault("title", document.title()),
                    sent.getOrDefault("body", document.body()));
            documents.flush(); // the new version, and so the new tag, is there after it
            return ResponseEntity.ok().eTag(document.etag()).body(represent(document));
        });
    }

    @DeleteMapping("/{name}")
    ResponseEntity<Void> delete(@PathVariable String name, HttpServletRequest request) {
        return confirm(name, request, () -> {
            Document document = find(name);
            Preconditions.require(request, document.validators());
            documents.delete(document);
            return ResponseEntity.noContent().build();
        });
    }

    /**
     * Reads, checks and writes in one transaction, which ends before the answer is sent. It
     * fails when another write came in between: the version is gone or the name is taken.
     * Spring would answer that with 500.
     */
    private <T> T confirm(String name, HttpServletRequest request, Supplier<T> write) {
        try {
            return transactions.execute(status -> write.get());
        } catch (DataAccessException failure) {
            // With JPA a taken name is no DuplicateKeyException; only the cause tells.
            boolean lost = failure instanceof ConcurrencyFailureException
                    || failure.getCause() instanceof ConstraintViolationException;
            if (!lost) {
                throw failure;
            }
            Document winner = documents.findByName(name).orElse(null);
            throw Preconditions.lostRace(request, winner == null ? null : winner.validators());
        }
    }

    // :snippet-end:

    private Map<String, String> parse(byte[] body, Set<String> required) {
        if (body.length > MAX_BODY) {
            throw new ResponseStatusException(
                    HttpStatus.CONTENT_TOO_LARGE, "Send at most one megabyte.");
        }
        JsonNode sent;
        try {
            sent = json.readValue(body, JsonNode.class);
        } catch (JacksonException noJson) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "Send a JSON object.");
        }
        Map<String, String> content = new HashMap<>();
        sent.properties().forEach(member -> {
            if (Set.of("title", "body").contains(member.getKey()) && member.getValue().isString()) {
                content.put(member.getKey(), member.getValue().stringValue());
            }
        });
        boolean complete = sent.isObject()
                && content.size() == sent.size()
                && content.keySet().containsAll(required);
        if (!complete) {
            throw new ResponseStatusException(
                    HttpStatus.UNPROCESSABLE_CONTENT, "Send title and body, both strings.");
        }
        // Half of a surrogate pair may stand in JSON, but it is no text.
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(String.join(" ", content.values()))) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "Send Unicode text.");
        }
        return content;
    }
}
