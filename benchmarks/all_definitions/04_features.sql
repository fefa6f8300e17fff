-- One row a person (and another self) with everything that an answer rests on: the evidence of direct care.
-- Every table holds a row of everybody: a join that finds all rows keeps its blocks whole, and one that does not halves them each time.
CREATE OR REPLACE TEMP TABLE everybody AS SELECT person_key FROM known UNION ALL SELECT other_self(person_key) FROM apart;
CREATE OR REPLACE TEMP TABLE diagnosis_concept AS
    SELECT person_key, concept, max(date) AS last FROM diagnosis_row WHERE date > y5() GROUP BY person_key, concept;
CREATE OR REPLACE TEMP TABLE frailty_long AS
    SELECT person_key, part, tenths, max(last) AS last FROM diagnosis_concept JOIN frailty_map USING (concept) WHERE last > m24() GROUP BY person_key, part, tenths;
CREATE OR REPLACE TEMP TABLE event_first AS
    SELECT person_key, min(CASE WHEN list = 'dm_cod' THEN first END) AS dm_first, min(CASE WHEN list IN ('ndh_cod', 'prediabetes') THEN first END) AS ndh_first,
        min(CASE WHEN list = 'rarth_cod' THEN first END) AS rarth_first, min(CASE WHEN list IN ('c19can_cod', 'c19haemcan_cod') THEN first END) AS cancer_first,
        max(CASE WHEN list = 'depr_cod' THEN last END) AS depr_last
    FROM event_concept JOIN event_map USING (concept)
    WHERE list IN ('dm_cod', 'ndh_cod', 'prediabetes', 'rarth_cod', 'c19can_cod', 'c19haemcan_cod', 'depr_cod') GROUP BY person_key;
CREATE OR REPLACE TEMP TABLE last_reading AS
    SELECT person_key, packed_day(systolic) AS systolic_on, packed_value(systolic, -1) AS systolic, packed_value(systolic_high, 1) AS systolic_high,
        packed_day(diastolic) AS diastolic_on, packed_value(diastolic, -1) AS diastolic, packed_day(hba1c_high) AS hba1c_on,
        packed_value(hba1c_high, 1) AS hba1c, packed_value(hba1c_low, -1) AS hba1c_low, packed_day(cholesterol) AS cholesterol_on,
        packed_value(cholesterol, -1) AS cholesterol, packed_day(egfr) AS egfr_on, packed_value(egfr, 1) AS egfr, packed_day(acr) AS acr_on,
        packed_value(acr, 1) AS acr, packed_day(bmi) AS bmi_on, packed_value(bmi, 1) AS bmi
    FROM (SELECT person_key, max(CASE WHEN reading = 'systolic' THEN low END) AS systolic, max(CASE WHEN reading = 'systolic' THEN high END) AS systolic_high,
            max(CASE WHEN reading = 'diastolic' THEN low END) AS diastolic, max(CASE WHEN reading = 'hba1c' THEN high END) AS hba1c_high,
            max(CASE WHEN reading = 'hba1c' THEN low END) AS hba1c_low, max(CASE WHEN reading = 'cholesterol' THEN low END) AS cholesterol,
            max(CASE WHEN reading = 'egfr' THEN high END) AS egfr, max(CASE WHEN reading = 'urine_acr' THEN high END) AS acr,
            max(CASE WHEN reading = 'bmi' THEN high END) AS bmi
        FROM (SELECT person_key, reading, high, low FROM event_concept JOIN reading_map USING (concept) UNION ALL BY NAME FROM everybody) GROUP BY person_key);
-- Blood pressure by day: the diastolic of the day of the last systolic, days that were raised, readings at home.
CREATE OR REPLACE TEMP TABLE pressure AS
    SELECT e.person_key, min(CASE WHEN is_diastolic AND value > 0 AND e.date = r.systolic_on AND e.date > m12() THEN value END) AS paired_diastolic,
        max(CASE WHEN is_home AND value > 0 AND e.date > m12() THEN e.date END) AS home_on,
        count(DISTINCT CASE WHEN is_systolic AND value >= 140 AND e.date > y5() THEN e.date END) AS raised_systolic_days,
        count(DISTINCT CASE WHEN is_diastolic AND value >= 90 AND e.date > y5() THEN e.date END) AS raised_diastolic_days
    FROM (SELECT * FROM event_row WHERE date > y5() AND (is_systolic OR is_diastolic OR is_home) UNION ALL BY NAME FROM everybody) e JOIN last_reading r USING (person_key)
    GROUP BY e.person_key;
