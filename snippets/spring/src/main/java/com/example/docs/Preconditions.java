// :snippet-start: preconditions
package com.example.docs;

import com.fasterxml.jackson.annotation.JsonInclude;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.Year;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/**
 * The preconditions of a request, in the order of RFC 9110 §13.2.2.
 *
 * <p>{@code WebRequest.checkNotModified} is no substitute. It ignores If-Match on GET, and
 * If-None-Match beside an If-Match that holds; it answers a PUT with 412 for its
 * If-Modified-Since; it finds tags in a malformed list and dates in any zone; and its 412 has
 * neither a body nor the current ETag.
 */
@RestControllerAdvice
class Preconditions {

    /**
     * The state of a resource that exists; the state of one that does not is {@code null}.
     *
     * @param etag in its wire form, such as {@code "v1"} with its quotes, or {@code W/"v1"}
     */
    record Validators(@Nullable String etag, @Nullable Instant lastModified) {

        Validators {
            if (lastModified != null) { // an HTTP-date has no fraction of a second
                lastModified = lastModified.truncatedTo(ChronoUnit.SECONDS);
            }
        }
    }

    /** Lets a request through, or throws what answers it with 304, 400 or 412. */
    static void check(HttpServletRequest request, @Nullable Validators current) {
        evaluate(request, current, false);
    }

    /** Does the same for a write that must have a condition, and otherwise is 428. */
    static void require(HttpServletRequest request, @Nullable Validators current) {
        evaluate(request, current, true);
    }

    private static void evaluate(
            HttpServletRequest request, @Nullable Validators current, boolean required) {
        boolean safe = Set.of("GET", "HEAD").contains(request.getMethod());
        Instant modified = current == null ? null : current.lastModified();
        Set<String> match = tags(request, "If-Match", false);
        Set<String> noneMatch = tags(request, "If-None-Match", safe);
        // Where there is no date to compare, a date is ignored (§13.1.3, §13.1.4).
        Instant unmodifiedSince = modified == null ? null : date(request, "If-Unmodified-Since");
        Instant modifiedSince = modified == null ? null : date(request, "If-Modified-Since");

        boolean guarded = match != null || ANY.equals(noneMatch) || unmodifiedSince != null;
        if (required && !guarded) {
            throw Refused.required(request, current);
        }
        if (match != null) { // step 1
            String mismatch = mismatch(match, current);
            if (mismatch != null) {
                throw Refused.failed(request, "If-Match", mismatch, current);
            }
        } else if (unmodifiedSince != null && modified.isAfter(unmodifiedSince)) { // step 2
            throw Refused.failed(request, "If-Unmodified-Since", "changed", current);
        }
        if (noneMatch != null) { // step 3
            if (matchesWeakly(noneMatch, current)) {
                throw safe
                        ? new NotModified(current)
                        : Refused.failed(request, "If-None-Match", "exists", current);
            }
        } else if (safe && modifiedSince != null && !modified.isAfter(modifiedSince)) { // step 4
            throw new NotModified(current);
        }
    }

    /** Refuses a write whose check held, but that found another one done before it. */
    static Refused lostRace(HttpServletRequest request, @Nullable Validators current) {
        String field = Stream.of("If-Match", "If-Unmodified-Since", "If-None-Match")
                .filter(name -> request.getHeader(name) != null)
                .findFirst()
                .orElse(null);
        return Refused.failed(request, field, "lost-race", current);
    }

    private static final Set<String> ANY = Set.of("*"); // the tag "*" keeps its quotes here

    /** Compares strongly (§8.8.3.2), and says why not if no tag matches. */
    private static @Nullable String mismatch(Set<String> tags, @Nullable Validators current) {
        if (current == null) {
            return "absent";
        }
        String etag = current.etag();
        if (tags.equals(ANY)) {
            return null;
        }
        if (etag == null) {
            return "changed";
        }
        if (etag.startsWith("W/")) {
            return "weak";
        }
        if (tags.contains(etag)) {
            return null;
        }
        return tags.contains("W/" + etag) ? "weak" : "changed";
    }

    private static boolean matchesWeakly(Set<String> tags, @Nullable Validators current) {
        if (current == null || tags.equals(ANY)) {
            return current != null;
        }
        if (current.etag() == null) {
            return false;
        }
        String strong = current.etag().replaceFirst("^W/", "");
        return tags.contains(strong) || tags.contains("W/" + strong);
    }

    // One tag at a time: for a repeated group java.util.regex recurses, and ten thousand
    // tags overflow its stack.
    private static final Pattern TAG =
            Pattern.compile("[ \t,]*+((?:W/)?\"[!#-~\\x80-\\xff]*+\")[ \t]*+(?:,[ \t,]*+|\\z)");

    private static @Nullable Set<String> tags(
            HttpServletRequest request, String field, boolean lenient) {
        String value = value(request, field);
        if (value == null) {
            return null;
        }
        if (value.equals("*")) {
            return ANY;
        }
        Set<String> tags = new HashSet<>();
        Matcher next = TAG.matcher(value);
        int end = 0;
        while (end < value.length() && next.region(end, value.length()).lookingAt()) {
            tags.add(next.group(1));
            end = next.end();
        }
        if (end == value.length() && !tags.isEmpty()) {
            return tags;
        }
        if (lenient) {
            return Set.of(); // on a read, the full answer is the safe one
        }
        throw Refused.malformed(request, field); // never "no condition"
    }

