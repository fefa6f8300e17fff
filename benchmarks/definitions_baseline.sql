-- The reference build by hand, as fast as we know how: one join and one aggregate for all codes, CASE to pivot inside the
-- one join that makes the wide table, one pass over contacts, answers once (planning differs by birth alone), Parquet out,
-- counts by group. Each statement was tried against others; what did not pay is gone. [[registers: …]] repeats its text.
CREATE OR REPLACE TEMP TABLE code AS SELECT n::INTEGER AS concept FROM range(100, 400) t(n)
    WHERE n BETWEEN 100 AND 119 OR n BETWEEN 200 AND 219 OR n BETWEEN 300 AND 311;
CREATE OR REPLACE TEMP TABLE long AS
    SELECT person_key, concept, max(date_diff('day', DATE '1900-01-01', date)::BIGINT * 70368744177664
        + CASE WHEN value IS NULL THEN 0 ELSE floor(value * 10000 + 0.5)::BIGINT + 35184372088832 END) AS last
    FROM read_parquet('{record}/event/{bucket}.parquet') JOIN code USING (concept)
    WHERE date <= DATE '{as_at}' AND confidential IS NOT TRUE GROUP BY person_key, concept;
CREATE OR REPLACE TEMP TABLE wide AS SELECT p.person_key, p.person_id, p.birth_date, p.birth_month, p.death_date, p.sex,
        p.ethnic_category, r.practice_code, r.start_date AS registered_since, p.lsoa21, l.borough_code, l.imd2019_decile AS imd_decile,
        (coalesce(p.type1_opt_out, FALSE) OR coalesce(p.national_opt_out, FALSE)) AS objected,
        [[registers: DATE '1900-01-01' + (d# >> 46)::INTEGER AS d#]],
        [[registers: DATE '1900-01-01' + (x# >> 46)::INTEGER AS x#]],
        [[values: DATE '1900-01-01' + (v# >> 46)::INTEGER AS date#]],
        [[values: CASE WHEN v# & 70368744177663 <> 0 THEN ((v# & 70368744177663) - 35184372088832) / 10000.0::DOUBLE END AS value#]],
        a.* EXCLUDE (person_key)
    FROM read_parquet('{record}/person/{bucket}.parquet') p
    LEFT JOIN read_parquet('{record}/registration/{bucket}.parquet') r
        ON r.person_key = p.person_key AND r.start_date <= DATE '{as_at}' AND (r.end_date IS NULL OR r.end_date >= DATE '{as_at}')
    LEFT JOIN read_parquet('{record}/place/all.parquet') l ON l.lsoa21 = p.lsoa21
    LEFT JOIN (SELECT person_key, [[registers: max(CASE WHEN concept = 100 + # THEN last END) AS d#]],
            [[registers: max(CASE WHEN concept = 200 + # THEN last END) AS x#]],
            [[values: max(CASE WHEN concept = 300 + # THEN last END) AS v#]] FROM long GROUP BY person_key) c ON c.person_key = p.person_key
    LEFT JOIN (SELECT person_key,
            count(CASE WHEN setting = 'apc' THEN 1 END) AS contacts_apc, sum(CASE WHEN setting = 'apc' THEN cost_pence END) AS cost_apc,
            count(CASE WHEN setting = 'op' THEN 1 END) AS contacts_op, sum(CASE WHEN setting = 'op' THEN cost_pence END) AS cost_op,
            count(CASE WHEN setting = 'ae' THEN 1 END) AS contacts_ae, sum(CASE WHEN setting = 'ae' THEN cost_pence END) AS cost_ae,
            count(CASE WHEN setting = 'gp' THEN 1 END) AS contacts_gp, sum(CASE WHEN setting = 'gp' THEN cost_pence END) AS cost_gp
        FROM read_parquet('{record}/contact/{bucket}.parquet')
        WHERE start_date > DATE '{as_at}' - INTERVAL 12 MONTH AND start_date <= DATE '{as_at}' GROUP BY person_key) a
        ON a.person_key = p.person_key
    ORDER BY p.person_key;
COPY (SELECT person_key, [[registers: d#]], [[registers: x#]], [[values: date#]], [[values: value#]], contacts_apc, cost_apc, contacts_op,
        cost_op, contacts_ae, cost_ae, contacts_gp, cost_gp FROM wide)
    TO '{target}/features/{bucket}.parquet' (COMPRESSION zstd, COMPRESSION_LEVEL 1);
CREATE OR REPLACE TEMP TABLE answer AS
    SELECT * EXCLUDE ([[processes: recent#]]), CASE WHEN age >= 90 THEN '90+' ELSE lpad((age // 5 * 5)::VARCHAR, 2, '0') || '-' || lpad((age // 5 * 5 + 4)::VARCHAR, 2, '0') END AS age_band,
        CASE WHEN basis THEN [[registers/plus: CASE WHEN r_register_# THEN 0.25 * (# + 1) ELSE 0 END]] END::DOUBLE AS s_burden,
        [[processes: r_register_0 AND recent# AS n_process_#]],
        r_register_0 AND [[processes/and: recent#]] AS n_all_nine
    FROM (SELECT person_key, person_id, birth_date AS birth, birth_month, death_date, sex, ethnic_category, practice_code, registered_since,
        lsoa21, borough_code, imd_decile, objected, basis, year(DATE '{as_at}') - year(birth_date) - CASE WHEN month(DATE '{as_at}') * 100 + day(DATE '{as_at}') < month(birth_date) * 100 + day(birth_date)
                THEN 1 ELSE 0 END AS age,
            [[registers: coalesce(basis AND d# IS NOT NULL AND (x# IS NULL OR d# > x#), FALSE) AS r_register_#]],
            [[values: coalesce(basis AND value# >= 90, FALSE) AS f_high_#]],
            [[processes: coalesce(date# > DATE '{as_at}' - INTERVAL 12 MONTH, FALSE) AS recent#]],
            coalesce(contacts_apc, 0)::DOUBLE AS n_contacts_apc, coalesce(cost_apc, 0)::DOUBLE AS n_cost_apc,
            coalesce(contacts_op, 0)::DOUBLE AS n_contacts_op, coalesce(cost_op, 0)::DOUBLE AS n_cost_op,
            coalesce(contacts_ae, 0)::DOUBLE AS n_contacts_ae, coalesce(cost_ae, 0)::DOUBLE AS n_cost_ae,
            coalesce(contacts_gp, 0)::DOUBLE AS n_contacts_gp, coalesce(cost_gp, 0)::DOUBLE AS n_cost_gp
        FROM (SELECT *, practice_code IS NOT NULL AND death_date IS NULL AS basis FROM wide));
COPY (SELECT person_key, person_id, birth, death_date, sex, ethnic_category, practice_code, registered_since,
        lsoa21, borough_code, imd_decile,
        age, age_band, objected, basis, s_burden, [[registers: r_register_#]], [[values: f_high_#]], [[processes: n_process_#]], n_all_nine,
        n_contacts_apc, n_cost_apc, n_contacts_op, n_cost_op, n_contacts_ae, n_cost_ae, n_contacts_gp, n_cost_gp FROM answer) TO '{target}/care/{bucket}.parquet' (COMPRESSION zstd, COMPRESSION_LEVEL 1);
COPY (SELECT 'care' AS view, CASE grouping_id(practice_code, age_band, sex, imd_decile) WHEN 15 THEN 'all' WHEN 7 THEN 'practice' WHEN 11 THEN 'age_band'
            WHEN 13 THEN 'sex' ELSE 'imd_decile' END AS group_type, practice_code, age_band, sex, imd_decile, count(CASE WHEN basis THEN 1 END) AS d,
        count(CASE WHEN r_register_0 THEN 1 END) AS d_process, [[registers: count(CASE WHEN r_register_# THEN 1 END) AS n_register_#]],
        [[values: count(CASE WHEN f_high_# THEN 1 END) AS n_high_#]], [[processes: count(CASE WHEN n_process_# THEN 1 END) AS n_process_#]],
        count(CASE WHEN n_all_nine THEN 1 END) AS n_all_nine,
        sum(CASE WHEN basis THEN n_contacts_apc END) AS n_contacts_apc, sum(CASE WHEN basis THEN n_cost_apc END) AS n_cost_apc,
        sum(CASE WHEN basis THEN n_contacts_op END) AS n_contacts_op, sum(CASE WHEN basis THEN n_cost_op END) AS n_cost_op,
        sum(CASE WHEN basis THEN n_contacts_ae END) AS n_contacts_ae, sum(CASE WHEN basis THEN n_cost_ae END) AS n_cost_ae,
        sum(CASE WHEN basis THEN n_contacts_gp END) AS n_contacts_gp, sum(CASE WHEN basis THEN n_cost_gp END) AS n_cost_gp,
        sum(s_burden) AS n_burden
      FROM answer GROUP BY GROUPING SETS ((), (practice_code), (age_band), (sex), (imd_decile)))
    TO '{target}/cube/care_{bucket}.parquet';
CREATE OR REPLACE TEMP VIEW planning AS SELECT *, CASE WHEN age >= 90 THEN '90+' ELSE lpad((age // 5 * 5)::VARCHAR, 2, '0') || '-' || lpad((age // 5 * 5 + 4)::VARCHAR, 2, '0') END AS age_band
    FROM (SELECT * EXCLUDE (birth, birth_month, age, age_band), birth_month AS birth, year(DATE '{as_at}') - year(birth_month) - CASE WHEN month(DATE '{as_at}') * 100 + day(DATE '{as_at}') < month(birth_month) * 100 + day(birth_month)
                THEN 1 ELSE 0 END AS age FROM answer WHERE NOT objected);
COPY (SELECT person_key, person_id, birth, death_date, sex, ethnic_category, practice_code, registered_since,
        lsoa21, borough_code, imd_decile,
        age, age_band, objected, basis, s_burden, [[registers: r_register_#]], [[values: f_high_#]], [[processes: n_process_#]], n_all_nine,
        n_contacts_apc, n_cost_apc, n_contacts_op, n_cost_op, n_contacts_ae, n_cost_ae, n_contacts_gp, n_cost_gp FROM planning) TO '{target}/restricted/{bucket}.parquet' (COMPRESSION zstd, COMPRESSION_LEVEL 1);
COPY (SELECT 'restricted' AS view, CASE grouping_id(practice_code, age_band, sex, imd_decile) WHEN 15 THEN 'all' WHEN 7 THEN 'practice' WHEN 11 THEN 'age_band'
            WHEN 13 THEN 'sex' ELSE 'imd_decile' END AS group_type, practice_code, age_band, sex, imd_decile, count(CASE WHEN basis THEN 1 END) AS d,
        count(CASE WHEN r_register_0 THEN 1 END) AS d_process, [[registers: count(CASE WHEN r_register_# THEN 1 END) AS n_register_#]],
        [[values: count(CASE WHEN f_high_# THEN 1 END) AS n_high_#]], [[processes: count(CASE WHEN n_process_# THEN 1 END) AS n_process_#]],
        count(CASE WHEN n_all_nine THEN 1 END) AS n_all_nine,
        sum(CASE WHEN basis THEN n_contacts_apc END) AS n_contacts_apc, sum(CASE WHEN basis THEN n_cost_apc END) AS n_cost_apc,
        sum(CASE WHEN basis THEN n_contacts_op END) AS n_contacts_op, sum(CASE WHEN basis THEN n_cost_op END) AS n_cost_op,
        sum(CASE WHEN basis THEN n_contacts_ae END) AS n_contacts_ae, sum(CASE WHEN basis THEN n_cost_ae END) AS n_cost_ae,
        sum(CASE WHEN basis THEN n_contacts_gp END) AS n_contacts_gp, sum(CASE WHEN basis THEN n_cost_gp END) AS n_cost_gp,
        sum(s_burden) AS n_burden
      FROM planning GROUP BY GROUPING SETS ((), (practice_code), (age_band), (sex), (imd_decile)))
    TO '{target}/cube/restricted_{bucket}.parquet';
