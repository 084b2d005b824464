package com.example.docs;

// :snippet-start: store
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.Id;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.Length;

@Entity
class Document {

    @Id
    @GeneratedValue
    private UUID id;

    // The compare-and-swap: Hibernate writes UPDATE or DELETE … WHERE id = ? AND version = ?,
    // and throws when no row is left to change.
    @Version
    private int version;

    @Column(unique = true, length = 262_144) // no request line is longer here
    private String name;

    @Column(length = Length.LONG32)
    private String title;

    @Column(length = Length.LONG32)
    private String body;

    private Instant savedAt;

    protected Document() {}

    Document(String name, String title, String body) {
        this.name = name;
        save(title, body);
    }

    void save(String title, String body) {
        this.title = title;
        this.body = body;
        // A new time in every write, because Hibernate sends no UPDATE where nothing
        // changed, and then compares nothing.
        this.savedAt = Instant.now();
    }

    // The version alone starts again at 0 when a document is deleted and made again. Its
    // id is new then, and random, so both together never repeat.
    String etag() {
        return "\"%s-%d\"".formatted(id.toString().replace("-", ""), version);
    }

    // :snippet-end:

    Preconditions.Validators validators() {
        return new Preconditions.Validators(etag(), savedAt);
    }

    String name() {
        return name;
    }

    String title() {
        return title;
    }

    String body() {
        return body;
    }

    Instant savedAt() {
        return savedAt;
    }
}
