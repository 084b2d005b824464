package com.example.docs;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseEntity;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;

/** Makes problem documents of Spring's own errors. */
@RestControllerAdvice
class Problems extends ResponseEntityExceptionHandler {

    // Spring answers HEAD and OPTIONS where there is a GET, but its 405 does not name them,
    // and Allow lists every method (RFC 9110 §10.2.1).
    @Override
    protected @Nullable ResponseEntity<Object> handleHttpRequestMethodNotSupported(
            HttpRequestMethodNotSupportedException refused,
            HttpHeaders headers,
            HttpStatusCode status,
            WebRequest request) {
        Set<HttpMethod> allowed = new LinkedHashSet<>(headers.getAllow());
        allowed.add(HttpMethod.HEAD);
        allowed.add(HttpMethod.OPTIONS);
        headers.setAllow(allowed);
        return super.handleHttpRequestMethodNotSupported(refused, headers, status, request);
    }
}
