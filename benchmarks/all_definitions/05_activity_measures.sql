-- Measures that count rows: each row in a denominator once, with what it is in; by person for the answers, by provider for the counts.
CREATE OR REPLACE TEMP TABLE contact_side AS
    SELECT person_key, provider_code, site_code, treatment_function_code,
        d_ae AS d_ae_four_hours, d_ae AND wait_minutes <= 240 AS n_ae_four_hours, d_ae AS d_ae_twelve_hours, d_ae AND wait_minutes >= 720 AS n_ae_twelve_hours,
        d_ae AND mind AS d_ae_mental_health_twelve_hours, d_ae AND mind AND wait_minutes >= 720 AS n_ae_mental_health_twelve_hours,
        d_stay AS d_stays_over_21_days, d_stay AND nights > 21 AS n_stays_over_21_days, d_stay AS d_stays_21_days_or_more, d_stay AND nights >= 21 AS n_stays_21_days_or_more,
        d_stay AS d_stays_over_14_days, d_stay AND nights > 14 AS n_stays_over_14_days,
        d_bed AS d_in_hospital_over_21_days, d_bed AND start_date < days_ago(21) AS n_in_hospital_over_21_days,
        d_stay AND emergency AS d_emergency_zero_day_share, d_stay AND emergency AND nights <= 0 AS n_emergency_zero_day_share,
        d_stay AND emergency AS d_average_stay_emergency, CASE WHEN d_stay AND emergency THEN nights END AS n_average_stay_emergency,
        d_stay AS d_long_stay_bed_days, CASE WHEN d_stay AND nights > 21 THEN nights END AS n_long_stay_bed_days,
        d_stay AS d_nstemi_bed_days, CASE WHEN d_stay AND nstemi THEN nights END AS n_nstemi_bed_days,
        d_stay AS d_stroke_bed_days, CASE WHEN d_stay AND stroke THEN nights END AS n_stroke_bed_days,
        d_op AND first_attendance IN ('1','3') AS d_follow_up_ratio, d_op AND first_attendance IN ('2','4') AS n_follow_up_ratio,
        setting = 'op' AND recent AND attendance_status IN ('3','5','6','7') AS d_outpatient_dna_rate,
        setting = 'op' AND recent AND attendance_status IN ('3','7') AS n_outpatient_dna_rate,
        d_op AND consultation_medium IS NOT NULL AS d_outpatient_remote_share, d_op AND consultation_medium IN ('02','03') AS n_outpatient_remote_share,
        recent AND setting IN ('apc','op','ae') AS d_uncosted_share, recent AND setting IN ('apc','op','ae') AND cost_basis = 'uncosted' AS n_uncosted_share,
        d_op AND first_attendance IN ('1','3') AND provider_code IS NOT NULL AS d_first_attendance_local_share,
        d_op AND first_attendance IN ('1','3') AND provider_code IN ('R1K','RAS','RQM','RYJ') AS n_first_attendance_local_share,
        d_mental_bed AS d_mental_health_out_of_area, d_mental_bed AND provider_code NOT IN ('RKL','RV3') AS n_mental_health_out_of_area
    FROM (SELECT c.*, length_of_stay_days AS nights, mind, nstemi, stroke,
            in_ae AND recent AND attendance_category IN ('1','2','3') AND wait_minutes IS NOT NULL AS d_ae,
            setting = 'apc' AND patient_classification = '1' AND length_of_stay_days IS NOT NULL AND end_date > m12() AND end_date <= as_at() AS d_stay,
            setting = 'apc' AND patient_classification = '1' AND (end_date IS NULL OR end_date >= as_at()) AS d_bed,
            setting = 'op' AND attended AND recent AS d_op,
            setting = 'mental_health' AND admission_method IS NOT NULL AND provider_code IS NOT NULL AND (end_date IS NULL OR end_date >= as_at()) AS d_mental_bed
        FROM contact_row c LEFT JOIN primary_use u ON u.concept = c.primary_concept
        WHERE (recent AND setting IN ('apc','op','ae')) OR (setting IN ('apc','mental_health') AND (end_date IS NULL OR end_date > m12())));
CREATE OR REPLACE TEMP TABLE emergency_side AS
    SELECT c.person_key, provider_code, site_code, treatment_function_code, TRUE AS d_alcohol_emergency_share, coalesce(d.alcohol, FALSE) AS n_alcohol_emergency_share
    FROM contact_row c LEFT JOIN coded_day d ON d.person_key = c.person_key AND d.date = c.start_date WHERE c.emergency AND c.recent;