-- A low eGFR within two years, and another 90 to 1,096 days before it.
CREATE OR REPLACE TEMP TABLE kidney AS
    SELECT DISTINCT a.person_key, 1 AS egfr_low_count FROM event_row a JOIN event_row b ON a.person_key = b.person_key AND a.date - b.date BETWEEN 90 AND 1096
    WHERE a.is_egfr AND a.value > 0 AND a.value < 60 AND a.date > m24() AND b.is_egfr AND b.value > 0 AND b.value < 60;
-- What followed a diagnosis, counted from it.
CREATE OR REPLACE TEMP TABLE follow_up AS
    SELECT e.person_key, max(CASE WHEN is_education AND e.date BETWEEN f.dm_first AND (f.dm_first + INTERVAL 9 MONTH)::DATE THEN 1 END) AS educated_count,
        max(CASE WHEN is_depression_review AND e.date BETWEEN f.depr_last + 10 AND f.depr_last + 56 THEN 1 END) AS depression_reviewed_count
    FROM event_row e LEFT JOIN event_first f USING (person_key)
    WHERE is_education OR is_depression_review GROUP BY e.person_key;
CREATE OR REPLACE TEMP TABLE natriuretic AS SELECT person_key, count(*) AS natriuretic_count FROM event_row WHERE is_natriuretic AND date > m12() GROUP BY person_key;
CREATE OR REPLACE TEMP TABLE referral_for_bowel AS
    SELECT person_key, date, provider_code, 1 AS d_fit_before_colorectal_referral,
        EXISTS (FROM event_row t WHERE t.person_key = e.person_key AND t.is_fit AND e.date - t.date BETWEEN 0 AND 21
                AND NOT (t.load_id = e.load_id AND t.record_number = e.record_number))::INTEGER AS n_fit_before_colorectal_referral
    FROM event_row e WHERE is_colorectal AND date > m12();

CREATE OR REPLACE TEMP TABLE medication_count AS
    SELECT person_key, count(last) AS medicines FROM (SELECT person_key, last FROM medication_concept WHERE last > m3() UNION ALL BY NAME FROM everybody) GROUP BY person_key;
CREATE OR REPLACE TEMP TABLE opioid AS
    SELECT person_key, count(CASE WHEN before IS NULL OR date - before > 13 THEN 1 END) AS opioid_count
    FROM (SELECT person_key, date, lag(date) OVER (PARTITION BY person_key ORDER BY date) AS before FROM medication_row
          WHERE concept IN (SELECT concept FROM medication_map WHERE list = 'opioid_analgesic'))
    GROUP BY person_key;

-- Items of any set that should not routinely be prescribed, each once; and milligrams: quantity by strength.
CREATE OR REPLACE TEMP TABLE low_priority AS
    SELECT person_key, sum(n12)::INTEGER AS low_priority_count FROM medication_concept
    WHERE concept IN (SELECT concept FROM meant WHERE list IN ('aliskiren', 'amiodarone', 'bath_shower_emollient', 'co_proxamol', 'dosulepin', 'dronedarone', 'fentanyl_immediate_release',
        'gamolenic_or_ubidecarenone', 'glucosamine', 'homeopathic_preparation', 'lidocaine_plaster', 'liothyronine', 'lutein_supplement', 'minocycline', 'omega_3', 'oxycodone_with_naloxone',
        'pen_needle_costly', 'perindopril_arginine', 'rubefacient', 'silk_garment', 'tramadol_with_paracetamol', 'travel_vaccine', 'trimipramine')) GROUP BY person_key;
CREATE OR REPLACE TEMP TABLE milligrams AS
    SELECT person_key, sum(quantity * pregabalin_strength) AS pregabalin_mg, sum(quantity * morphine_strength) AS morphine_mg
    FROM (SELECT person_key, quantity, pregabalin_strength, morphine_strength FROM medication_row JOIN share_use USING (concept) UNION ALL BY NAME FROM everybody) GROUP BY person_key;

CREATE OR REPLACE TEMP TABLE diagnosis_days AS
    SELECT person_key, count(DISTINCT CASE WHEN list = 'atrial_fibrillation_icd10' THEN date END) AS af_days,
        count(DISTINCT CASE WHEN list = 'heart_failure_icd10' THEN date END) AS hf_days, count(DISTINCT CASE WHEN list = 'copd_icd10' THEN date END) AS copd_days,
        count(DISTINCT CASE WHEN list = 'dementia_icd10' THEN date END) AS dementia_days,
        count(DISTINCT CASE WHEN list = 'chronic_kidney_disease_icd10' THEN date END) AS ckd_days,
        count(DISTINCT CASE WHEN list = 'epilepsy_icd10' THEN date END) AS epilepsy_days
    FROM diagnosis_row JOIN (FROM diagnosis_map WHERE list IN ('atrial_fibrillation_icd10', 'heart_failure_icd10', 'copd_icd10', 'dementia_icd10',
        'chronic_kidney_disease_icd10', 'epilepsy_icd10')) USING (concept)
    WHERE date > y3() GROUP BY person_key;
CREATE OR REPLACE TEMP TABLE diagnosis_any AS SELECT person_key, max(last) AS any_diagnosis FROM diagnosis_concept GROUP BY person_key;
CREATE OR REPLACE TEMP TABLE frailty_sum AS SELECT person_key, sum(tenths)::INTEGER AS frailty_count FROM frailty_long GROUP BY person_key;

CREATE OR REPLACE TEMP TABLE gp_use AS
    SELECT person_key, max(start_date) AS gp_on, count(CASE WHEN start_date > m12() THEN 1 END) AS gp_n, sum(CASE WHEN start_date > m12() THEN cost_pence END) AS gp_cost
    FROM (SELECT person_key, start_date, cost_pence FROM gp_row UNION ALL BY NAME FROM everybody) GROUP BY person_key;
CREATE OR REPLACE TEMP TABLE contact_use AS
    SELECT person_key,
        max(CASE WHEN setting IN ('community', 'social_care') THEN start_date END) AS community_on,
        count(CASE WHEN in_ae AND recent THEN 1 END) AS ae_n, count(DISTINCT CASE WHEN in_ae AND recent THEN start_date END) AS ae_days,
        count(CASE WHEN in_ae AND recent AND attendance_category = '4' THEN 1 END) AS ae_planned_n, max(CASE WHEN in_ae THEN start_date END) AS ae_on, count(CASE WHEN in_ae AND recent AND asthma_any THEN 1 END) AS asthma_ae_n,
        count(CASE WHEN in_ae AND asthma_any AND start_date > days_ago(30) THEN 1 END) AS asthma_ae_n30,
        max(CASE WHEN in_ae AND asthma_any AND start_date > days_ago(30) THEN start_date END) AS asthma_ae_on,
        count(CASE WHEN emergency AND recent THEN 1 END) AS emergency_n, count(DISTINCT CASE WHEN emergency AND recent THEN start_date END) AS emergency_days,
        max(CASE WHEN emergency THEN start_date END) AS emergency_on,
        count(CASE WHEN setting = 'apc' AND recent AND admission_method IN ('11','12','13') AND patient_classification IN ('1','2') THEN 1 END) AS elective_n,
        max(CASE WHEN setting = 'apc' THEN start_date END) AS apc_on,
        max(CASE WHEN setting = 'apc' AND (end_date IS NULL OR end_date >= as_at()) THEN start_date END) AS in_hospital_on,
        min(CASE WHEN setting = 'apc' AND patient_classification = '1' AND (end_date IS NULL OR end_date >= as_at()) THEN start_date END) AS bed_since,
        max(CASE WHEN setting = 'apc' AND discharge_method = '4' AND end_date > m12() AND end_date <= as_at() THEN start_date END) AS died_there_on,
        count(CASE WHEN setting = 'op' AND attended AND recent THEN 1 END) AS op_n,
        count(CASE WHEN setting = 'op' AND attended AND recent AND first_attendance IN ('1','3') THEN 1 END) AS op_first_n,
        count(CASE WHEN setting = 'op' AND recent AND attendance_status IN ('3','7') THEN 1 END) AS missed_n,
        count(DISTINCT CASE WHEN setting = 'op' AND recent AND attendance_status IN ('3','7') THEN start_date END) AS missed_days,
        count(CASE WHEN setting = 'talking_therapies' AND attended AND recent THEN 1 END) AS talking_n,
        count(CASE WHEN setting = 'mental_health' AND attended AND recent THEN 1 END) AS mental_n,
        count(CASE WHEN setting = 'community' AND attended AND recent THEN 1 END) AS community_n,
        max(CASE WHEN setting = 'mental_health' AND admission_method IS NOT NULL AND (end_date IS NULL OR end_date >= as_at()) THEN start_date END) AS mental_bed_on,
        sum(CASE WHEN setting = 'apc' AND recent THEN cost_pence END) AS apc_cost, sum(CASE WHEN setting = 'op' AND recent THEN cost_pence END) AS op_cost,
        sum(CASE WHEN setting = 'ae' AND recent THEN cost_pence END) AS ae_cost, sum(CASE WHEN setting = 'community' AND recent THEN cost_pence END) AS community_cost,
        sum(CASE WHEN setting = 'mental_health' AND recent THEN cost_pence END) AS mental_cost
    FROM (FROM contact_row UNION ALL BY NAME FROM everybody) c LEFT JOIN primary_use u ON u.concept = c.primary_concept GROUP BY person_key;
CREATE OR REPLACE TEMP TABLE pod_cost AS
    SELECT person_key, sum(CASE WHEN pod = 'AE' THEN cost END) AS pod_ae, sum(CASE WHEN pod = 'DC' THEN cost END) AS pod_dc, sum(CASE WHEN pod = 'EL' THEN cost END) AS pod_el,
        sum(CASE WHEN pod = 'NEL' THEN cost END) AS pod_nel, sum(CASE WHEN pod = 'NELST' THEN cost END) AS pod_nelst, sum(CASE WHEN pod = 'NELNE' THEN cost END) AS pod_nelne,
        sum(CASE WHEN pod IN ('OPFASPCL','OPFASPNCL','OPFAMPCL','OPFAMPNCL','NF2FFA','OPFA') THEN cost END) AS pod_opfa,
        sum(CASE WHEN pod IN ('OPFUPSPCL','OPFUPSPNCL','OPFUPMPCL','OPFUPMPNCL','NF2FFUP','OPFUP') THEN cost END) AS pod_opfup,
        sum(CASE WHEN pod IN ('OPPROC','OPPROCFA','OPPROCFUP') THEN cost END) AS pod_opproc
    FROM (SELECT person_key, pod, sum(cost_pence) AS cost FROM contact_row WHERE recent AND pod IS NOT NULL GROUP BY person_key, pod
          UNION ALL SELECT person_key, pod, sum(cost_pence) FROM gp_row WHERE start_date > m12() AND pod IS NOT NULL GROUP BY person_key, pod
          UNION ALL SELECT person_key, NULL, NULL FROM everybody)
    GROUP BY person_key;
CREATE OR REPLACE TEMP TABLE admission_use AS
    SELECT person_key, sum(acs) AS acs_n, count(CASE WHEN diabetes_complication THEN 1 END) AS diabetes_complication_n, count(CASE WHEN ketoacidosis THEN 1 END) AS ketoacidosis_n,
        count(CASE WHEN copd THEN 1 END) AS copd_n, count(CASE WHEN asthma THEN 1 END) AS asthma_n, count(CASE WHEN heart_failure THEN 1 END) AS heart_failure_n,
        count(CASE WHEN stroke THEN 1 END) AS stroke_n, count(CASE WHEN heart_attack THEN 1 END) AS heart_attack_n,
        count(CASE WHEN day_self_harm THEN 1 END) AS self_harm_n, count(CASE WHEN day_alcohol THEN 1 END) AS alcohol_n
    FROM admission GROUP BY person_key;
-- Home within 30 days, and not seen since.
CREATE OR REPLACE TEMP TABLE home AS
    SELECT person_key, max({'s': start_date, 'e': end_date}).e AS discharged_on, max(CASE WHEN NOT was_seen THEN start_date END) AS unseen_start,
        max(CASE WHEN NOT was_seen THEN {'s': start_date, 'k': length_of_stay_days IS NOT NULL, 'n': length_of_stay_days} END).n AS unseen_nights_count
    FROM (SELECT c.*, EXISTS (FROM seen s WHERE s.person_key = c.person_key AND s.start_date - c.end_date BETWEEN 1 AND 30) AS was_seen FROM contact_row c
          WHERE emergency AND discharge_method NOT IN ('4','5') AND end_date > days_ago(30) AND end_date <= days_ago(3)) GROUP BY person_key;
