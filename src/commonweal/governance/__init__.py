"""The promises: purpose, disclosure, pseudonyms, identities, scrubbing."""