CREATE OR REPLACE TEMP TABLE birth_side AS
    SELECT person_key, provider_code, site_code, treatment_function_code, TRUE AS d_stillbirths_per_1000_births, discharge_method = '5' AS n_stillbirths_per_1000_births,
        TRUE AS d_preterm_births_per_1000, preterm AS n_preterm_births_per_1000
    FROM contact_row c LEFT JOIN primary_use u ON u.concept = c.primary_concept WHERE setting = 'apc' AND admission_method IN ('82','83','2C') AND recent;

-- Rows that ask about other rows of the same person. No row is its own partner.
CREATE OR REPLACE TEMP TABLE related_side AS
    SELECT person_key, provider_code, site_code, treatment_function_code, TRUE AS d_readmission_30_days,
        EXISTS (FROM contact_row o WHERE o.person_key = c.person_key AND o.emergency AND o.admission_method <> '2B' AND o.start_date - c.end_date BETWEEN 0 AND 30
                AND NOT (o.load_id = c.load_id AND o.record_number = c.record_number)) AS n_readmission_30_days
    FROM contact_row c WHERE setting = 'apc' AND patient_classification IN ('1','2') AND discharge_method NOT IN ('4','5') AND end_date > m12() AND end_date <= days_ago(30)
    UNION ALL BY NAME
    SELECT person_key, provider_code, site_code, treatment_function_code, TRUE AS d_stroke_readmission_6_months,
        EXISTS (FROM contact_row o WHERE o.person_key = c.person_key AND o.emergency AND o.admission_method <> '2B' AND o.start_date - c.end_date BETWEEN 0 AND 182
                AND NOT (o.load_id = c.load_id AND o.record_number = c.record_number)) AS n_stroke_readmission_6_months
    FROM contact_row c JOIN primary_use u ON u.concept = c.primary_concept
    WHERE u.stroke AND setting = 'apc' AND discharge_method NOT IN ('4','5') AND end_date > m24() AND end_date <= days_ago(182)
    UNION ALL BY NAME
    SELECT person_key, provider_code, site_code, treatment_function_code, copd AS d_copd_readmission_30_days, copd AND back AS n_copd_readmission_30_days,
        copd AS d_copd_reviewed_30_days, copd AND EXISTS (FROM event_row e WHERE e.person_key = h.person_key AND e.is_copd_review AND e.date - h.end_date BETWEEN 0 AND 30) AS n_copd_reviewed_30_days,
        heart_failure AS d_heart_failure_readmission_30_days, heart_failure AND back AS n_heart_failure_readmission_30_days
    FROM (SELECT c.*, u.copd, u.heart_failure, EXISTS (FROM contact_row o WHERE o.person_key = c.person_key AND o.emergency AND o.admission_method <> '2B'
                AND o.start_date - c.end_date BETWEEN 0 AND 30 AND NOT (o.load_id = c.load_id AND o.record_number = c.record_number)) AS back
        FROM contact_row c JOIN primary_use u ON u.concept = c.primary_concept
        WHERE (u.copd OR u.heart_failure) AND c.emergency AND c.discharge_method NOT IN ('4','5') AND c.end_date > m12() AND c.end_date <= days_ago(30)) h
    UNION ALL BY NAME
    SELECT person_key, provider_code, site_code, treatment_function_code, TRUE AS d_mental_health_readmission_30_days,
        EXISTS (FROM contact_row o WHERE o.person_key = c.person_key AND o.setting = 'mental_health' AND o.admission_method IS NOT NULL AND o.start_date - c.end_date BETWEEN 0 AND 30
                AND NOT (o.load_id = c.load_id AND o.record_number = c.record_number)) AS n_mental_health_readmission_30_days
    FROM contact_row c WHERE setting = 'mental_health' AND length_of_stay_days IS NOT NULL AND end_date > m12() AND end_date <= days_ago(30)
    UNION ALL BY NAME
    SELECT person_key, provider_code, site_code, treatment_function_code, TRUE AS d_utc_then_ae, TRUE AS d_utc_then_gp,
        EXISTS (FROM contact_row o WHERE o.person_key = c.person_key AND o.setting = 'ae' AND o.department_type = '01' AND o.start_date - c.start_date BETWEEN 0 AND 1) AS n_utc_then_ae,
        EXISTS (FROM seen o WHERE o.person_key = c.person_key AND o.at_gp AND o.start_date - c.start_date BETWEEN 0 AND 1) AS n_utc_then_gp
    FROM contact_row c WHERE setting = 'ae' AND department_type = '03' AND recent
    UNION ALL BY NAME
    SELECT person_key, provider_code, site_code, treatment_function_code, start_date <= days_ago(2) AS d_asthma_reviewed_48_hours, start_date <= days_ago(7) AS d_asthma_reattended_7_days,
        start_date <= days_ago(2) AND EXISTS (FROM seen o WHERE o.person_key = c.person_key AND o.start_date - c.start_date BETWEEN 1 AND 2) AS n_asthma_reviewed_48_hours,
        start_date <= days_ago(7) AND EXISTS (FROM contact_row o JOIN primary_use v ON v.concept = o.primary_concept WHERE o.person_key = c.person_key AND o.in_ae AND v.asthma_any
                AND o.start_date - c.start_date BETWEEN 0 AND 7 AND NOT (o.load_id = c.load_id AND o.record_number = c.record_number)) AS n_asthma_reattended_7_days
    FROM contact_row c JOIN primary_use u ON u.concept = c.primary_concept WHERE u.asthma_any AND in_ae AND recent;

