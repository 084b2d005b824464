package com.example.docs; // Test equipment: plays vectors at Preconditions. No part of the API.

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Profile;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

@RestController
@Profile("probe")
class Probe {

    @RequestMapping(
            path = "/probe",
            method = {RequestMethod.GET, RequestMethod.PUT, RequestMethod.PATCH, RequestMethod.DELETE})
    @Nullable String answer(
            @RequestHeader("Probe-State") String state,
            @RequestHeader(name = "Probe-ETag", required = false) @Nullable String etag,
            @RequestHeader(name = "Probe-Last-Modified", required = false) @Nullable String date,
            @RequestHeader(name = "Probe-Require", defaultValue = "no") String required,
            HttpServletRequest request,
            HttpServletResponse response) {
        boolean absent = state.equals("absent");
        boolean read = request.getMethod().matches("GET|HEAD");
        if (absent && !request.getMethod().equals("PUT")) {
            throw new ResponseStatusException(HttpStatus.NOT_FOUND);
        }
        var modified = date == null
                ? null
                : ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
        var current = absent ? null : new Preconditions.Validators(etag, modified);
        if (required.equals("yes") && !read) {
            Preconditions.require(request, current);
        } else {
            Preconditions.check(request, current);
        }
        if (!read) {
            response.setStatus(absent ? 201 : 204);
            return null;
        }
        if (etag != null) {
            response.setHeader("ETag", etag);
        }
        if (date != null) {
            response.setHeader("Last-Modified", date);
        }
        return "probe";
    }
}