    private static @Nullable Instant date(HttpServletRequest request, String field) {
        String value = value(request, field);
        if (value == null) {
            return null;
        }
        boolean leap = value.contains("23:59:60"); // a second that java.time does not have
        String text = value.replace("23:59:60", "23:59:59");
        try {
            Instant date = LocalDateTime.parse(text, form(text)).toInstant(ZoneOffset.UTC);
            return leap ? date.plusSeconds(1) : date;
        } catch (DateTimeException invalid) {
            return null; // and an invalid date is ignored (§13.1.3, §13.1.4)
        }
    }

    /** The three forms of §5.6.7 and no other. */
    private static DateTimeFormatter form(String date) {
        var form = new DateTimeFormatterBuilder();
        int thisYear = Year.now(ZoneOffset.UTC).getValue();
        switch (date.length()) { // it tells them apart, and shuts out the year +12345
            case 29 -> form.appendPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'");
            case 24 -> form.appendPattern("EEE MMM ppd HH:mm:ss uuuu");
            default -> form.appendPattern("EEEE, dd-MMM-")
                    // Two digits that are more than 50 years ahead are of the past.
                    .appendValueReduced(ChronoField.YEAR, 2, 2, thisYear - 49)
                    .appendPattern(" HH:mm:ss 'GMT'");
        }
        return form.toFormatter(Locale.ENGLISH).withResolverStyle(ResolverStyle.STRICT);
    }

    /** The lines of a field are one value (§5.3); {@code getHeader} gives the first alone. */
    private static @Nullable String value(HttpServletRequest request, String field) {
        List<String> lines = Collections.list(request.getHeaders(field));
        return lines.isEmpty() ? null : String.join(", ", lines).strip();
    }

    /** 304, with nothing but the tag (§15.4.5). */
    static class NotModified extends RuntimeException {

        private final @Nullable String etag;

        NotModified(Validators current) {
            this.etag = current.etag();
        }
    }

    /** 400, 412 or 428, as a problem document (RFC 9457). */
    static class Refused extends ErrorResponseException {

        private static final Map<String, String> DETAILS = Map.of(
                "absent", "If-Match asks for a document that exists, and there is none.",
                "changed", "The document has changed since you read it.",
                "exists", "The document is in a state that your If-None-Match excludes.",
                "lost-race", "While this write was under way, another one was done.",
                "weak", "A weak entity tag (W/) never matches If-Match.");

        private record Next(
                String action,
                @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String method,
                @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String href) {}

        private final String path;

        private Refused(
                HttpServletRequest request, HttpStatus status, String title, String detail) {
            super(status, ProblemDetail.forStatusAndDetail(status, detail), null);
            path = request.getRequestURI();
            setTitle(title);
            String kind = title.toLowerCase(Locale.ROOT).replace(' ', '-');
            setType(URI.create("/problems/" + kind + "/"));
            setInstance(URI.create(path));
            getHeaders().setCacheControl(CacheControl.noStore());
        }

        private Refused with(String member, @Nullable Object value) {
            if (value != null) {
                getBody().setProperty(member, value);
            }
            return this;
        }

        private Refused next(String action) {
            boolean refetch = action.equals("refetch");
            return with("next", new Next(action, refetch ? "GET" : null, refetch ? path : null));
        }

        static Refused malformed(HttpServletRequest request, String field) {
            String detail = "Send entity tags in double quotes, such as \"v1\", or * alone.";
            return new Refused(request, HttpStatus.BAD_REQUEST, "Malformed Precondition", detail)
                    .with("failed_header", field)
                    .with("reason", "malformed")
                    .next("resend");
        }

        static Refused required(HttpServletRequest request, @Nullable Validators current) {
            String detail = current == null
                    ? "Send If-None-Match: * to create the document."
                    : "Send If-Match with the ETag that you read.";
            HttpStatus status = HttpStatus.PRECONDITION_REQUIRED;
            return new Refused(request, status, "Precondition Required", detail)
                    .next(current == null ? "resend" : "refetch");
        }

        static Refused failed(
                HttpServletRequest request,
                @Nullable String field,
                String reason,
                @Nullable Validators current) {
            HttpStatus status = HttpStatus.PRECONDITION_FAILED;
            String detail = DETAILS.get(reason);
            Refused refused = new Refused(request, status, "Precondition Failed", detail);
            String etag = current == null ? null : current.etag();
            if (etag != null) {
                refused.getHeaders().setETag(etag);
            }
            return refused.with("failed_header", field)
                    .with("reason", reason)
                    .with("current_etag", etag)
                    .next(reason.equals("absent") ? "none" : "refetch");
        }
    }

    @ExceptionHandler
    ResponseEntity<Void> answer(NotModified unchanged) {
        return ResponseEntity.status(HttpStatus.NOT_MODIFIED).eTag(unchanged.etag).build();
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> answer(Refused refused) {
        return new ResponseEntity<>(
                refused.getBody(), refused.getHeaders(), refused.getStatusCode());
    }
}
// :snippet-end:
