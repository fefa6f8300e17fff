-- Once a run: dates, the shapes that repeat, which concepts each list means, what is withheld, and the bodies above each practice.
-- The caller sets `as_at` and the paths `record` (…/record), `codes` (list_id, system, code, prefix, points) and `withheld` (system, prefix).
CREATE OR REPLACE MACRO as_at() AS getvariable('as_at')::DATE;
CREATE OR REPLACE MACRO days_ago(n) AS (as_at() - n::INTEGER)::DATE;
CREATE OR REPLACE MACRO months_ago(n) AS (as_at() - to_months(n))::DATE;
SET VARIABLE m3 = months_ago(3);
SET VARIABLE m6 = months_ago(6);
SET VARIABLE m12 = months_ago(12);
SET VARIABLE m24 = months_ago(24);
SET VARIABLE y3 = months_ago(36);
SET VARIABLE y5 = months_ago(60);
SET VARIABLE y6 = months_ago(72);
CREATE OR REPLACE MACRO m3() AS getvariable('m3')::DATE;
CREATE OR REPLACE MACRO m6() AS getvariable('m6')::DATE;
CREATE OR REPLACE MACRO m12() AS getvariable('m12')::DATE;
CREATE OR REPLACE MACRO m24() AS getvariable('m24')::DATE;
CREATE OR REPLACE MACRO y3() AS getvariable('y3')::DATE;
CREATE OR REPLACE MACRO y5() AS getvariable('y5')::DATE;
CREATE OR REPLACE MACRO y6() AS getvariable('y6')::DATE;

-- The last was after `start`. Never missing.
CREATE OR REPLACE MACRO after(last, start) AS coalesce(last > start, FALSE);
-- Diagnosed, and not resolved on or after the last diagnosis.
CREATE OR REPLACE MACRO active(diagnosed, ended) AS (diagnosed IS NOT NULL AND (ended IS NULL OR ended < diagnosed));
CREATE OR REPLACE MACRO whole_months(b, d) AS (year(d) - year(b)) * 12 + month(d) - month(b) - (day(d) < day(b))::INTEGER;
CREATE OR REPLACE MACRO whole_years(b, d) AS year(d) - year(b) - (month(d) * 100 + day(d) < month(b) * 100 + day(b))::INTEGER;
-- A date and a value in one integer, so that "the last value" is one max. On one day the highest (or lowest) value wins.
CREATE OR REPLACE MACRO packed_high(d, v) AS (d - DATE '1900-01-01')::BIGINT * 70368744177664 + floor(v * 10000 + 0.5)::BIGINT + 35184372088832;
CREATE OR REPLACE MACRO packed_low(d, v) AS (d - DATE '1900-01-01')::BIGINT * 70368744177664 + 35184372088832 - floor(v * 10000 + 0.5)::BIGINT;
CREATE OR REPLACE MACRO packed_day(p) AS DATE '1900-01-01' + (p >> 46)::INTEGER;
CREATE OR REPLACE MACRO packed_value(p, sign) AS sign * ((p & 70368744177663) - 35184372088832) / 10000.0::DOUBLE;

-- A person for whom planning sees other rows than direct care stands in the tables twice: under this key too, with the rows that are left.
CREATE OR REPLACE MACRO other_self(k) AS (k + 1073741824)::INTEGER;

-- Lists of GP codes: each becomes a column "last date of".
CREATE TYPE event_list AS ENUM (
    'adhd_cod', 'adhdrem_cod', 'aaa_cod', 'afib_cod', 'alcohol_consumption', 'alcohol_dependence', 'anxiety', 'ast_cod', 'asthma_action_plan',
    'asthma_review', 'astres_cod', 'autism_cod', 'bmi_loinc', 'bmiobese_cod', 'bmival_cod', 'bp_cod', 'bp_loinc', 'bronchiectasis',
    'c19can_cod', 'c19haemcan_cod', 'carer', 'cerebral_palsy', 'chd_cod', 'chol2_cod', 'cholesterol_loinc', 'cholesterol_test', 'cirrhosis_cod',
    'ckd1and2_cod', 'ckd_cod', 'ckdres_cod', 'cldatrisk1_cod', 'coeliac_disease_codes', 'connective_tissue_disease', 'copd_cod', 'copd_review',
    'copdres_cod', 'cre_cod', 'creatinine_loinc', 'creatinine_test', 'crohns_disease_codes', 'current_smoker', 'dem_cod', 'dementia_review', 'demmedrvw_cod',
    'depr_cod', 'depres_cod', 'deprvw_cod', 'diabetes_prevention_programme', 'diabetes_structured_education', 'diabetic_eye_screening',
    'diabetic_foot_check', 'diabp_cod', 'dialysis_cod', 'diastolic_bp_loinc', 'dm_cod', 'dmres_cod', 'dmtype1_cod', 'dmtype2_cod', 'ds_cod',
    'dxa_osteoporotic', 'eating_disorder', 'egfr_level', 'egfr_test', 'end_of_life_plan', 'end_stage_renal_disease', 'epil_cod', 'epilres_cod',
    'ex_smoker', 'excessalc_cod', 'ff_cod', 'gestdiab_cod', 'gout', 'hba1c_loinc', 'hba1c_test', 'hearing_loss', 'heart_failure_review',
    'hemiplegia', 'hf_cod', 'hflvsd_cod', 'hfres_cod', 'hip_fracture', 'homeless_cod', 'housebound', 'hyp_cod', 'hypres_cod', 'ifcchbam_cod',
    'illsub_cod', 'influenza_vaccination_given', 'interpreter_needed', 'interstitial_lung_disease_codes', 'irritable_bowel_syndrome', 'ld_cod',
    'learning_disability_health_check', 'lifestyleint_cod', 'liver_failure', 'lives_in_care_home', 'mal_cod', 'medication_review_any',
    'medrvw_cod', 'metastatic_cancer', 'mh_cod', 'mi_cod', 'mildfrail_cod', 'modfrail_cod', 'motor_neurone_disease', 'multiple_sclerosis_codes',
    'ndh_cod', 'never_smoked', 'no_longer_housebound', 'not_carer', 'opioid_review', 'osteo_cod', 'osteoarthritis', 'pad_cod', 'palcare_cod', 'palcareni_cod',
    'parkinsons_disease', 'personality_disorder', 'prediabetes', 'preg_cod', 'pregnancy_ended', 'prt_cod', 'rarth_cod', 'renaltransp_cod',
    'sevfrail_cod', 'sickle_cell_disease', 'smoking_cessation_support', 'spina_bifida', 'strk_cod', 'structured_medication_review',
    'systolic_bp', 'systolic_bp_loinc', 'thy_cod', 'tia_cod', 'ulcerative_colitis_uc_codes', 'urine_acr_level', 'urine_acr_loinc',
    'urine_acr_test', 'visual_impairment');
-- Readings of which the last value counts.
CREATE TYPE reading AS ENUM ('systolic', 'diastolic', 'hba1c', 'cholesterol', 'egfr', 'urine_acr', 'bmi');
-- Lists of medicines: last issue, and issues in 12 months.
CREATE TYPE medication_list AS ENUM (
    'ace_inhibitor', 'aliskiren', 'amiodarone', 'amorolfine', 'angiotensin_receptor_blocker', 'antibiotic_oral', 'anticoagulant', 'antiepileptic',
    'antipsychotic', 'asthma_medication', 'beta_blocker', 'calcium_channel_blocker', 'doac', 'dosulepin', 'doxazosin_modified_release',
    'dronedarone', 'fentanyl_immediate_release', 'fluoroquinolone', 'gabapentinoid', 'glucosamine', 'high_dose_ics_inhaler',
    'hypnotic_or_anxiolytic', 'influenza_vaccine_product', 'insulin_detemir', 'laxative', 'lidocaine_plaster', 'liothyronine', 'lithium',
    'mineralocorticoid_antagonist', 'minocycline', 'nimodipine', 'nsaid_oral', 'opioid_analgesic', 'oxycodone_with_naloxone',
    'perindopril_arginine', 'pneumococcal_vaccine_product', 'proton_pump_inhibitor', 'saba_inhaler', 'sacubitril_valsartan', 'sglt2_inhibitor',
    'ssri', 'statin', 'thiazide_diuretic', 'tramadol_with_paracetamol', 'trimipramine', 'valproate', 'vitamin_b_compound',
    'bath_shower_emollient', 'co_proxamol', 'colecalciferol_alone', 'dental_paste', 'gamolenic_or_ubidecarenone', 'glucose_sensor', 'gluten_free_food',
    'homeopathic_preparation', 'injectable_anti_infective', 'lutein_supplement', 'omega_3', 'rubefacient', 'sulfadiazine', 'tamoxifen', 'travel_vaccine', 'antibiotic_broad_spectrum', 'opioid_high_dose', 'silk_garment', 'probiotic', 'pen_needle_costly');