-- Referrals, with the first attended contact of the team on or after that day: judged when their days have passed.
CREATE OR REPLACE TEMP TABLE team_contact AS
    SELECT DISTINCT person_key, start_date, CASE WHEN setting = 'op' THEN 'op' WHEN service_type = 'C09' THEN 'C10' ELSE service_type END AS team
    FROM contact_row WHERE attended AND start_date > m12() AND (setting = 'op'
        OR (setting = 'mental_health' AND service_type IN ('A14','A06','C10','C09','A11')) OR (setting = 'talking_therapies' AND service_type = 'talking_therapies')
        OR (setting = 'community' AND service_type IN ('51','52')));
CREATE OR REPLACE TEMP TABLE referral_side AS
    SELECT person_key, provider_code, treatment_function_code,
        source_code IS NOT NULL AND service_type IS NULL AS d_consultant_referral_share,
        service_type IS NULL AND source_code IN ('01','02','05','10','11') AS n_consultant_referral_share,
        priority = '3' AND service_type IS NULL AND waited >= 14 AS d_urgent_seen_two_weeks, priority = '3' AND service_type IS NULL AND waited >= 14 AND seen_in <= 14 AS n_urgent_seen_two_weeks,
        service_type = 'A14' AND waited >= 14 AS d_psychosis_two_weeks, service_type = 'A14' AND waited >= 14 AND seen_in <= 14 AS n_psychosis_two_weeks,
        service_type IN ('C10','C09') AND priority = '2' AND waited >= 7 AS d_eating_disorder_urgent_1_week, service_type IN ('C10','C09') AND priority = '2' AND waited >= 7 AND seen_in <= 7 AS n_eating_disorder_urgent_1_week,
        service_type IN ('C10','C09') AND priority = '3' AND waited >= 28 AS d_eating_disorder_routine_4_weeks, service_type IN ('C10','C09') AND priority = '3' AND waited >= 28 AND seen_in <= 28 AS n_eating_disorder_routine_4_weeks,
        service_type = 'A06' AND waited >= 28 AS d_community_mental_health_4_weeks, service_type = 'A06' AND waited >= 28 AND seen_in <= 28 AS n_community_mental_health_4_weeks,
        service_type = 'talking_therapies' AND waited >= 42 AS d_talking_therapies_6_weeks, service_type = 'talking_therapies' AND waited >= 42 AND seen_in <= 42 AS n_talking_therapies_6_weeks,
        service_type = 'talking_therapies' AND waited >= 126 AS d_talking_therapies_18_weeks, service_type = 'talking_therapies' AND waited >= 126 AND seen_in <= 126 AS n_talking_therapies_18_weeks,
        service_type = '51' AND waited >= 1 AS d_crisis_response_next_day, service_type = '51' AND waited >= 1 AND seen_in <= 1 AS n_crisis_response_next_day,
        service_type = '52' AND waited >= 2 AS d_reablement_two_days, service_type = '52' AND waited >= 2 AND seen_in <= 2 AS n_reablement_two_days,
        service_type = 'A11' AND waited >= 1 AS d_liaison_psychiatry_next_day, service_type = 'A11' AND waited >= 1 AND seen_in <= 1 AS n_liaison_psychiatry_next_day
    FROM (SELECT r.*, c.start_date - r.date AS seen_in, as_at() - r.date AS waited
        FROM (SELECT *, CASE WHEN service_type IS NULL THEN 'op' WHEN service_type = 'C09' THEN 'C10' ELSE service_type END AS team FROM referral_row
            WHERE date > m12() AND (service_type IS NULL OR service_type IN ('A14','A06','C10','C09','talking_therapies','51','52','A11'))) r
        ASOF LEFT JOIN team_contact c ON c.person_key = r.person_key AND c.team = r.team AND c.start_date >= r.date);
CREATE OR REPLACE TEMP TABLE nursing_side AS
    SELECT person_key, provider_code, treatment_function_code, is_open AS d_district_nursing_over_12_months, is_open AND date <= m12() AS n_district_nursing_over_12_months,
        date > m12() AS d_district_nursing_visits
    FROM referral_row WHERE service_type = '12';
CREATE OR REPLACE TEMP TABLE visit_side AS
    SELECT person_key, provider_code, site_code, treatment_function_code, TRUE AS n_district_nursing_visits
    FROM contact_row WHERE setting = 'community' AND service_type = '12' AND attended AND recent
    UNION ALL BY NAME
    SELECT person_key, provider_code, site_code, treatment_function_code, TRUE AS d_gp_missed_share, attendance_status IN ('3','7') AS n_gp_missed_share
    FROM gp_row WHERE start_date > m12() AND attendance_status IN ('3','5','6','7');
CREATE OR REPLACE TEMP TABLE wait_side AS
    SELECT person_key, provider_code, treatment_function_code,
        list_type = 'rtt' AS d_rtt_18_weeks, list_type = 'rtt' AND clock_start_date > days_ago(126) AS n_rtt_18_weeks,
        list_type = 'rtt' AS d_rtt_26_weeks, list_type = 'rtt' AND clock_start_date > days_ago(182) AS n_rtt_26_weeks,
        list_type = 'rtt' AS d_rtt_52_weeks, list_type = 'rtt' AND clock_start_date > days_ago(364) AS n_rtt_52_weeks,
        list_type = 'diagnostic' AS d_diagnostics_6_weeks, list_type = 'diagnostic' AND clock_start_date > days_ago(42) AS n_diagnostics_6_weeks,
        list_type = 'cancer_62' AS d_cancer_62_days_open, list_type = 'cancer_62' AND clock_start_date > days_ago(62) AS n_cancer_62_days_open,
        list_type = 'cancer_62' AS d_cancer_104_days_open, list_type = 'cancer_62' AND clock_start_date > days_ago(104) AS n_cancer_104_days_open,
        list_type = 'cancer_28' AS d_cancer_28_days_open, list_type = 'cancer_28' AND clock_start_date > days_ago(28) AS n_cancer_28_days_open,
        list_type = 'cancer_31' AS d_cancer_31_days_open, list_type = 'cancer_31' AND clock_start_date > days_ago(31) AS n_cancer_31_days_open
    FROM wait_row WHERE snapshot_date = getvariable('snapshot') AND (clock_stop_date IS NULL OR clock_stop_date >= as_at());
CREATE OR REPLACE TEMP TABLE item_side AS
    SELECT person_key, provider_code, antibiotic AS d_prescribing_antibiotics_broad_spectrum, broad AS n_prescribing_antibiotics_broad_spectrum,
        uti AS d_prescribing_uti_trimethoprim, trimethoprim AS n_prescribing_uti_trimethoprim, nsaid AS d_prescribing_nsaid_non_preferred, nsaid_other AS n_prescribing_nsaid_non_preferred,
        statin AS d_prescribing_statins_lower_intensity, statin_lower AS n_prescribing_statins_lower_intensity,
        methotrexate AS d_prescribing_methotrexate_10mg, methotrexate_10 AS n_prescribing_methotrexate_10mg, ppi AS d_prescribing_ppi_higher_doses, ppi_higher AS n_prescribing_ppi_higher_doses,
        vitamin_b AS d_prescribing_vitamin_b_not_thiamine, vitamin_compound AS n_prescribing_vitamin_b_not_thiamine,
        paracetamol AS d_prescribing_paracetamol_soluble, soluble AS n_prescribing_paracetamol_soluble,
        amoxicillin AS d_prescribing_amoxicillin_over_15, amoxicillin AND quantity > 15 AS n_prescribing_amoxicillin_over_15,
        doxycycline AS d_prescribing_doxycycline_over_6, doxycycline AND quantity > 6 AS n_prescribing_doxycycline_over_6,
        morphine AS d_prescribing_morphine_solution_over_300ml, morphine AND quantity > 300 AS n_prescribing_morphine_solution_over_300ml,
        trimethoprim_200 AS d_prescribing_trimethoprim_over_6, trimethoprim_200 AND quantity > 6 AS n_prescribing_trimethoprim_over_6,
        nitrofurantoin_100 AS d_prescribing_nitrofurantoin_over_6, nitrofurantoin_100 AND quantity > 6 AS n_prescribing_nitrofurantoin_over_6,
        pivmecillinam_200 AS d_prescribing_pivmecillinam_over_10, pivmecillinam_200 AND quantity > 10 AS n_prescribing_pivmecillinam_over_10,
        pen AS d_prescribing_weekly_pens_over_3, pen AND quantity > 3 AS n_prescribing_weekly_pens_over_3,
        daily AS d_prescribing_seven_days, daily AND quantity = 7 AS n_prescribing_seven_days,
        dressing AS d_prescribing_dressings_silver, silver AS n_prescribing_dressings_silver,
        zuclopenthixol AS d_prescribing_zuclopenthixol_acetate, acetate AS n_prescribing_zuclopenthixol_acetate,
        inhaler AS d_prescribing_inhalers_metered_dose, metered AS n_prescribing_inhalers_metered_dose,
        relievers AS d_prescribing_inhalers_reliever, saba AS n_prescribing_inhalers_reliever,
        ics AS d_prescribing_inhalers_not_air_mart, not_air AS n_prescribing_inhalers_not_air_mart,
        opioid_long AS d_prescribing_opioids_high_dose, opioid_high AS n_prescribing_opioids_high_dose,
        doacs AS d_prescribing_doac_not_preferred, doac_other AS n_prescribing_doac_not_preferred,
        sglt2 AS d_prescribing_sglt2_not_dapagliflozin, sglt2_other AS n_prescribing_sglt2_not_dapagliflozin,
        strip AS d_prescribing_glucose_strips_not_recommended, strip_other AS n_prescribing_glucose_strips_not_recommended,
        lancet AS d_prescribing_lancets_not_recommended, lancet_other AS n_prescribing_lancets_not_recommended
    FROM medication_row JOIN share_use USING (concept);

