package com.example.docs;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.jpa.repository.JpaRepository;

interface Documents extends JpaRepository<Document, UUID> {

    Optional<Document> findByName(String name);

    List<Document> findAllByOrderByName();
}