-- Lists of hospital diagnoses: last date. The 109 groups of the frailty score come from its own table of points.
CREATE TYPE diagnosis_list AS ENUM (
    'charlson_ami_icd10', 'charlson_chf_icd10', 'charlson_pvd_icd10', 'charlson_cevd_icd10', 'charlson_dementia_icd10', 'charlson_copd_icd10',
    'charlson_rheumd_icd10', 'charlson_pud_icd10', 'charlson_mld_icd10', 'charlson_msld_icd10', 'charlson_diab_icd10', 'charlson_diabwc_icd10',
    'charlson_hp_icd10', 'charlson_rend_icd10', 'charlson_canc_icd10', 'charlson_metacanc_icd10', 'charlson_aids_icd10',
    'atrial_fibrillation_icd10', 'heart_failure_icd10', 'copd_icd10', 'dementia_icd10', 'chronic_kidney_disease_icd10', 'epilepsy_icd10');

-- Which concepts each list means: exact codes, and beginnings of ICD-10 and OPCS-4 codes.
CREATE OR REPLACE TEMP TABLE meant AS
    SELECT DISTINCT c.list_id AS list, d.concept, NULL::VARCHAR AS part, NULL::DOUBLE AS points
    FROM read_parquet(getvariable('record') || '/concept/*.parquet') d
    JOIN read_parquet(getvariable('codes')) c ON c.system = d.system AND c.code = d.code WHERE NOT c.prefix
    UNION ALL
    SELECT DISTINCT c.list_id, d.concept, CASE WHEN c.points IS NOT NULL THEN c.code END, c.points
    FROM read_parquet(getvariable('record') || '/concept/*.parquet') d
    JOIN read_parquet(getvariable('codes')) c ON c.system = d.system AND starts_with(d.code, c.code) WHERE c.prefix
    UNION ALL
    SELECT 'opioid_review', concept, NULL, NULL FROM read_parquet(getvariable('record') || '/concept/*.parquet')
    WHERE system = 'snomed' AND code IN ('287031000000100', '1811000124107');
CREATE OR REPLACE TEMP TABLE withheld AS
    SELECT DISTINCT d.concept FROM read_parquet(getvariable('record') || '/concept/*.parquet') d
    JOIN read_parquet(getvariable('withheld')) w ON w.system = d.system
        AND CASE WHEN w.system = 'snomed' THEN d.code = w.prefix ELSE starts_with(upper(replace(d.code, '.', '')), w.prefix) END;
CREATE OR REPLACE TEMP TABLE frailty_map AS SELECT concept, part, points FROM meant WHERE list = 'hospital_frailty_risk_score_icd10';
-- Every column that is sparse: last dates, and counts. One pivot makes them all, so counts travel as days since 1970 (`as_day`) and are
-- called so that they can be told apart: …_n, …_n12, …_n30, …_days, …_count, d_…, n_…. The groups of the frailty score are called by their codes.
CREATE OR REPLACE MACRO as_day(n) AS DATE '1970-01-01' + n::INTEGER;
CREATE TYPE held AS ENUM (SELECT unnest(enum_range(NULL::event_list))::VARCHAR UNION ALL SELECT unnest(enum_range(NULL::diagnosis_list))::VARCHAR
    UNION ALL SELECT unnest(enum_range(NULL::medication_list)) || '_last' UNION ALL SELECT unnest(enum_range(NULL::medication_list)) || '_n12'
    UNION ALL SELECT 'frailty_' || code FROM read_parquet(getvariable('codes')) WHERE list_id = 'hospital_frailty_risk_score_icd10'
    UNION ALL SELECT unnest(['dm_first', 'ndh_first', 'rarth_first', 'cancer_first', 'depr_last', 'egfr_low_count', 'educated_count', 'depression_reviewed_count',
        'opioid_count', 'af_days', 'hf_days', 'copd_days', 'dementia_days', 'ckd_days', 'epilepsy_days', 'any_diagnosis', 'frailty_count', 'acs_n',
        'diabetes_complication_n', 'ketoacidosis_n', 'copd_n', 'asthma_n', 'heart_failure_n', 'stroke_n', 'heart_attack_n', 'self_harm_n', 'alcohol_n', 'discharged_on',
        'unseen_start', 'unseen_nights_count', 'copd_home_on', 'attack_count', 'tooth_days', 'limb_days', 'referral_count', 'perinatal_on', 'rtt_n', 'path_28_days',
        'path_31_days', 'path_62_days', 'package_count', 'continuing_count', 'new_condition_count', 'frailer_count', 'alcohol_days', 'virtual_ward_count',
        'urgent_on', 'urgent_missed_count', 'nursed_count', 'liaison_count', 'young_referred_count', 'young_seen_count',
        'musculoskeletal_count', 'place_of_safety_count', 'natriuretic_count', 'low_priority_count', 'hospital_referral_count'])
    UNION ALL SELECT unnest(['d_' || m, 'n_' || m]) FROM (SELECT unnest(['ae_four_hours', 'ae_twelve_hours', 'ae_mental_health_twelve_hours', 'stays_over_21_days',
        'stays_21_days_or_more', 'stays_over_14_days', 'in_hospital_over_21_days', 'emergency_zero_day_share', 'average_stay_emergency', 'long_stay_bed_days',
        'nstemi_bed_days', 'stroke_bed_days', 'follow_up_ratio', 'outpatient_dna_rate', 'gp_missed_share', 'outpatient_remote_share', 'uncosted_share', 'first_attendance_local_share',
        'mental_health_out_of_area', 'readmission_30_days', 'stroke_readmission_6_months', 'mental_health_readmission_30_days', 'utc_then_ae', 'utc_then_gp',
        'asthma_reviewed_48_hours', 'asthma_reattended_7_days', 'consultant_referral_share', 'urgent_seen_two_weeks', 'psychosis_two_weeks',
        'eating_disorder_urgent_1_week', 'eating_disorder_routine_4_weeks', 'community_mental_health_4_weeks', 'talking_therapies_6_weeks', 'talking_therapies_18_weeks',
        'crisis_response_next_day', 'reablement_two_days', 'rtt_18_weeks', 'rtt_26_weeks', 'rtt_52_weeks', 'diagnostics_6_weeks', 'cancer_62_days_open',
        'cancer_104_days_open', 'cancer_28_days_open', 'cancer_31_days_open', 'prescribing_antibiotics_broad_spectrum', 'prescribing_uti_trimethoprim',
        'prescribing_nsaid_non_preferred', 'prescribing_statins_lower_intensity', 'prescribing_methotrexate_10mg', 'prescribing_ppi_higher_doses',
        'prescribing_vitamin_b_not_thiamine', 'prescribing_paracetamol_soluble', 'prescribing_amoxicillin_over_15', 'prescribing_doxycycline_over_6',
        'prescribing_morphine_solution_over_300ml', 'fit_before_colorectal_referral', 'stillbirths_per_1000_births', 'preterm_births_per_1000',
        'alcohol_emergency_share', 'copd_reviewed_30_days', 'copd_readmission_30_days', 'heart_failure_readmission_30_days', 'district_nursing_over_12_months',
        'district_nursing_visits', 'liaison_psychiatry_next_day', 'prescribing_dressings_silver', 'prescribing_zuclopenthixol_acetate', 'prescribing_inhalers_metered_dose', 'prescribing_trimethoprim_over_6',
        'prescribing_nitrofurantoin_over_6', 'prescribing_pivmecillinam_over_10', 'prescribing_weekly_pens_over_3', 'prescribing_seven_days',
        'prescribing_inhalers_reliever', 'prescribing_inhalers_not_air_mart', 'prescribing_opioids_high_dose', 'prescribing_doac_not_preferred', 'prescribing_sglt2_not_dapagliflozin', 'prescribing_glucose_strips_not_recommended', 'prescribing_lancets_not_recommended']) AS m));