CREATE OR REPLACE TEMP TABLE copd_home AS
    SELECT person_key, max({'s': start_date, 'e': end_date}).e AS copd_home_on FROM contact_row c JOIN primary_use u ON u.concept = c.primary_concept
    WHERE u.copd AND setting = 'apc' AND discharge_method NOT IN ('4','5') AND end_date > days_ago(30) AND end_date <= as_at() GROUP BY person_key;
CREATE OR REPLACE TEMP TABLE attack AS
    SELECT DISTINCT person_key, 1 AS attack_count FROM contact_row c JOIN primary_use u ON u.concept = c.primary_concept
    WHERE in_ae AND asthma_any AND start_date > days_ago(30) AND start_date <= days_ago(2)
        AND NOT EXISTS (FROM seen s WHERE s.person_key = c.person_key AND s.start_date - c.start_date BETWEEN 1 AND 2);
CREATE OR REPLACE TEMP TABLE procedure_use_by_person AS
    SELECT person_key, count(DISTINCT CASE WHEN tooth THEN date END) AS tooth_days, count(DISTINCT CASE WHEN limb THEN date END) AS limb_days
    FROM procedure_row WHERE date > m12() AND (tooth OR limb) GROUP BY person_key;
CREATE OR REPLACE TEMP TABLE referral_use AS
    SELECT person_key, count(*) AS referral_count, count(CASE WHEN service_type IS NULL THEN 1 END) AS hospital_referral_count, max(CASE WHEN service_type = 'C02' THEN date END) AS perinatal_on FROM referral_row WHERE date > m12() GROUP BY person_key;
CREATE OR REPLACE TEMP TABLE wait_use AS
    SELECT person_key, count(CASE WHEN list_type = 'rtt' AND snapshot_date = getvariable('snapshot') AND (clock_stop_date IS NULL OR clock_stop_date >= as_at()) THEN 1 END) AS rtt_n,
        max(CASE WHEN list_type = 'cancer_28' AND ended THEN path END).n AS path_28_days, max(CASE WHEN list_type = 'cancer_31' AND ended THEN path END).n AS path_31_days,
        max(CASE WHEN list_type = 'cancer_62' AND ended THEN path END).n AS path_62_days
    FROM (SELECT *, clock_stop_date > m12() AND clock_stop_date <= as_at() AS ended, {'s': clock_start_date, 'n': clock_stop_date - clock_start_date} AS path FROM wait_row) GROUP BY person_key;
-- How things stood a year ago: the last readings of then (of one day the lowest pressure and cholesterol, the highest eGFR), and what began since.
CREATE OR REPLACE TEMP TABLE year_ago AS
    SELECT person_key, max(CASE WHEN is_systolic AND value > 0 THEN {'d': date, 'v': -value} END).v * -1 AS systolic_then,
        max(CASE WHEN is_diastolic AND value > 0 THEN {'d': date, 'v': -value} END).v * -1 AS diastolic_then,
        max(CASE WHEN is_cholesterol AND value > 0 THEN {'d': date, 'v': -value} END).v * -1 AS cholesterol_then,
        max(CASE WHEN is_egfr AND value > 0 THEN {'d': date, 'v': value} END).v AS egfr_then
    FROM (SELECT * FROM event_row WHERE date <= m12() UNION ALL BY NAME FROM everybody) GROUP BY person_key;
CREATE OR REPLACE TEMP TABLE begun AS
    SELECT person_key, max(CASE WHEN list IN ('modfrail_cod', 'sevfrail_cod') THEN NULL ELSE (began > m12())::INTEGER END) AS new_condition_count,
        (min(CASE WHEN list IN ('modfrail_cod', 'sevfrail_cod') THEN began END) > m12())::INTEGER AS frailer_count
    FROM (SELECT person_key, list, min(first) AS began FROM event_concept JOIN event_map USING (concept)
          WHERE list IN ('dm_cod', 'copd_cod', 'hf_cod', 'afib_cod', 'chd_cod', 'strk_cod', 'ckd_cod', 'dem_cod', 'modfrail_cod', 'sevfrail_cod') GROUP BY person_key, list)
    GROUP BY person_key;