-- Everything about a person side by side: what is sparse by one pivot, what most people have by joins. Every table has a row of everybody: a
-- join that finds all rows keeps its blocks whole, and one that does not halves them each time.
CREATE OR REPLACE TEMP TABLE sparse AS PIVOT (
    SELECT person_key, list AS name, max(last) AS value FROM event_concept JOIN event_map USING (concept) GROUP BY person_key, list
    UNION ALL SELECT person_key, last_name, max(last) FROM medication_concept JOIN medication_map USING (concept) GROUP BY person_key, last_name
    UNION ALL SELECT person_key, count_name, as_day(sum(n12)) FROM medication_concept JOIN medication_map USING (concept) WHERE n12 > 0 GROUP BY person_key, count_name
    UNION ALL SELECT person_key, list, max(last) FROM diagnosis_concept JOIN diagnosis_map USING (concept) GROUP BY person_key, list
    UNION ALL SELECT person_key, part, last FROM frailty_long
    [[UNION ALL SELECT person_key, name::held, value FROM (UNPIVOT # ON COLUMNS(* EXCLUDE (person_key)) INTO NAME name VALUE value)
 : event_first copd_home diagnosis_any urgent_asked]]
    [[UNION ALL SELECT person_key, name::held, as_day(value) FROM (UNPIVOT (SELECT person_key, COLUMNS(* EXCLUDE (person_key))::INTEGER FROM #) ON COLUMNS(* EXCLUDE (person_key)) INTO NAME name VALUE value) WHERE value > 0
 : kidney follow_up natriuretic opioid low_priority diagnosis_days frailty_sum admission_use attack procedure_use_by_person package_use begun alcohol_use ward team_use]]
    UNION ALL SELECT person_key, 'urgent_missed_count', as_day(urgent_missed_count) FROM urgent_use
    UNION ALL SELECT person_key, name::held, value FROM (UNPIVOT (SELECT person_key, discharged_on, unseen_start, as_day(unseen_nights_count) AS unseen_nights_count FROM home) ON COLUMNS(* EXCLUDE (person_key)) INTO NAME name VALUE value)
    UNION ALL SELECT person_key, name::held, value FROM (UNPIVOT (SELECT person_key, as_day(referral_count) AS referral_count, as_day(nullif(hospital_referral_count, 0)) AS hospital_referral_count, perinatal_on FROM referral_use) ON COLUMNS(* EXCLUDE (person_key)) INTO NAME name VALUE value)
    UNION ALL SELECT person_key, name::held, value FROM (UNPIVOT (SELECT person_key, as_day(nullif(rtt_n, 0)) AS rtt_n, as_day(path_28_days) AS path_28_days, as_day(path_31_days) AS path_31_days, as_day(path_62_days) AS path_62_days FROM wait_use) ON COLUMNS(* EXCLUDE (person_key)) INTO NAME name VALUE value)
    [[UNION ALL SELECT person_key, name::held, as_day(value) FROM (UNPIVOT (SELECT person_key, sum(COLUMNS('^[dn]_')::INTEGER)::INTEGER FROM # GROUP BY person_key) ON COLUMNS(* EXCLUDE (person_key)) INTO NAME name VALUE value) WHERE value <> 0
 : contact_side emergency_side birth_side related_side referral_side nursing_side visit_side wait_side item_side referral_for_bowel]]
    UNION ALL SELECT person_key, NULL, NULL FROM everybody
    ) ON name IN held USING first(value) GROUP BY person_key;
-- Not written down: reading it twice (evidence, answers) costs half of what keeping it does.
CREATE OR REPLACE TEMP VIEW feature AS
    SELECT * FROM (SELECT COLUMNS(lambda c: NOT regexp_matches(c, '(_n|_n12|_days|_count)$|^[dn]_')),
            (COLUMNS('.*(_n|_n12|_days|_count)$|^[dn]_.*') - DATE '1970-01-01')::INTEGER AS '\0' FROM sparse)
        JOIN last_reading USING (person_key) JOIN pressure USING (person_key) JOIN medication_count USING (person_key) JOIN gp_use USING (person_key)
        JOIN contact_use USING (person_key) JOIN pod_cost USING (person_key) JOIN year_ago USING (person_key) JOIN half_years USING (person_key) JOIN fibrillation USING (person_key)
        JOIN milligrams USING (person_key);
-- What stays in memory is read again; the rest would only spill.
[[DROP TABLE #;
 : kidney follow_up natriuretic opioid low_priority diagnosis_days diagnosis_any frailty_sum frailty_long 
    begun alcohol_use ward urgent urgent_use urgent_asked team_use admission_use home copd_home attack procedure_use_by_person referral_use wait_use package_use contact_row gp_row seen coded_day admission diagnosis_row
    diagnosis_concept procedure_row referral_row event_row event_concept medication_concept medication_row team_contact wait_row]]

-- Whom planning counts otherwise: rows withheld, or an age that the month of birth puts elsewhere. Objectors are direct care's alone.
CREATE OR REPLACE TEMP TABLE subject AS
    WITH k AS (SELECT known.*, apart.person_key IS NOT NULL AS is_apart,
            apart.person_key IS NOT NULL OR whole_years(birth_day, as_at()) IS DISTINCT FROM whole_years(birth_month, as_at()) OR whole_months(birth_month, as_at()) < 60
            OR (whole_years(birth_day, ndh_first) >= 18) IS DISTINCT FROM (whole_years(birth_month, ndh_first) >= 18)
            OR (whole_years(birth_day, rarth_first) >= 16) IS DISTINCT FROM (whole_years(birth_month, rarth_first) >= 16) AS is_few
        FROM known LEFT JOIN apart USING (person_key) LEFT JOIN event_first USING (person_key))
    SELECT * EXCLUDE (is_apart, is_few, birth_day, birth_month), birth_day AS birth_date, birth_month, person_key AS feature_key,
        CASE WHEN objected OR is_few THEN 'care' ELSE 'both' END AS kind FROM k
    UNION ALL BY NAME
    SELECT * EXCLUDE (is_apart, is_few, birth_day, birth_month), birth_month AS birth_date, birth_month,
        CASE WHEN is_apart THEN other_self(person_key) ELSE person_key END AS feature_key, 'restricted' AS kind FROM k WHERE is_few AND NOT objected;
