package com.example.docs;

import jakarta.servlet.http.HttpServletRequest;
import java.util.UUID;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
@SpringBootApplication
public class Application {

    record Doc(String title, String body) {}

    private Doc doc = new Doc("Welcome", "Hello.");
    private String etag = newTag();

    private static String newTag() {
        return "\"" + UUID.randomUUID() + "\"";
    }

    @GetMapping("/doc")
    synchronized ResponseEntity<Doc> read(HttpServletRequest request) {
        Preconditions.check(request, new Preconditions.Validators(etag, null));
        return ResponseEntity.ok().eTag(etag).body(doc);
    }

    // Synchronized: check and write are one step. A database does it by its WHERE.
    @PutMapping("/doc")
    synchronized ResponseEntity<Void> write(HttpServletRequest request, @RequestBody Doc sent) {
        Preconditions.require(request, new Preconditions.Validators(etag, null));
        doc = sent;
        etag = newTag();
        return ResponseEntity.noContent().build();
    }

    public static void main(String[] args) {
        SpringApplication.run(Application.class, args);
    }
}
