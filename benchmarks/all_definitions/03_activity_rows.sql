-- Rows of hospital and community activity, each asked once what it is; then the people whom planning sees otherwise, a second time.
CREATE OR REPLACE TEMP TABLE contact_row AS
    SELECT person_key, contact_key, setting, start_date, end_date, provider_code, site_code, treatment_function_code, admission_method,
        patient_classification, discharge_method, length_of_stay_days, first_attendance, attendance_status, consultation_medium,
        department_type, attendance_category, wait_minutes, service_type, primary_concept, pod, cost_pence, cost_basis, confidential, load_id, record_number,
        start_date > m12() AS recent,
        setting = 'apc' AND admission_method IN ('21','22','23','24','25','28','2A','2B','2D') AS emergency,
        setting = 'ae' AND department_type IN ('01','02','03','04') AS in_ae,
        attendance_status IN ('5','6') AS attended
    FROM read_parquet(getvariable('record') || '/contact/' || getvariable('bucket') || '.parquet')
    WHERE start_date <= as_at() AND setting <> 'gp';
-- General practice is half of all contacts, of which few columns count.
CREATE OR REPLACE TEMP TABLE gp_row AS
    SELECT person_key, start_date, pod, cost_pence, attendance_status, provider_code, site_code, treatment_function_code, confidential IS NOT TRUE AND (primary_concept IS NULL OR primary_concept NOT IN (SELECT concept FROM withheld)) AS allowed,
        load_id, record_number
    FROM read_parquet(getvariable('record') || '/contact/' || getvariable('bucket') || '.parquet') WHERE start_date <= as_at() AND setting = 'gp';
CREATE OR REPLACE TEMP TABLE diagnosis_row AS
    SELECT person_key, contact_key, date, concept, confidential FROM read_parquet(getvariable('record') || '/diagnosis/' || getvariable('bucket') || '.parquet') WHERE date <= as_at();
CREATE OR REPLACE TEMP TABLE procedure_row AS
    SELECT person_key, contact_key, date, concept, position, u.* EXCLUDE (concept) FROM read_parquet(getvariable('record') || '/procedure/' || getvariable('bucket') || '.parquet')
    JOIN procedure_use u USING (concept) WHERE date <= as_at();
CREATE OR REPLACE TEMP TABLE referral_row AS
    SELECT person_key, date, source_code, service_type, priority, provider_code, treatment_function_code, reason_concept, end_date IS NULL OR end_date >= as_at() AS is_open
    FROM read_parquet(getvariable('record') || '/referral/' || getvariable('bucket') || '.parquet') WHERE date <= as_at();

-- Whom planning sees without some of their rows.
CREATE OR REPLACE TEMP TABLE withheld_contact AS
    SELECT contact_key FROM read_parquet(getvariable('record') || '/contact/' || getvariable('bucket') || '.parquet')
    WHERE confidential OR primary_concept IN (SELECT concept FROM withheld);
CREATE OR REPLACE TEMP TABLE apart AS
    SELECT person_key FROM event_concept WHERE concept IN (SELECT concept FROM withheld)
    UNION SELECT person_key FROM medication_concept WHERE concept IN (SELECT concept FROM withheld)
    UNION SELECT person_key FROM contact_row WHERE confidential OR primary_concept IN (SELECT concept FROM withheld)
    UNION SELECT person_key FROM gp_row WHERE NOT allowed
    UNION SELECT person_key FROM diagnosis_row WHERE confidential OR concept IN (SELECT concept FROM withheld) OR contact_key IN (SELECT contact_key FROM withheld_contact)
    UNION SELECT person_key FROM procedure_row WHERE concept IN (SELECT concept FROM withheld) OR contact_key IN (SELECT contact_key FROM withheld_contact)
    UNION SELECT person_key FROM referral_row WHERE reason_concept IN (SELECT concept FROM withheld);
INSERT INTO event_concept SELECT * REPLACE (other_self(person_key) AS person_key) FROM event_concept
    WHERE person_key IN (SELECT person_key FROM apart) AND concept NOT IN (SELECT concept FROM withheld);
INSERT INTO event_row SELECT * REPLACE (other_self(person_key) AS person_key) FROM event_row
    WHERE person_key IN (SELECT person_key FROM apart) AND concept NOT IN (SELECT concept FROM withheld);
INSERT INTO medication_concept SELECT * REPLACE (other_self(person_key) AS person_key) FROM medication_concept
    WHERE person_key IN (SELECT person_key FROM apart) AND concept NOT IN (SELECT concept FROM withheld);
INSERT INTO medication_row SELECT * REPLACE (other_self(person_key) AS person_key) FROM medication_row
    WHERE person_key IN (SELECT person_key FROM apart) AND concept NOT IN (SELECT concept FROM withheld);
INSERT INTO contact_row SELECT * REPLACE (other_self(person_key) AS person_key) FROM contact_row
    WHERE person_key IN (SELECT person_key FROM apart) AND confidential IS NOT TRUE
        AND (primary_concept IS NULL OR primary_concept NOT IN (SELECT concept FROM withheld));