CREATE OR REPLACE TEMP TABLE half_years AS
    SELECT person_key, count(CASE WHEN (in_ae OR emergency) AND start_date > m6() THEN 1 END) AS unplanned_now,
        count(CASE WHEN (in_ae OR emergency) AND start_date > m12() AND start_date <= m6() THEN 1 END) AS unplanned_then,
        sum(CASE WHEN emergency AND recent THEN length_of_stay_days END) AS emergency_nights,
        max(CASE WHEN setting = 'mental_health' AND admission_method IS NOT NULL THEN start_date END) AS mental_admitted_on,
        max(CASE WHEN setting = 'mental_health' AND service_type IN ('A02', 'A03', 'A11') THEN start_date END) AS crisis_on,
        max(CASE WHEN setting = 'mental_health' AND service_type IN ('A05', 'A06') AND attended THEN start_date END) AS mental_team_on
    FROM (FROM contact_row UNION ALL BY NAME FROM everybody) GROUP BY person_key;
CREATE OR REPLACE TEMP TABLE fibrillation AS
    SELECT person_key, min(first) AS afib_first FROM (SELECT person_key, first FROM event_concept JOIN event_map USING (concept) WHERE list = 'afib_cod'
        UNION ALL BY NAME SELECT person_key FROM everybody) GROUP BY person_key;
CREATE OR REPLACE TEMP TABLE alcohol_use AS SELECT person_key, count(DISTINCT start_date) AS alcohol_days FROM admission WHERE day_alcohol GROUP BY person_key;
CREATE OR REPLACE TEMP TABLE ward AS
    SELECT DISTINCT person_key, 1 AS virtual_ward_count FROM contact_row WHERE emergency AND discharge_method NOT IN ('4','5') AND end_date > days_ago(14) AND end_date <= as_at();
-- Since the last urgent referral of three months: an appointment missed, and none kept.
CREATE OR REPLACE TEMP TABLE urgent AS
    SELECT r.person_key, r.urgent_on, bool_or(c.attendance_status IN ('3','7'))::INTEGER AS missed, bool_or(c.attended)::INTEGER AS kept
    FROM (SELECT person_key, max(date) AS urgent_on FROM referral_row WHERE priority = '3' AND service_type IS NULL AND date > m3() GROUP BY person_key) r
    JOIN contact_row c ON c.person_key = r.person_key AND c.setting = 'op' AND c.start_date >= r.urgent_on GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE urgent_use AS
    SELECT person_key, urgent_on, 1 AS urgent_missed_count FROM urgent WHERE coalesce(missed, 0) = 1 AND coalesce(kept, 0) = 0;
CREATE OR REPLACE TEMP TABLE urgent_asked AS
    SELECT person_key, max(date) AS urgent_on FROM referral_row WHERE priority = '3' AND service_type IS NULL AND date > m3() GROUP BY person_key;
CREATE OR REPLACE TEMP TABLE team_use AS
    SELECT person_key, max((service_type = '12' AND is_open)::INTEGER) AS nursed_count, count(CASE WHEN service_type = 'A11' AND date > m12() THEN 1 END) AS liaison_count,
        count(CASE WHEN service_type = '20' AND date > m12() THEN 1 END) AS musculoskeletal_count, count(CASE WHEN service_type = 'A20' AND date > m12() THEN 1 END) AS place_of_safety_count,
        max((young AND date > m12() AND date <= days_ago(28))::INTEGER) AS young_referred_count,
        max((young AND date > m12() AND date <= days_ago(28) AND EXISTS (FROM contact_row c WHERE c.person_key = r.person_key AND c.setting = 'mental_health' AND c.attended
            AND c.start_date - r.date BETWEEN 0 AND 28))::INTEGER) AS young_seen_count
    FROM (SELECT *, service_type IN ('A05', 'A06', 'A14', 'C04', 'C10') AS young FROM referral_row WHERE service_type IN ('12', '20', 'A11', 'A20', 'A05', 'A06', 'A14', 'C04', 'C10')) r GROUP BY person_key;
CREATE OR REPLACE TEMP TABLE package_use AS SELECT person_key, 1 AS package_count, max(CASE WHEN funder = 'nhs_continuing_care' THEN 1 END) AS continuing_count FROM package_row GROUP BY person_key;