CREATE OR REPLACE TEMP TABLE frailty_map AS SELECT concept, ('frailty_' || part)::held AS part, round(points * 10)::INTEGER AS tenths FROM meant WHERE list = 'hospital_frailty_risk_score_icd10';
CREATE OR REPLACE TEMP TABLE event_map AS SELECT concept, list::held AS list FROM meant WHERE list IN (SELECT unnest(enum_range(NULL::event_list))::VARCHAR);
CREATE OR REPLACE TEMP TABLE reading_map AS SELECT DISTINCT concept, reading::reading AS reading FROM meant JOIN (VALUES
        ('systolic_bp', 'systolic'), ('systolic_bp_loinc', 'systolic'), ('diabp_cod', 'diastolic'), ('diastolic_bp_loinc', 'diastolic'),
        ('ifcchbam_cod', 'hba1c'), ('chol2_cod', 'cholesterol'), ('egfr_level', 'egfr'), ('urine_acr_level', 'urine_acr'),
        ('bmival_cod', 'bmi'), ('bmi_loinc', 'bmi')) v(list, reading) USING (list);
-- What events are read for, by concept: everything else is left in the file.
CREATE OR REPLACE TEMP TABLE event_use AS
    SELECT concept, bool_or(reading = 'urine_acr') AS zero_counts, bool_or(reading IS NOT NULL) AS is_reading,
        bool_or(reading = 'systolic') AS is_systolic, bool_or(reading = 'diastolic') AS is_diastolic, bool_or(reading = 'egfr') AS is_egfr,
        bool_or(list = 'systolic_bp_home') AS is_home, bool_or(list = 'deprvw_cod') AS is_depression_review,
        bool_or(list = 'structured_education_referral') AS is_education, bool_or(list = 'urgent_colorectal_referral') AS is_colorectal,
        bool_or(list = 'fit_test') AS is_fit, bool_or(list = 'copd_review') AS is_copd_review, bool_or(reading = 'cholesterol') AS is_cholesterol,
        bool_or(list = 'natriuretic_peptide') AS is_natriuretic
    FROM (SELECT concept, list, NULL::reading AS reading FROM meant WHERE list IN (SELECT unnest(enum_range(NULL::event_list))::VARCHAR)
            OR list IN ('systolic_bp_home', 'structured_education_referral', 'urgent_colorectal_referral', 'fit_test', 'natriuretic_peptide')
          UNION ALL SELECT concept, NULL, reading FROM reading_map)
    GROUP BY concept;
CREATE OR REPLACE TEMP TABLE medication_map AS SELECT concept, list, (list || '_last')::held AS last_name, (list || '_n12')::held AS count_name FROM meant WHERE list IN (SELECT unnest(enum_range(NULL::medication_list))::VARCHAR);
CREATE OR REPLACE TEMP TABLE diagnosis_map AS SELECT concept, list::held AS list FROM meant WHERE list IN (SELECT unnest(enum_range(NULL::diagnosis_list))::VARCHAR);
-- Diagnoses by what is asked of them on the day of an admission.
CREATE OR REPLACE TEMP TABLE diagnosis_use AS
    SELECT concept, bool_or(list = 'self_harm_icd10') AS self_harm, bool_or(list = 'alcohol_misuse_icd10') AS alcohol, bool_or(list = 'acs_copd_icd10') AS acs_copd,
        bool_or(list IN ('acs_gangrene_icd10', 'acs_diabetes_complications_icd10', 'acs_other_vaccine_preventable_icd10')) AS acs_any,
        bool_or(list = 'acs_influenza_and_pneumonia_icd10') AS acs_flu, bool_or(list = 'acs_sickle_cell_icd10') AS acs_sickle
    FROM meant GROUP BY concept;
-- Primary diagnoses of contacts by what is asked of them.
CREATE OR REPLACE TEMP TABLE primary_use AS
    SELECT concept,
        bool_or(list IN ('acs_convulsions_and_epilepsy_icd10', 'acs_dehydration_and_gastroenteritis_icd10', 'acs_dental_conditions_icd10',
            'acs_ear_nose_and_throat_infections_icd10', 'acs_pelvic_inflammatory_disease_icd10', 'acs_perforated_or_bleeding_ulcer_icd10',
            'acs_pyelonephritis_icd10', 'acs_asthma_icd10', 'acs_copd_icd10', 'acs_iron_deficiency_anaemia_icd10',
            'acs_nutritional_deficiencies_icd10')) AS acs_plain,
        bool_or(list = 'acs_cellulitis_icd10') AS acs_cellulitis, bool_or(list = 'acs_angina_icd10') AS acs_angina,
        bool_or(list = 'acs_congestive_heart_failure_hypertension_icd10') AS acs_heart, bool_or(list = 'acs_copd_acute_bronchitis_icd10') AS acs_bronchitis,
        bool_or(list = 'acs_diabetes_complications_icd10') AS diabetes_complication, bool_or(list = 'diabetic_ketoacidosis_icd10') AS ketoacidosis,
        bool_or(list = 'copd_icd10') AS copd, bool_or(list = 'asthma_icd10') AS asthma, bool_or(list IN ('ast_cod', 'asthma_icd10')) AS asthma_any,
        bool_or(list = 'heart_failure_icd10') AS heart_failure, bool_or(list IN ('ischaemic_stroke_icd10', 'haemorrhagic_stroke_icd10')) AS stroke,
        bool_or(list = 'myocardial_infarction_icd10') AS heart_attack, bool_or(list = 'preterm_birth_icd10') AS preterm,
        bool_or(list IN ('mh_cod', 'depr_cod', 'anxiety', 'personality_disorder', 'eating_disorder', 'severe_mental_illness_icd10')) AS mind
    FROM meant GROUP BY concept;
