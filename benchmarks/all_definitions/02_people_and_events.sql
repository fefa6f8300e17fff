-- One range of people (variable `bucket`): who they are, whose rows planning may not see, and what the GP record says of them.
CREATE OR REPLACE TEMP TABLE known AS
    SELECT p.person_key, p.person_id, coalesce(p.birth_date, p.birth_month) AS birth_day, p.birth_month,
        CASE WHEN p.death_date <= as_at() THEN p.death_date END AS death_date, p.sex,
        CASE WHEN p.ethnic_category IN ('A','B','C','D','E','F','G','H','J','K','L','M','N','P','R','S') THEN p.ethnic_category END AS ethnic_category,
        CASE WHEN p.ethnic_category IN ('A','B','C') THEN 'white' WHEN p.ethnic_category IN ('D','E','F','G') THEN 'mixed'
            WHEN p.ethnic_category IN ('H','J','K','L') THEN 'asian' WHEN p.ethnic_category IN ('M','N','P') THEN 'black'
            WHEN p.ethnic_category IN ('R','S') THEN 'other' END AS ethnic_group,
        r.held.p AS practice_code, r.held.s AS registered_since, o.* EXCLUDE (practice_code),
        p.lsoa21, l.* EXCLUDE (lsoa21), p.language, (r.held IS NOT NULL OR NOT getvariable('knows_registrations')) AS in_registered_population,
        coalesce(p.type1_opt_out, FALSE) OR coalesce(p.national_opt_out, FALSE) AS objected
    FROM read_parquet(getvariable('record') || '/person/' || getvariable('bucket') || '.parquet') p
    LEFT JOIN (SELECT person_key, max({'s': start_date, 'p': practice_code}) AS held
            FROM read_parquet(getvariable('record') || '/registration/' || getvariable('bucket') || '.parquet')
            WHERE start_date <= as_at() AND (end_date IS NULL OR end_date >= as_at()) GROUP BY person_key) r USING (person_key)
    LEFT JOIN practice_body o ON o.practice_code = r.held.p
    LEFT JOIN living_place l USING (lsoa21);

-- By person and concept first: rows shrink to a third before lists, which overlap, multiply them.
CREATE OR REPLACE TEMP TABLE event_concept AS
    SELECT person_key, concept, max(date) AS last, min(date) AS first,
        max(CASE WHEN value > 0 OR (value = 0 AND zero_counts) THEN packed_high(date, value) END) AS high,
        max(CASE WHEN value > 0 THEN packed_low(date, value) END) AS low
    FROM read_parquet(getvariable('record') || '/event/' || getvariable('bucket') || '.parquet') JOIN event_use USING (concept)
    WHERE date <= as_at() AND confidential IS NOT TRUE GROUP BY person_key, concept;
-- The readings and reviews of which single rows count.
CREATE OR REPLACE TEMP TABLE event_row AS
    SELECT person_key, date, value, provider_code, load_id, record_number, u.*
    FROM read_parquet(getvariable('record') || '/event/' || getvariable('bucket') || '.parquet')
    JOIN (SELECT * EXCLUDE (zero_counts, is_reading) FROM event_use
          WHERE is_systolic OR is_diastolic OR is_egfr OR is_home OR is_depression_review OR is_education OR is_colorectal OR is_fit OR is_copd_review OR is_cholesterol OR is_natriuretic) u USING (concept)
    WHERE date <= as_at() AND confidential IS NOT TRUE;
CREATE OR REPLACE TEMP TABLE medication_concept AS
    SELECT person_key, concept, max(date) AS last, count(CASE WHEN date > m12() THEN 1 END) AS n12
    FROM read_parquet(getvariable('record') || '/medication/' || getvariable('bucket') || '.parquet')
    WHERE date <= as_at() AND confidential IS NOT TRUE AND concept IS NOT NULL GROUP BY person_key, concept;
CREATE OR REPLACE TEMP TABLE medication_row AS
    SELECT person_key, date, concept, quantity, provider_code
    FROM read_parquet(getvariable('record') || '/medication/' || getvariable('bucket') || '.parquet')
    WHERE date <= as_at() AND date > m12() AND confidential IS NOT TRUE
        AND (concept IN (SELECT concept FROM share_use) OR concept IN (SELECT concept FROM medication_map WHERE list = 'opioid_analgesic'));
