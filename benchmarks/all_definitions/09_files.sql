-- What is kept: the person table of direct care with its evidence, and the person table of planning.
COPY (SELECT * EXCLUDE (kind, birth_month) FROM answer WHERE kind IN ('both', 'care'))
    TO (getvariable('target') || '/care/' || getvariable('bucket') || '.parquet') (COMPRESSION zstd, COMPRESSION_LEVEL 1);
COPY (SELECT COLUMNS(lambda c: NOT regexp_matches(c, '^[dn]_')) FROM feature WHERE person_key < 1073741824)
    TO (getvariable('target') || '/features/' || getvariable('bucket') || '.parquet') (COMPRESSION zstd, COMPRESSION_LEVEL 1);
COPY (SELECT * EXCLUDE (kind, birth_month) REPLACE (birth_month AS birth_date) FROM answer WHERE kind IN ('both', 'restricted') AND NOT objected)
    TO (getvariable('target') || '/restricted/' || getvariable('bucket') || '.parquet') (COMPRESSION zstd, COMPRESSION_LEVEL 1);