ALTER TABLE primary_use ADD COLUMN nstemi BOOLEAN DEFAULT FALSE;
UPDATE primary_use SET nstemi = TRUE WHERE concept IN (
    SELECT concept FROM read_parquet(getvariable('record') || '/concept/*.parquet') WHERE system = 'icd10' AND starts_with(code, 'I214'));
CREATE OR REPLACE TEMP TABLE procedure_use AS
    SELECT concept, bool_or(list = 'tooth_extraction_opcs4') AS tooth, bool_or(list = 'lower_limb_amputation_opcs4') AS limb,
        bool_or(list = 'acs_operation_cellulitis_opcs4') AS for_cellulitis, bool_or(list = 'acs_operation_angina_opcs4') AS for_angina,
        bool_or(list = 'acs_operation_heart_opcs4') AS for_heart
    FROM meant GROUP BY concept HAVING tooth OR limb OR for_cellulitis OR for_angina OR for_heart;
-- Items of which a share is measured: in the denominator, in the numerator, or over a quantity.
CREATE OR REPLACE TEMP TABLE share_use AS
    SELECT concept, bool_or(list = 'antibiotic_oral') AS antibiotic, antibiotic AND bool_or(list = 'antibiotic_broad_spectrum') AS broad,
        bool_or(list = 'trimethoprim_or_nitrofurantoin') AS uti, uti AND bool_or(list = 'trimethoprim') AS trimethoprim,
        bool_or(list = 'nsaid_oral') AS nsaid, nsaid AND bool_or(list = 'nsaid_not_preferred') AS nsaid_other,
        bool_or(list = 'statin') AS statin, statin AND bool_or(list = 'statin_lower_intensity') AS statin_lower,
        bool_or(list = 'methotrexate_tablet') AS methotrexate, methotrexate AND bool_or(list = 'methotrexate_10mg_tablet') AS methotrexate_10,
        bool_or(list = 'proton_pump_inhibitor') AS ppi, ppi AND bool_or(list = 'ppi_higher_dose') AS ppi_higher,
        bool_or(list = 'vitamin_b_or_thiamine') AS vitamin_b, vitamin_b AND bool_or(list = 'vitamin_b_compound') AS vitamin_compound,
        bool_or(list = 'paracetamol_or_co_codamol') AS paracetamol, paracetamol AND bool_or(list = 'soluble_paracetamol') AS soluble,
        bool_or(list = 'amoxicillin_500mg_capsule') AS amoxicillin, bool_or(list = 'doxycycline_100mg_capsule') AS doxycycline,
        bool_or(list = 'morphine_oral_solution') AS morphine, bool_or(list = 'trimethoprim_200mg_tablet') AS trimethoprim_200,
        bool_or(list = 'nitrofurantoin_100mg_mr_capsule') AS nitrofurantoin_100, bool_or(list = 'pivmecillinam_200mg_tablet') AS pivmecillinam_200,
        bool_or(list = 'weekly_pen') AS pen, bool_or(list = 'long_term_daily_medicine') AS daily,
        bool_or(list = 'dressing') AS dressing, dressing AND bool_or(list = 'dressing_silver') AS silver,
        bool_or(list = 'zuclopenthixol_injection') AS zuclopenthixol, zuclopenthixol AND bool_or(list = 'zuclopenthixol_acetate') AS acetate,
        bool_or(list = 'inhaler_other') AS inhaler, inhaler AND bool_or(list = 'inhaler_other_metered') AS metered,
        bool_or(list = 'saba_or_ics_inhaler') AS relievers, relievers AND bool_or(list = 'saba_inhaler') AS saba,
        bool_or(list = 'ics_inhaler') AS ics, ics AND bool_or(list = 'ics_inhaler_not_air_mart') AS not_air,
        bool_or(list = 'opioid_long_acting') AS opioid_long, opioid_long AND bool_or(list = 'opioid_high_dose') AS opioid_high,
        bool_or(list = 'doac_product') AS doacs, doacs AND bool_or(list = 'doac_not_apixaban_or_rivaroxaban') AS doac_other,
        bool_or(list = 'sglt2_product') AS sglt2, sglt2 AND bool_or(list = 'sglt2_not_dapagliflozin') AS sglt2_other,
        bool_or(list = 'glucose_strip') AS strip, strip AND bool_or(list = 'glucose_strip_not_recommended') AS strip_other,
        bool_or(list = 'lancet') AS lancet, lancet AND bool_or(list = 'lancet_not_recommended') AS lancet_other,
        max(CASE list WHEN 'pregabalin_25mg' THEN 25 WHEN 'pregabalin_50mg' THEN 50 WHEN 'pregabalin_75mg' THEN 75 WHEN 'pregabalin_100mg' THEN 100
            WHEN 'pregabalin_150mg' THEN 150 WHEN 'pregabalin_200mg' THEN 200 WHEN 'pregabalin_225mg' THEN 225 WHEN 'pregabalin_300mg' THEN 300
            WHEN 'pregabalin_20mg_ml_solution' THEN 20 END) AS pregabalin_strength,
        max(CASE list WHEN 'morphine_oral_solution' THEN 2 WHEN 'morphine_oral_solution_20mg_ml' THEN 20 END) AS morphine_strength
    FROM meant GROUP BY concept
    HAVING antibiotic OR uti OR nsaid OR statin OR methotrexate OR ppi OR vitamin_b OR paracetamol OR amoxicillin OR doxycycline OR morphine
        OR trimethoprim_200 OR nitrofurantoin_100 OR pivmecillinam_200 OR pen OR daily OR dressing OR zuclopenthixol OR inhaler
        OR relievers OR ics OR opioid_long OR doacs OR sglt2 OR strip OR lancet OR pregabalin_strength IS NOT NULL OR morphine_strength IS NOT NULL;

