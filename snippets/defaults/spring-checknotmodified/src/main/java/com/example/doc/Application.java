// What Spring MVC does by itself: WebRequest.checkNotModified() with a tag and a date.
package com.example.doc;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.WebRequest;

@SpringBootApplication
@RestController
public class Application {

    record Doc(String title, String body) {}

    private volatile Doc doc = new Doc("old", "old");
    private volatile long savedAt = System.currentTimeMillis();

    @GetMapping("/doc")
    ResponseEntity<Doc> read(WebRequest request) {
        if (request.checkNotModified(etag(), savedAt)) {
            return null; // it has set 304 or 412
        }
        return ResponseEntity.ok(doc);
    }

    @PutMapping("/doc")
    ResponseEntity<Void> write(WebRequest request, @RequestBody Doc changed) {
        if (request.checkNotModified(etag(), savedAt)) {
            return null;
        }
        doc = changed;
        savedAt = System.currentTimeMillis();
        return ResponseEntity.noContent().build();
    }

    private String etag() {
        return Integer.toHexString(doc.hashCode());
    }

    public static void main(String[] arguments) {
        SpringApplication.run(Application.class, arguments);
    }
}
