package com.example.docs; // Test equipment: plays vectors at Preconditions. No part of the API.

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Profile;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

@RestController
@Profile("probe")
class Probe {

    @RequestMapping("/probe")
    @Nullable String answer(HttpServletRequest request, HttpServletResponse response) {
        boolean absent = request.getHeader("Probe-State").equals("absent");
        boolean reads = request.getMethod().matches("GET|HEAD");
        if (absent && !request.getMethod().equals("PUT")) {
            throw new ResponseStatusException(HttpStatus.NOT_FOUND);
        }
        String etag = request.getHeader("Probe-ETag");
        String date = request.getHeader("Probe-Last-Modified");
        Instant modified = date == null
                ? null
                : Instant.ofEpochMilli(request.getDateHeader("Probe-Last-Modified"));
        var current = absent ? null : new Preconditions.Validators(etag, modified);
        if (!reads && "yes".equals(request.getHeader("Probe-Require"))) {
            Preconditions.require(request, current);
        } else {
            Preconditions.check(request, current);
        }
        if (!reads) {
            response.setStatus(absent ? 201 : 204);
            return null;
        }
        response.setHeader("ETag", etag); // a null is no field
        response.setHeader("Last-Modified", date);
        return "probe";
    }
}