-- The bodies above a practice on the day: the parent that began last where two of a kind hold, then the highest code.
CREATE OR REPLACE TEMP TABLE practice_body AS
    WITH RECURSIVE held AS (
        SELECT code, kind, parent_code, valid_from FROM read_parquet(getvariable('record') || '/organisation/*.parquet')
        WHERE valid_from <= as_at() AND (valid_to IS NULL OR valid_to >= as_at())
    ), above AS (
        SELECT code AS practice_code, parent_code, valid_from, 1 AS steps FROM held WHERE kind = 'practice'
        UNION SELECT above.practice_code, held.parent_code, above.valid_from, steps + 1 FROM above JOIN held ON held.code = above.parent_code WHERE steps < 5
    )
    SELECT practice_code, max({'f': a.valid_from, 'c': code}) FILTER (kind = 'pcn').c AS pcn_code,
        max({'f': a.valid_from, 'c': code}) FILTER (kind = 'neighbourhood').c AS neighbourhood_code,
        max({'f': a.valid_from, 'c': code}) FILTER (kind = 'borough').c AS borough_code, max({'f': a.valid_from, 'c': code}) FILTER (kind = 'icb').c AS icb_code
    FROM above a JOIN held ON held.code = a.parent_code GROUP BY practice_code;
CREATE OR REPLACE TEMP TABLE living_place AS SELECT lsoa21, borough_code AS residence_borough_code, imd2019_decile::BIGINT AS imd_decile
    FROM read_parquet(getvariable('record') || '/place/*.parquet');
SET VARIABLE snapshot = (SELECT max(snapshot_date) FROM read_parquet(getvariable('record') || '/wait/*.parquet') WHERE snapshot_date <= as_at());
SET VARIABLE knows_registrations = (SELECT count(*) > 0 FROM read_parquet(getvariable('record') || '/registration/*.parquet'));