INSERT INTO gp_row SELECT * REPLACE (other_self(person_key) AS person_key) FROM gp_row WHERE person_key IN (SELECT person_key FROM apart) AND allowed;
INSERT INTO diagnosis_row SELECT * REPLACE (other_self(person_key) AS person_key) FROM diagnosis_row
    WHERE person_key IN (SELECT person_key FROM apart) AND confidential IS NOT TRUE AND concept NOT IN (SELECT concept FROM withheld)
        AND contact_key NOT IN (SELECT contact_key FROM withheld_contact);
INSERT INTO procedure_row SELECT * REPLACE (other_self(person_key) AS person_key) FROM procedure_row
    WHERE person_key IN (SELECT person_key FROM apart) AND concept NOT IN (SELECT concept FROM withheld)
        AND contact_key NOT IN (SELECT contact_key FROM withheld_contact);
INSERT INTO referral_row SELECT * REPLACE (other_self(person_key) AS person_key) FROM referral_row
    WHERE person_key IN (SELECT person_key FROM apart) AND (reason_concept IS NULL OR reason_concept NOT IN (SELECT concept FROM withheld));
CREATE OR REPLACE TEMP TABLE wait_row AS
    SELECT person_key, list_type, snapshot_date, clock_start_date, clock_stop_date, provider_code, treatment_function_code
    FROM read_parquet(getvariable('record') || '/wait/' || getvariable('bucket') || '.parquet') WHERE clock_start_date <= as_at();
INSERT INTO wait_row SELECT * REPLACE (other_self(person_key) AS person_key) FROM wait_row WHERE person_key IN (SELECT person_key FROM apart);
CREATE OR REPLACE TEMP TABLE package_row AS
    SELECT person_key, funder FROM read_parquet(getvariable('record') || '/care_package/' || getvariable('bucket') || '.parquet')
    WHERE start_date <= as_at() AND (end_date IS NULL OR end_date >= as_at());
INSERT INTO package_row SELECT * REPLACE (other_self(person_key) AS person_key) FROM package_row WHERE person_key IN (SELECT person_key FROM apart);

-- Seen by somebody in the community: partners of attacks, discharges and treatment centre visits.
CREATE OR REPLACE TEMP TABLE seen AS SELECT person_key, start_date, TRUE AS at_gp FROM gp_row
    UNION ALL SELECT person_key, start_date, FALSE FROM contact_row WHERE setting = 'community';
-- What was coded on a day in hospital, in any position.
CREATE OR REPLACE TEMP TABLE coded_day AS
    SELECT person_key, date, bool_or(self_harm) AS self_harm, bool_or(alcohol) AS alcohol, bool_or(acs_copd) AS acs_copd, bool_or(acs_any) AS acs_any,
        bool_or(acs_flu) AS acs_flu, bool_or(acs_sickle) AS acs_sickle
    FROM diagnosis_row JOIN diagnosis_use USING (concept) WHERE date > m12() GROUP BY person_key, date;

-- Emergency admissions of 12 months, and what each was for.
CREATE OR REPLACE TEMP TABLE admission AS
    -- By primary diagnosis first, else by any diagnosis of the day.
    SELECT e.*,
        coalesce(acs_plain, FALSE)::INTEGER + coalesce(acs_cellulitis AND NOT operated_cellulitis, FALSE)::INTEGER
            + coalesce(acs_angina AND NOT operated_angina, FALSE)::INTEGER + coalesce(acs_heart AND NOT operated_heart, FALSE)::INTEGER
            + coalesce(acs_bronchitis AND day_copd, FALSE)::INTEGER
            + (no_primary AND day_any)::INTEGER + (no_primary AND NOT day_any AND day_flu AND NOT day_sickle)::INTEGER AS acs
    FROM (SELECT c.person_key, c.start_date, u.* EXCLUDE (concept),
            NOT coalesce(u.acs_plain OR u.acs_cellulitis OR u.acs_angina OR u.acs_heart OR u.acs_bronchitis, FALSE) AS no_primary,
            coalesce(d.self_harm, FALSE) AS day_self_harm, coalesce(d.alcohol, FALSE) AS day_alcohol, coalesce(d.acs_copd, FALSE) AS day_copd,
            coalesce(d.acs_any, FALSE) AS day_any, coalesce(d.acs_flu, FALSE) AS day_flu, coalesce(d.acs_sickle, FALSE) AS day_sickle,
            EXISTS (FROM procedure_row p WHERE p.person_key = c.person_key AND p.for_cellulitis AND p.date BETWEEN c.start_date AND c.start_date + 30) AS operated_cellulitis,
            EXISTS (FROM procedure_row p WHERE p.person_key = c.person_key AND p.for_angina AND p.position = 1 AND p.date BETWEEN c.start_date AND c.start_date + 30) AS operated_angina,
            EXISTS (FROM procedure_row p WHERE p.person_key = c.person_key AND p.for_heart AND p.date BETWEEN c.start_date AND c.start_date + 30) AS operated_heart
        FROM contact_row c LEFT JOIN primary_use u ON u.concept = c.primary_concept LEFT JOIN coded_day d ON d.person_key = c.person_key AND d.date = c.start_date
        WHERE c.emergency AND c.recent) e;
