-- Every answer of every person: registers, scores, segments, flags with their order, measures. Missing is no.
CREATE OR REPLACE TEMP TABLE answer AS
    SELECT person_key, kind, birth_month, COLUMNS('^r_'), b_registered, b_everyone,
        person_id, birth_date, death_date, sex, ethnic_category, ethnic_group, practice_code, registered_since, pcn_code, neighbourhood_code, borough_code, icb_code,
        lsoa21, residence_borough_code, imd_decile, language, in_registered_population, objected, age,
        CASE WHEN age IS NULL OR age < 0 THEN NULL WHEN age >= 90 THEN '90+' ELSE lpad((age // 5 * 5)::VARCHAR, 2, '0') || '-' || lpad((age // 5 * 5 + 4)::VARCHAR, 2, '0') END AS age_band,

        -- Scores
        s_cha2ds2_vasc, s_charlson, s_hospital_frailty_risk,
        CASE WHEN b_registered AND age >= 20 THEN 0.08 * r_hypertension::INTEGER + 0.5 * low_mood::INTEGER + 0.92 * coalesce(painful, FALSE)::INTEGER + 0.09 * r_hearing_loss::INTEGER
            + 0.21 * irritable_bowel::INTEGER + 0.19 * r_asthma::INTEGER + 0.75 * r_diabetes::INTEGER + 0.49 * r_coronary_heart_disease::INTEGER
            + 0.53 * r_chronic_kidney_disease::INTEGER + 1.34 * r_atrial_fibrillation::INTEGER + 1.12 * coalesce(laxative_n12 >= 4, FALSE)::INTEGER + 0.8 * r_stroke_or_tia::INTEGER
            + 1.46 * r_copd::INTEGER + 0.43 * connective::INTEGER + 1.53 * r_cancer_last_5_years::INTEGER + 0.65 * r_alcohol_problem::INTEGER + 1.18 * r_heart_failure::INTEGER
            + 2.5 * r_dementia::INTEGER + 0.64 * r_severe_mental_illness::INTEGER + 0.92 * r_epilepsy::INTEGER END::DOUBLE AS s_cambridge_multimorbidity,
        CASE WHEN b_registered AND age >= 20 THEN -2.09 * r_hypertension::INTEGER + 7.04 * low_mood::INTEGER + 16.46 * coalesce(painful, FALSE)::INTEGER - 3.94 * r_hearing_loss::INTEGER
            - 1.33 * irritable_bowel::INTEGER - 2.73 * r_asthma::INTEGER + 10.23 * r_diabetes::INTEGER + 4.22 * r_coronary_heart_disease::INTEGER
            + 16.61 * r_chronic_kidney_disease::INTEGER + 22.14 * r_atrial_fibrillation::INTEGER + 35.42 * coalesce(laxative_n12 >= 4, FALSE)::INTEGER + 20.63 * r_stroke_or_tia::INTEGER
            + 42.5 * r_copd::INTEGER - 0.39 * connective::INTEGER + 62.0 * r_cancer_last_5_years::INTEGER + 12.72 * r_alcohol_problem::INTEGER + 43.47 * r_heart_failure::INTEGER
            + 124.42 * r_dementia::INTEGER + 7.2 * r_severe_mental_illness::INTEGER + 18.26 * r_epilepsy::INTEGER END::DOUBLE AS s_cambridge_multimorbidity_mortality,

        -- Segments
        CASE WHEN NOT b_registered THEN NULL WHEN metastatic_cancer IS NOT NULL OR (r_cancer AND r_palliative_care) THEN 'incurable_cancer'
            WHEN r_dementia OR frail THEN 'frailty_and_dementia' WHEN organ_failure THEN 'organ_failure' WHEN r_learning_disability OR physical_disability THEN 'disability'
            WHEN long_term THEN 'long_term_conditions' WHEN r_pregnant OR age < 1 THEN 'maternal_and_infant' WHEN emergency_on > m3() THEN 'acutely_ill' ELSE 'healthy' END AS g_bridges_to_health,
        CASE WHEN b_registered THEN coalesce(CASE WHEN r_dementia THEN 'advanced_dementia' WHEN physical_disability THEN 'severe_physical_disability'
                WHEN r_learning_disability THEN 'learning_disability' WHEN r_severe_mental_illness THEN 'severe_mental_illness' WHEN r_cancer_last_5_years THEN 'cancer'
                WHEN r_homeless OR r_substance_misuse THEN 'socially_excluded' WHEN long_term OR organ_failure THEN 'long_term_conditions' WHEN age >= 0 THEN 'mostly_healthy' END
            || CASE WHEN age < 16 THEN '_0_15' WHEN age < 75 THEN '_16_74' WHEN age >= 75 THEN '_75_plus' END, 'age_not_known') END AS g_whole_systems_grid,
        CASE WHEN b_registered THEN CASE WHEN age < 18 THEN 'under_18' WHEN signs > signs_then THEN 'risen' WHEN signs < signs_then THEN 'fallen' WHEN signs > 0 THEN 'some' ELSE 'none' END END AS g_cardiovascular_risk_movement,
        CASE WHEN b_registered THEN CASE WHEN adult THEN 'adult' WHEN r_learning_disability OR r_down_syndrome OR r_cerebral_palsy OR r_palliative_care OR r_cancer_last_5_years OR r_dialysis_or_transplant
            OR r_continuing_care OR spina_bifida IS NOT NULL OR hemiplegia IS NOT NULL OR childhood_conditions > 1 THEN 'complex' WHEN childhood_conditions = 1 THEN 'long_term_condition' ELSE 'healthy' END END AS g_children_by_need,

        -- Flags: whose risk moves, and whom teams should meet
        coalesce(b_registered AND adult AND signs > signs_then AND NOT r_palliative_care, FALSE) AS f_cardiovascular_risk_risen, signs AS o_cardiovascular_risk_risen,
        coalesce(b_registered AND adult AND worse >= 2 AND NOT r_palliative_care, FALSE) AS f_rising_risk, worse AS o_rising_risk,
        b_registered AND coalesce(alcohol_days, 0) >= 2 AS f_alcohol_repeat_admission, coalesce(alcohol_n, 0) AS o_alcohol_repeat_admission,
        r_severe_mental_illness AND coalesce(mental_n, 0) > 0 AND NOT after(mental_admitted_on, m24()) AND mental_bed_on IS NULL AND NOT after(crisis_on, m12()) AS f_mental_health_step_down,
        bmi_done::INTEGER + pressure_done::INTEGER + alcohol_done::INTEGER + smoking_done::INTEGER + cholesterol_done::INTEGER + hba1c_done::INTEGER AS o_mental_health_step_down,
        b_registered AND urgent_missed_count IS NOT NULL AS f_urgent_referral_not_attended, as_at() - urgent_on AS o_urgent_referral_not_attended,
        b_registered AND virtual_ward_count IS NOT NULL AND in_hospital_on IS NULL AND (frail OR r_housebound OR r_heart_failure OR r_copd OR coalesce(emergency_days, 0) >= 2) AS f_virtual_ward_candidate,
        emergencies AS o_virtual_ward_candidate,

        -- Flags: found by readings or in hospital alone
        coalesce(b_registered AND adult AND NOT r_hypertension AND ((systolic_on > y5() AND systolic >= 140) OR (diastolic_on > y5() AND diastolic >= 90))
            AND (raised_systolic_days >= 2 OR raised_diastolic_days >= 2) AND NOT r_palliative_care, FALSE) AS f_hypertension_undiagnosed,
        CASE WHEN systolic_on > y5() THEN systolic END AS o_hypertension_undiagnosed,
        coalesce(b_registered AND ((systolic_on > m3() AND systolic >= 180) OR (diastolic_on > m3() AND diastolic >= 120)), FALSE) AS f_severe_blood_pressure,
        CASE WHEN systolic_on > m3() THEN systolic END AS o_severe_blood_pressure,
        coalesce(b_registered AND hba1c >= 48 AND NOT r_diabetes AND NOT r_diabetes_under_17, FALSE) AS f_diabetes_undiagnosed, hba1c AS o_diabetes_undiagnosed,
        coalesce(b_registered AND adult AND hba1c >= 42 AND hba1c < 48 AND ndh_first IS NULL AND NOT r_diabetes AND NOT r_palliative_care, FALSE) AS f_hyperglycaemia_not_coded,
        hba1c AS o_hyperglycaemia_not_coded,
        coalesce(b_registered AND adult AND NOT r_chronic_kidney_disease AND egfr < 60 AND egfr_low_count IS NOT NULL AND NOT r_palliative_care, FALSE) AS f_ckd_undiagnosed, 60 - egfr AS o_ckd_undiagnosed,
        coalesce(b_registered AND acr >= 3 AND NOT r_chronic_kidney_disease AND prt_cod IS NULL AND mal_cod IS NULL AND ckd1and2_cod IS NULL AND NOT r_palliative_care, FALSE) AS f_albuminuria_not_coded,
        acr AS o_albuminuria_not_coded,
        coalesce(b_registered AND atrial_fibrillation_icd10 > y3() AND afib_cod IS NULL, FALSE) AS f_atrial_fibrillation_hospital_only, coalesce(af_days, 0) AS o_atrial_fibrillation_hospital_only,
        coalesce(b_registered AND heart_failure_icd10 > y3() AND hf_cod IS NULL AND hfres_cod IS NULL, FALSE) AS f_heart_failure_hospital_only, coalesce(hf_days, 0) AS o_heart_failure_hospital_only,
        coalesce(b_registered AND copd_icd10 > y3() AND copd_cod IS NULL AND copdres_cod IS NULL, FALSE) AS f_copd_hospital_only, coalesce(copd_days, 0) AS o_copd_hospital_only,
        coalesce(b_registered AND dementia_icd10 > y3() AND dem_cod IS NULL, FALSE) AS f_dementia_hospital_only, coalesce(dementia_days, 0) AS o_dementia_hospital_only,
        coalesce(b_registered AND chronic_kidney_disease_icd10 > y3() AND ckd_cod IS NULL AND ckdres_cod IS NULL AND ckd1and2_cod IS NULL, FALSE) AS f_ckd_hospital_only, coalesce(ckd_days, 0) AS o_ckd_hospital_only,
        coalesce(b_registered AND epilepsy_icd10 > y3() AND epil_cod IS NULL AND epilres_cod IS NULL, FALSE) AS f_epilepsy_hospital_only, coalesce(epilepsy_days, 0) AS o_epilepsy_hospital_only,

        -- Flags: medicines
        coalesce(s_cha2ds2_vasc >= 2 AND NOT anticoagulant_6 AND NOT r_palliative_care, FALSE) AS f_af_no_anticoagulant, s_cha2ds2_vasc AS o_af_no_anticoagulant,
        b_registered AND medicines_3 >= 10 AND NOT medicines_reviewed AS f_polypharmacy_no_review, medicines_3 AS o_polypharmacy_no_review,
        b_registered AND nsaid_3 AND anticoagulant_3 AND NOT ppi_3 AS f_nsaid_with_anticoagulant, age AS o_nsaid_with_anticoagulant,
        coalesce(b_registered AND nsaid_3 AND egfr < 45 AND adult, FALSE) AS f_nsaid_low_egfr, age AS o_nsaid_low_egfr,
        coalesce(b_registered AND sex = 'F' AND age >= 12 AND age < 55 AND after(valproate_last, m3()), FALSE) AS f_valproate_child_bearing_age, age AS o_valproate_child_bearing_age,
        (r_asthma OR r_asthma_under_18) AND reliever_inhalers >= 6 AS f_saba_overuse, reliever_inhalers AS o_saba_overuse,
        r_cardiovascular_disease AND NOT statin_6 AND NOT r_palliative_care AS f_cvd_no_statin, age AS o_cvd_no_statin,
        coalesce(r_diabetes AND NOT statin_6 AND NOT r_palliative_care AND age >= 40 AND NOT r_cardiovascular_disease AND NOT frail, FALSE) AS f_diabetes_40_no_statin, age AS o_diabetes_40_no_statin,
        coalesce(r_chronic_kidney_disease AND NOT ace_6 AND NOT r_palliative_care AND acr > 30, FALSE) AS f_ckd_albuminuria_no_ace, age AS o_ckd_albuminuria_no_ace,
        r_heart_failure_reduced AND NOT (raas_6 AND beta_6 AND mra_6 AND sglt2_6) AND NOT r_palliative_care AS f_heart_failure_pillars_missing,
        4 - raas_6::INTEGER - beta_6::INTEGER - mra_6::INTEGER - sglt2_6::INTEGER AS o_heart_failure_pillars_missing,
        coalesce(r_hypertension AND CASE WHEN age < 80 THEN NOT controlled_140 ELSE NOT controlled_150 END AND NOT r_palliative_care, FALSE) AS f_hypertension_not_controlled, year_systolic AS o_hypertension_not_controlled,
        b_registered AND coalesce(opioid_count, 0) >= 6 AND NOT r_palliative_care AND NOT r_cancer_last_5_years AND NOT medicines_reviewed AND NOT after(opioid_review, m12()) AS f_opioid_long_term_no_review,
        coalesce(opioid_analgesic_n12, 0) AS o_opioid_long_term_no_review,
        (r_learning_disability OR r_autism) AND after(antipsychotic_last, m3()) AND NOT r_severe_mental_illness AS f_ld_psychotropic_no_illness, age AS o_ld_psychotropic_no_illness,

        -- Flags: overdue
        r_diabetes AND NOT hba1c_done AND NOT r_palliative_care AS f_diabetes_hba1c_overdue, coalesce(as_at() - hba1c_taken_on, 36500) AS o_diabetes_hba1c_overdue,
        r_hypertension AND NOT pressure_done AND NOT r_palliative_care AS f_hypertension_bp_overdue, coalesce(as_at() - pressure_taken_on, 36500) AS o_hypertension_bp_overdue,
        r_diabetes AND NOT acr_done AND NOT r_palliative_care AS f_diabetes_acr_overdue, coalesce(as_at() - acr_taken_on, 36500) AS o_diabetes_acr_overdue,
        r_diabetes AND NOT foot_done AND NOT r_palliative_care AS f_diabetes_foot_overdue, coalesce(as_at() - diabetic_foot_check, 36500) AS o_diabetes_foot_overdue,
        r_diabetes AND NOT after(diabetic_eye_screening, m24()) AND NOT r_palliative_care AS f_diabetes_eye_overdue, coalesce(as_at() - diabetic_eye_screening, 36500) AS o_diabetes_eye_overdue,
        r_chronic_kidney_disease AND NOT acr_done AND NOT r_palliative_care AS f_ckd_acr_overdue, coalesce(as_at() - acr_taken_on, 36500) AS o_ckd_acr_overdue,
        r_asthma_under_18 AND NOT after(asthma_review, m12()) AND NOT r_palliative_care AS f_asthma_review_overdue, coalesce(as_at() - asthma_review, 36500) AS o_asthma_review_overdue,
        coalesce(r_asthma AND adult AND NOT after(asthma_review, m12()) AND NOT r_palliative_care, FALSE) AS f_asthma_adult_review_overdue, coalesce(as_at() - asthma_review, 36500) AS o_asthma_adult_review_overdue,
        r_copd AND NOT after(copd_review, m12()) AND NOT r_palliative_care AS f_copd_review_overdue, coalesce(as_at() - copd_review, 36500) AS o_copd_review_overdue,
        r_heart_failure AND NOT after(heart_failure_review, m12()) AND NOT r_palliative_care AS f_heart_failure_review_overdue, coalesce(as_at() - heart_failure_review, 36500) AS o_heart_failure_review_overdue,
        r_dementia AND NOT after(dementia_review, m12()) AS f_dementia_review_overdue, coalesce(as_at() - dementia_review, 36500) AS o_dementia_review_overdue,
        r_depression AND NOT after(greatest(deprvw_cod, medrvw_cod), m12()) AND after(ssri_last, m6()) AS f_depression_long_no_review,
        coalesce(as_at() - greatest(deprvw_cod, medrvw_cod), 36500) AS o_depression_long_no_review,
        r_non_diabetic_hyperglycaemia AND NOT hba1c_done AND NOT r_palliative_care AS f_ndh_hba1c_overdue, coalesce(as_at() - hba1c_taken_on, 36500) AS o_ndh_hba1c_overdue,
        r_gestational_diabetes AND NOT hba1c_done AND NOT r_palliative_care AND NOT r_diabetes AS f_gestational_hba1c_overdue, coalesce(as_at() - hba1c_taken_on, 36500) AS o_gestational_hba1c_overdue,
        coalesce(r_learning_disability AND NOT after(learning_disability_health_check, m12()) AND age >= 14, FALSE) AS f_ld_check_overdue,
        coalesce(as_at() - learning_disability_health_check, 36500) AS o_ld_check_overdue,
        r_carer AND NOT after(greatest(bp_cod, systolic_bp, medrvw_cod, medication_review_any), m24()) AS f_carer_no_contact,
        coalesce(as_at() - greatest(bp_cod, systolic_bp, medrvw_cod, medication_review_any), 36500) AS o_carer_no_contact,
        r_severe_mental_illness AND NOT (bmi_done AND pressure_done AND alcohol_done AND smoking_done AND cholesterol_done AND hba1c_done) AND NOT r_palliative_care AS f_smi_checks_missing,
        6 - (bmi_done::INTEGER + pressure_done::INTEGER + alcohol_done::INTEGER + smoking_done::INTEGER + cholesterol_done::INTEGER + hba1c_done::INTEGER) AS o_smi_checks_missing,
        coalesce(r_diabetes AND hba1c_on > m12() AND hba1c > 75 AND NOT r_palliative_care, FALSE) AS f_diabetes_hba1c_high, CASE WHEN hba1c_on > m12() THEN hba1c END AS o_diabetes_hba1c_high,
        r_palliative_care AND NOT after(seen_on, m3()) AND NOT after(palcare_cod, m3()) AS f_palliative_no_contact, age AS o_palliative_no_contact,
        r_current_smoker AND smoking_matters AND NOT smoking_helped AND NOT r_palliative_care AS f_smoker_long_term_no_support, age AS o_smoker_long_term_no_support,

        -- Flags: use of care
        (r_asthma OR r_asthma_under_18) AND (coalesce(asthma_ae_n, 0) > 0 OR coalesce(ae_days, 0) >= 3) AS f_asthma_frequent_ae, coalesce(asthma_ae_n, 0) * 10 + ae AS o_asthma_frequent_ae,
        coalesce(b_registered AND child AND attack_count IS NOT NULL AND NOT after(asthma_review, asthma_ae_on), FALSE) AS f_asthma_child_no_review_48h,
        coalesce(asthma_ae_n30, 0) AS o_asthma_child_no_review_48h,
        b_registered AND ae - coalesce(ae_planned_n, 0) >= 5 AS f_high_intensity_user, ae - coalesce(ae_planned_n, 0) AS o_high_intensity_user,
        b_registered AND coalesce(emergency_days, 0) >= 2 AS f_repeat_emergency_admission, emergencies AS o_repeat_emergency_admission,
        b_registered AND unseen_start IS NOT NULL AND in_hospital_on IS NULL AND NOT after(medicines_looked_at_on, discharged_on) AS f_discharged_not_reviewed, unseen_nights_count AS o_discharged_not_reviewed,
        coalesce(b_registered AND bed_since < days_ago(14), FALSE) AS f_in_hospital_over_14_days, as_at() - bed_since AS o_in_hospital_over_14_days,
        coalesce(b_registered AND age >= 65 AND NOT frail AND NOT r_frailty_mild AND (s_hospital_frailty_risk >= 5 OR r_housebound OR r_care_home_resident
            OR coalesce(emergency_days, 0) >= 2 OR hip_fracture IS NOT NULL), FALSE) AS f_frailty_trigger_65_plus, coalesce(s_hospital_frailty_risk, 0) AS o_frailty_trigger_65_plus,
        r_frailty_severe AND NOT medicines_reviewed AS f_severe_frailty_no_medicines_review, emergencies AS o_severe_frailty_no_medicines_review,
        r_care_home_resident AND NOT medicines_reviewed AS f_care_home_no_review, medicines_3 AS o_care_home_no_review,
        r_housebound AND NOT after(seen_on, m12()) AS f_housebound_not_seen, age AS o_housebound_not_seen,
        coalesce(b_registered AND child AND missed_days >= 2, FALSE) AS f_child_not_brought, coalesce(missed_n, 0) AS o_child_not_brought,
        r_homeless AND after(ae_on, m3()) AS f_homeless_in_ae, ae AS o_homeless_in_ae,
        b_registered AND copd_home_on IS NOT NULL AND NOT coalesce(copd_review >= copd_home_on, FALSE) AS f_copd_after_admission, coalesce(copd_n, 0) AS o_copd_after_admission,

        -- Measures: access
        coalesce(death_date > m12(), FALSE) AS d_died_in_hospital, d_died_in_hospital AND died_there_on IS NOT NULL AS n_died_in_hospital,
        d_died_in_hospital AS d_palliative_register_before_death, d_died_in_hospital AND palcare_cod IS NOT NULL AS n_palliative_register_before_death,
        r_palliative_care AS d_palliative_plan_used, r_palliative_care AND after(end_of_life_plan, m24()) AS n_palliative_plan_used,
        coalesce(b_registered AND adult, FALSE) AS d_talking_therapies_access, d_talking_therapies_access AND coalesce(talking_n, 0) >= 1 AS n_talking_therapies_access,
        coalesce(b_registered AND child, FALSE) AS d_cyp_mental_health_access, d_cyp_mental_health_access AND coalesce(mental_n, 0) >= 1 AS n_cyp_mental_health_access,
        r_pregnant AS d_perinatal_mental_health_access, r_pregnant AND coalesce(mental_n, 0) >= 1 AS n_perinatal_mental_health_access,
        coalesce(b_registered AND age >= 65, FALSE) AS d_community_services_seen, d_community_services_seen AND coalesce(community_n, 0) >= 1 AS n_community_services_seen,
        d_talking_therapies_access AS d_ld_autism_inpatients, d_ld_autism_inpatients AND (r_learning_disability OR r_autism) AND mental_bed_on IS NOT NULL AS n_ld_autism_inpatients,
        d_cyp_mental_health_access AS d_ld_autism_inpatients_under_18, d_ld_autism_inpatients_under_18 AND (r_learning_disability OR r_autism) AND mental_bed_on IS NOT NULL AS n_ld_autism_inpatients_under_18,

        -- Measures: teams
        d_community_services_seen AS d_district_nursing_caseload, d_community_services_seen AND coalesce(nursed_count, 0) = 1 AS n_district_nursing_caseload,
        b_registered AS d_liaison_psychiatry_use, CASE WHEN b_registered THEN coalesce(liaison_count, 0) END AS n_liaison_psychiatry_use,
        b_registered AS d_musculoskeletal_service_use, CASE WHEN b_registered THEN coalesce(musculoskeletal_count, 0) END AS n_musculoskeletal_service_use,
        b_registered AS d_place_of_safety_use, CASE WHEN b_registered THEN coalesce(place_of_safety_count, 0) END AS n_place_of_safety_use,
        b_registered AS d_natriuretic_peptide_tests, CASE WHEN b_registered THEN coalesce(natriuretic_count, 0) END AS n_natriuretic_peptide_tests,
        coalesce(b_registered AND child AND young_referred_count = 1, FALSE) AS d_cyp_mental_health_seen_4_weeks,
        coalesce(d_cyp_mental_health_seen_4_weeks AND young_seen_count = 1, FALSE) AS n_cyp_mental_health_seen_4_weeks,
        d_talking_therapies_access AS d_community_mental_health_caseload, d_talking_therapies_access AND after(mental_team_on, m12()) AS n_community_mental_health_caseload,
        d_community_services_seen AS d_ae_attendance_rate_65_plus, CASE WHEN d_community_services_seen THEN ae END AS n_ae_attendance_rate_65_plus,
        d_community_services_seen AS d_emergency_admission_rate_65_plus, CASE WHEN d_community_services_seen THEN emergencies END AS n_emergency_admission_rate_65_plus,
        d_community_services_seen AS d_emergency_bed_days_65_plus, CASE WHEN d_community_services_seen THEN coalesce(emergency_nights, 0) END AS n_emergency_bed_days_65_plus,

        -- Measures: use for each person
        b_registered AS d_ae_attendance_rate, CASE WHEN b_registered THEN ae END AS n_ae_attendance_rate,
        d_cyp_mental_health_access AS d_ae_attendance_rate_under_18, CASE WHEN d_ae_attendance_rate_under_18 THEN ae END AS n_ae_attendance_rate_under_18,
        b_registered AS d_emergency_admission_rate, CASE WHEN b_registered THEN emergencies END AS n_emergency_admission_rate,
        coalesce(b_registered AND age >= 75, FALSE) AS d_emergency_admission_rate_75_plus, CASE WHEN d_emergency_admission_rate_75_plus THEN emergencies END AS n_emergency_admission_rate_75_plus,
        d_cyp_mental_health_access AS d_emergency_admission_rate_under_18, CASE WHEN d_emergency_admission_rate_under_18 THEN emergencies END AS n_emergency_admission_rate_under_18,
        b_registered AS d_elective_admission_rate, CASE WHEN b_registered THEN coalesce(elective_n, 0) END AS n_elective_admission_rate,
        b_registered AS d_outpatient_attendance_rate, CASE WHEN b_registered THEN coalesce(op_n, 0) END AS n_outpatient_attendance_rate,
        d_cyp_mental_health_access AS d_outpatient_attendance_rate_under_18, CASE WHEN d_outpatient_attendance_rate_under_18 THEN coalesce(op_n, 0) END AS n_outpatient_attendance_rate_under_18,
        b_registered AS d_gp_appointment_rate, CASE WHEN b_registered THEN coalesce(gp_n, 0) END AS n_gp_appointment_rate,
        b_registered AS d_consultant_first_attendance_rate, CASE WHEN b_registered THEN coalesce(op_first_n, 0) END AS n_consultant_first_attendance_rate,
        b_registered AS d_referrals_per_1000, CASE WHEN b_registered THEN coalesce(referral_count, 0) END AS n_referrals_per_1000,
        b_registered AS d_hospital_referrals_per_1000, CASE WHEN b_registered THEN coalesce(hospital_referral_count, 0) END AS n_hospital_referrals_per_1000,
        d_community_services_seen AS d_care_package_65_plus, d_community_services_seen AND r_social_care_user AS n_care_package_65_plus,
        b_registered AS d_acs_admission_rate, CASE WHEN b_registered THEN coalesce(acs_n, 0) END AS n_acs_admission_rate,
        r_diabetes AS d_diabetes_complication_admissions, CASE WHEN r_diabetes THEN coalesce(diabetes_complication_n, 0) END AS n_diabetes_complication_admissions,
        r_diabetes AS d_ketoacidosis_admissions, CASE WHEN r_diabetes THEN coalesce(ketoacidosis_n, 0) END AS n_ketoacidosis_admissions,
        r_copd AS d_copd_admissions, CASE WHEN r_copd THEN coalesce(copd_n, 0) END AS n_copd_admissions,
        coalesce(b_registered AND age < 19, FALSE) AS d_asthma_admissions_under_19, CASE WHEN d_asthma_admissions_under_19 THEN coalesce(asthma_n, 0) END AS n_asthma_admissions_under_19,
        r_heart_failure AS d_heart_failure_admissions, CASE WHEN r_heart_failure THEN coalesce(heart_failure_n, 0) END AS n_heart_failure_admissions,
        b_registered AS d_stroke_admissions, CASE WHEN b_registered THEN coalesce(stroke_n, 0) END AS n_stroke_admissions,
        b_registered AS d_heart_attack_admissions, CASE WHEN b_registered THEN coalesce(heart_attack_n, 0) END AS n_heart_attack_admissions,
        b_registered AS d_self_harm_admissions, CASE WHEN b_registered THEN coalesce(self_harm_n, 0) END AS n_self_harm_admissions,
        b_registered AS d_alcohol_admissions, CASE WHEN b_registered THEN coalesce(alcohol_n, 0) END AS n_alcohol_admissions,
        r_care_home_resident AS d_care_home_admissions, CASE WHEN r_care_home_resident THEN emergencies END AS n_care_home_admissions,
        r_palliative_care AS d_end_of_life_admissions, CASE WHEN r_palliative_care THEN emergencies END AS n_end_of_life_admissions,
        r_severe_mental_illness AS d_smi_ae_attendances, CASE WHEN r_severe_mental_illness THEN ae END AS n_smi_ae_attendances,
        r_asthma_under_18 AS d_asthma_ae_under_18, CASE WHEN r_asthma_under_18 THEN coalesce(asthma_ae_n, 0) END AS n_asthma_ae_under_18,
        coalesce(b_registered AND age < 10, FALSE) AS d_dental_extractions_under_10, CASE WHEN d_dental_extractions_under_10 THEN coalesce(tooth_days, 0) END AS n_dental_extractions_under_10,
        r_diabetes AS d_diabetes_amputations, CASE WHEN r_diabetes THEN coalesce(limb_days, 0) END AS n_diabetes_amputations,
        b_registered AS d_rtt_list_size, CASE WHEN b_registered THEN coalesce(rtt_n, 0) END AS n_rtt_list_size,
        b_registered AS d_registered_people, b_registered AND practice_code IS NOT NULL AS n_registered_people,
        coalesce(b_registered AND sex = 'F' AND age >= 15 AND age < 50, FALSE) AS d_perinatal_team_referred, d_perinatal_team_referred AND perinatal_on IS NOT NULL AS n_perinatal_team_referred,
        coalesce(birth_date > m12(), FALSE) AS d_neonatal_deaths_per_1000, coalesce(d_neonatal_deaths_per_1000 AND death_date < birth_date + 28, FALSE) AS n_neonatal_deaths_per_1000,
        b_registered AS d_cost_per_person_apc, CASE WHEN b_registered THEN coalesce(apc_cost, 0) END AS n_cost_per_person_apc,
        b_registered AS d_cost_per_person_op, CASE WHEN b_registered THEN coalesce(op_cost, 0) END AS n_cost_per_person_op,
        b_registered AS d_cost_per_person_ae, CASE WHEN b_registered THEN coalesce(ae_cost, 0) END AS n_cost_per_person_ae,
        b_registered AS d_cost_per_person_gp, CASE WHEN b_registered THEN coalesce(gp_cost, 0) END AS n_cost_per_person_gp,
        b_registered AS d_cost_per_person_community, CASE WHEN b_registered THEN coalesce(community_cost, 0) END AS n_cost_per_person_community,
        b_registered AS d_cost_per_person_mental_health, CASE WHEN b_registered THEN coalesce(mental_cost, 0) END AS n_cost_per_person_mental_health,
        b_registered AS d_cost_per_person_pod_ae, CASE WHEN b_registered THEN coalesce(pod_ae, 0) END AS n_cost_per_person_pod_ae,
        b_registered AS d_cost_per_person_pod_dc, CASE WHEN b_registered THEN coalesce(pod_dc, 0) END AS n_cost_per_person_pod_dc,
        b_registered AS d_cost_per_person_pod_el, CASE WHEN b_registered THEN coalesce(pod_el, 0) END AS n_cost_per_person_pod_el,
        b_registered AS d_cost_per_person_pod_nel, CASE WHEN b_registered THEN coalesce(pod_nel, 0) END AS n_cost_per_person_pod_nel,
        b_registered AS d_cost_per_person_pod_nelst, CASE WHEN b_registered THEN coalesce(pod_nelst, 0) END AS n_cost_per_person_pod_nelst,
        b_registered AS d_cost_per_person_pod_nelne, CASE WHEN b_registered THEN coalesce(pod_nelne, 0) END AS n_cost_per_person_pod_nelne,
        b_registered AS d_cost_per_person_pod_opfa, CASE WHEN b_registered THEN coalesce(pod_opfa, 0) END AS n_cost_per_person_pod_opfa,
        b_registered AS d_cost_per_person_pod_opfup, CASE WHEN b_registered THEN coalesce(pod_opfup, 0) END AS n_cost_per_person_pod_opfup,
        b_registered AS d_cost_per_person_pod_opproc, CASE WHEN b_registered THEN coalesce(pod_opproc, 0) END AS n_cost_per_person_pod_opproc,

        -- Measures: blood pressure, heart, kidneys, lipids
        coalesce(r_hypertension AND age < 80, FALSE) AS d_hypertension_control_under_80, coalesce(d_hypertension_control_under_80 AND controlled_140, FALSE) AS n_hypertension_control_under_80,
        coalesce(r_hypertension AND age >= 80, FALSE) AS d_hypertension_control_80_plus, coalesce(d_hypertension_control_80_plus AND controlled_150, FALSE) AS n_hypertension_control_80_plus,
        coalesce(r_coronary_heart_disease AND age < 80, FALSE) AS d_chd_control_under_80, coalesce(d_chd_control_under_80 AND controlled_140, FALSE) AS n_chd_control_under_80,
        coalesce(r_coronary_heart_disease AND age >= 80, FALSE) AS d_chd_control_80_plus, coalesce(d_chd_control_80_plus AND controlled_150, FALSE) AS n_chd_control_80_plus,
        coalesce(r_stroke_or_tia AND age < 80, FALSE) AS d_stroke_control_under_80, coalesce(d_stroke_control_under_80 AND controlled_140, FALSE) AS n_stroke_control_under_80,
        coalesce(r_stroke_or_tia AND age >= 80, FALSE) AS d_stroke_control_80_plus, coalesce(d_stroke_control_80_plus AND controlled_150, FALSE) AS n_stroke_control_80_plus,
        coalesce(r_cardiovascular_disease AND age < 80, FALSE) AS d_cvd_control_under_80, coalesce(d_cvd_control_under_80 AND controlled_140, FALSE) AS n_cvd_control_under_80,
        coalesce(r_cardiovascular_disease AND age >= 80, FALSE) AS d_cvd_control_80_plus, coalesce(d_cvd_control_80_plus AND controlled_150, FALSE) AS n_cvd_control_80_plus,
        coalesce(r_chronic_kidney_disease AND age < 80, FALSE) AS d_ckd_control_under_80, coalesce(d_ckd_control_under_80 AND controlled_140, FALSE) AS n_ckd_control_under_80,
        r_hypertension AS d_hypertension_bp_recorded, r_hypertension AND pressure_done AS n_hypertension_bp_recorded,
        r_hypertension AS d_hypertension_acr_recorded, r_hypertension AND acr_done AS n_hypertension_acr_recorded,
        r_hypertension AS d_hypertension_bmi_recorded, r_hypertension AND bmi_done AS n_hypertension_bmi_recorded,
        r_hypertension AS d_hypertension_smoking_recorded, r_hypertension AND smoking_done AS n_hypertension_smoking_recorded,
        r_chronic_kidney_disease AS d_ckd_acr_recorded, r_chronic_kidney_disease AND acr_done AS n_ckd_acr_recorded,
        r_chronic_kidney_disease AS d_ckd_egfr_recorded, r_chronic_kidney_disease AND after(egfr_on, m12()) AS n_ckd_egfr_recorded,
        r_chronic_kidney_disease AS d_ckd_statin, r_chronic_kidney_disease AND statin_6 AS n_ckd_statin,
        coalesce(r_chronic_kidney_disease AND r_hypertension AND acr > 30, FALSE) AS d_ckd_ace_acr, d_ckd_ace_acr AND ace_6 AS n_ckd_ace_acr,
        coalesce(s_cha2ds2_vasc >= 2, FALSE) AS d_af_anticoagulated, d_af_anticoagulated AND anticoagulant_6 AS n_af_anticoagulated,
        r_heart_failure_reduced AS d_hf_ace_or_arb, r_heart_failure_reduced AND raas_6 AS n_hf_ace_or_arb,
        r_heart_failure_reduced AS d_hf_beta_blocker, r_heart_failure_reduced AND beta_6 AS n_hf_beta_blocker,
        r_heart_failure_reduced AS d_hf_four_pillars, r_heart_failure_reduced AND raas_6 AND beta_6 AND mra_6 AND sglt2_6 AS n_hf_four_pillars,
        r_heart_failure AS d_hf_review, r_heart_failure AND after(heart_failure_review, m12()) AS n_hf_review,
        r_cardiovascular_disease AS d_cvd_statin, r_cardiovascular_disease AND statin_6 AS n_cvd_statin,
        r_cardiovascular_disease OR r_chronic_kidney_disease AS d_lipid_lowering_cvd_or_ckd, d_lipid_lowering_cvd_or_ckd AND statin_6 AS n_lipid_lowering_cvd_or_ckd,
        r_cardiovascular_disease AS d_cvd_cholesterol_recorded, r_cardiovascular_disease AND cholesterol_done AS n_cvd_cholesterol_recorded,
        coalesce(b_registered AND adult AND NOT r_hypertension AND systolic_on > y5(), FALSE) AS d_raised_bp_not_diagnosed,
        coalesce(d_raised_bp_not_diagnosed AND (systolic >= 140 OR (diastolic_on > y5() AND diastolic >= 90)), FALSE) AS n_raised_bp_not_diagnosed,
        coalesce(b_registered AND adult AND ndh_first IS NULL AND NOT r_diabetes AND hba1c_on IS NOT NULL, FALSE) AS d_hba1c_42_47_not_coded,
        coalesce(d_hba1c_42_47_not_coded AND hba1c >= 42 AND hba1c < 48, FALSE) AS n_hba1c_42_47_not_coded,
        coalesce(b_registered AND age >= 45, FALSE) AS d_bp_recorded_45_plus, d_bp_recorded_45_plus AND after(pressure_taken_on, y5()) AS n_bp_recorded_45_plus,
        r_hypertension AND after(greatest(ace_inhibitor_last, angiotensin_receptor_blocker_last, calcium_channel_blocker_last, thiazide_diuretic_last), m6()) AS d_hypertension_overtreated,
        coalesce(d_hypertension_overtreated AND systolic_on > m12() AND systolic_high <= 100, FALSE) AS n_hypertension_overtreated,

        -- Measures: diabetes
        r_diabetes AS d_diabetes_process_hba1c, r_diabetes AND hba1c_done AS n_diabetes_process_hba1c, r_diabetes AS d_diabetes_process_blood_pressure,
        r_diabetes AND pressure_done AS n_diabetes_process_blood_pressure, r_diabetes AS d_diabetes_process_cholesterol, r_diabetes AND cholesterol_done AS n_diabetes_process_cholesterol,
        r_diabetes AS d_diabetes_process_creatinine, r_diabetes AND creatinine_done AS n_diabetes_process_creatinine, r_diabetes AS d_diabetes_process_urine_acr,
        r_diabetes AND acr_done AS n_diabetes_process_urine_acr, r_diabetes AS d_diabetes_process_foot_check, r_diabetes AND foot_done AS n_diabetes_process_foot_check,
        r_diabetes AS d_diabetes_process_bmi, r_diabetes AND bmi_done AS n_diabetes_process_bmi, r_diabetes AS d_diabetes_process_smoking, r_diabetes AND smoking_done AS n_diabetes_process_smoking,
        r_diabetes AS d_diabetes_process_retinal_screening, r_diabetes AND eye_done AS n_diabetes_process_retinal_screening,
        r_diabetes AS d_diabetes_eight_processes,
        r_diabetes AND hba1c_done AND pressure_done AND cholesterol_done AND creatinine_done AND acr_done AND foot_done AND bmi_done AND smoking_done AS n_diabetes_eight_processes,
        r_diabetes AS d_diabetes_eight_processes_audit, n_diabetes_eight_processes AS n_diabetes_eight_processes_audit,
        r_diabetes AS d_diabetes_nine_processes, n_diabetes_eight_processes AND eye_done AS n_diabetes_nine_processes,
        r_diabetes AND NOT frail AS d_diabetes_hba1c_58, coalesce(d_diabetes_hba1c_58 AND year_hba1c <= 58, FALSE) AS n_diabetes_hba1c_58,
        r_diabetes AND frail AS d_diabetes_hba1c_75_frail, coalesce(d_diabetes_hba1c_75_frail AND year_hba1c <= 75, FALSE) AS n_diabetes_hba1c_75_frail,
        coalesce(r_diabetes AND age < 80 AND NOT frail, FALSE) AS d_diabetes_bp_140_90, coalesce(d_diabetes_bp_140_90 AND controlled_140, FALSE) AS n_diabetes_bp_140_90,
        r_diabetes AS d_diabetes_triple_target_historic,
        coalesce(r_diabetes AND year_hba1c <= 58 AND year_systolic <= 140 AND paired_diastolic <= 80 AND year_cholesterol < 5, FALSE) AS n_diabetes_triple_target_historic,
        r_diabetes AS d_diabetes_triple_target, coalesce(r_diabetes AND year_hba1c <= 58 AND controlled_140 AND statin_6, FALSE) AS n_diabetes_triple_target,
        r_diabetes AS d_diabetes_triple_target_icb,
        coalesce(r_diabetes AND year_hba1c <= 58 AND year_systolic <= 129 AND paired_diastolic <= 79 AND year_cholesterol < 5, FALSE) AS n_diabetes_triple_target_icb,
        coalesce(r_diabetes AND age >= 40 AND NOT r_cardiovascular_disease AND NOT frail, FALSE) AS d_diabetes_statin_40, d_diabetes_statin_40 AND statin_6 AS n_diabetes_statin_40,
        r_diabetes AND r_cardiovascular_disease AS d_diabetes_statin_cvd, d_diabetes_statin_cvd AND statin_6 AS n_diabetes_statin_cvd,
        r_diabetes AND (prt_cod IS NOT NULL OR mal_cod IS NOT NULL) AS d_diabetes_nephropathy_ace, d_diabetes_nephropathy_ace AND ace_6 AS n_diabetes_nephropathy_ace,
        coalesce(r_diabetes AND dm_first > m12(), FALSE) AS d_diabetes_education_referral, coalesce(d_diabetes_education_referral AND educated_count IS NOT NULL, FALSE) AS n_diabetes_education_referral,
        r_non_diabetic_hyperglycaemia AS d_ndh_hba1c_12_months, r_non_diabetic_hyperglycaemia AND hba1c_done AS n_ndh_hba1c_12_months,
        r_non_diabetic_hyperglycaemia OR (r_gestational_diabetes AND NOT r_diabetes) AS d_ndh_or_gestational_hba1c, d_ndh_or_gestational_hba1c AND hba1c_done AS n_ndh_or_gestational_hba1c,
        r_diabetes AS d_diabetes_structured_education, r_diabetes AND diabetes_structured_education IS NOT NULL AS n_diabetes_structured_education,
        r_non_diabetic_hyperglycaemia AS d_ndh_prevention_programme, r_non_diabetic_hyperglycaemia AND diabetes_prevention_programme IS NOT NULL AS n_ndh_prevention_programme,

        -- Measures: medicines
        r_frailty_severe AS d_severe_frailty_medicines_review, r_frailty_severe AND medicines_reviewed AS n_severe_frailty_medicines_review,
        r_care_home_resident AS d_care_home_medicines_review, r_care_home_resident AND medicines_reviewed AS n_care_home_medicines_review,
        r_learning_disability OR r_autism AS d_ld_medicines_review, d_ld_medicines_review AND medicines_reviewed AS n_ld_medicines_review,
        b_registered AND medicines_3 >= 10 AS d_polypharmacy_medicines_review, d_polypharmacy_medicines_review AND medicines_reviewed AS n_polypharmacy_medicines_review,
        d_talking_therapies_access AS d_polypharmacy_10, d_polypharmacy_10 AND medicines_3 >= 10 AS n_polypharmacy_10,
        coalesce(b_registered AND adult AND anticoagulant_3, FALSE) AS d_anticoagulant_with_nsaid, d_anticoagulant_with_nsaid AND nsaid_3 AND NOT ppi_3 AS n_anticoagulant_with_nsaid,
        d_talking_therapies_access AS d_opioid_prescribed, d_opioid_prescribed AND after(opioid_analgesic_last, m3()) AS n_opioid_prescribed,
        d_talking_therapies_access AS d_hypnotic_or_anxiolytic_prescribed, d_hypnotic_or_anxiolytic_prescribed AND after(hypnotic_or_anxiolytic_last, m3()) AS n_hypnotic_or_anxiolytic_prescribed,
        r_asthma AS d_high_dose_ics_prescribed, r_asthma AND after(high_dose_ics_inhaler_last, m3()) AS n_high_dose_ics_prescribed,
        [[b_registered AS d_prescribing_#_rate, CASE WHEN b_registered THEN coalesce(#_n12, 0) END AS n_prescribing_#_rate, : antibiotic_oral fluoroquinolone gabapentinoid
            insulin_detemir vitamin_b_compound amorolfine nimodipine dosulepin trimipramine liothyronine lidocaine_plaster perindopril_arginine amiodarone dronedarone minocycline
            fentanyl_immediate_release tramadol_with_paracetamol oxycodone_with_naloxone doxazosin_modified_release aliskiren glucosamine
            bath_shower_emollient co_proxamol colecalciferol_alone dental_paste gamolenic_or_ubidecarenone glucose_sensor gluten_free_food homeopathic_preparation injectable_anti_infective
            lutein_supplement omega_3 rubefacient sulfadiazine tamoxifen travel_vaccine antibiotic_broad_spectrum opioid_high_dose silk_garment probiotic pen_needle_costly]]
        b_registered AS d_prescribing_low_priority_rate, CASE WHEN b_registered THEN coalesce(low_priority_count, 0) END AS n_prescribing_low_priority_rate,
        b_registered AS d_prescribing_pregabalin_mg_rate, CASE WHEN b_registered THEN coalesce(pregabalin_mg, 0) END AS n_prescribing_pregabalin_mg_rate,
        b_registered AS d_prescribing_morphine_solution_mg_rate, CASE WHEN b_registered THEN coalesce(morphine_mg, 0) END AS n_prescribing_morphine_solution_mg_rate,

        -- Measures: mind, learning disability, dementia
        r_severe_mental_illness AS d_smi_check_bmi, r_severe_mental_illness AND bmi_done AS n_smi_check_bmi, r_severe_mental_illness AS d_smi_check_blood_pressure,
        r_severe_mental_illness AND pressure_done AS n_smi_check_blood_pressure, r_severe_mental_illness AS d_smi_check_alcohol, r_severe_mental_illness AND alcohol_done AS n_smi_check_alcohol,
        r_severe_mental_illness AS d_smi_check_smoking, r_severe_mental_illness AND smoking_done AS n_smi_check_smoking, r_severe_mental_illness AS d_smi_check_lipids,
        r_severe_mental_illness AND cholesterol_done AS n_smi_check_lipids, r_severe_mental_illness AS d_smi_check_glucose, r_severe_mental_illness AND hba1c_done AS n_smi_check_glucose,
        r_severe_mental_illness AS d_smi_five_checks_2019, r_severe_mental_illness AND bmi_done AND pressure_done AND alcohol_done AND cholesterol_done AND hba1c_done AS n_smi_five_checks_2019,
        r_severe_mental_illness AS d_smi_six_checks, n_smi_five_checks_2019 AND smoking_done AS n_smi_six_checks,
        coalesce(r_learning_disability AND age >= 14, FALSE) AS d_ld_health_check, d_ld_health_check AND after(learning_disability_health_check, m12()) AS n_ld_health_check,
        r_dementia AS d_dementia_care_plan_review, r_dementia AND after(dementia_review, m12()) AS n_dementia_care_plan_review,
        r_dementia AS d_dementia_medication_review, r_dementia AND after(greatest(demmedrvw_cod, medrvw_cod), m12()) AS n_dementia_medication_review,
        coalesce(r_depression AND depr_cod > m12() AND depr_cod <= days_ago(56), FALSE) AS d_depression_review_10_to_56_days,
        coalesce(d_depression_review_10_to_56_days AND depression_reviewed_count IS NOT NULL, FALSE) AS n_depression_review_10_to_56_days,
        r_dementia AND NOT r_severe_mental_illness AS d_dementia_antipsychotic, d_dementia_antipsychotic AND after(antipsychotic_last, days_ago(42)) AS n_dementia_antipsychotic,
        d_community_services_seen AS d_dementia_recorded_65_plus, d_community_services_seen AND r_dementia AS n_dementia_recorded_65_plus,

        -- Measures: cancer
        b_registered AND path_28_days IS NOT NULL AS d_cancer_28_days, d_cancer_28_days AND path_28_days <= 28 AS n_cancer_28_days,
        b_registered AND path_31_days IS NOT NULL AS d_cancer_31_days, d_cancer_31_days AND path_31_days <= 31 AS n_cancer_31_days,
        b_registered AND path_62_days IS NOT NULL AS d_cancer_62_days, d_cancer_62_days AND path_62_days <= 62 AS n_cancer_62_days,
        coalesce(cancer_first > y6() AND cancer_first <= y5(), FALSE) AS d_cancer_alive_five_years, d_cancer_alive_five_years AND death_date IS NULL AS n_cancer_alive_five_years,

        -- Measures: prevention
        r_asthma AS d_asthma_reviewed, r_asthma AND after(asthma_review, m12()) AS n_asthma_reviewed, r_copd AS d_copd_reviewed, r_copd AND after(copd_review, m12()) AS n_copd_reviewed,
        r_asthma AS d_asthma_saba_six_or_more, r_asthma AND reliever_inhalers >= 6 AS n_asthma_saba_six_or_more,
        r_asthma_under_18 AS d_asthma_children_reviewed, r_asthma_under_18 AND after(asthma_review, m12()) AS n_asthma_children_reviewed,
        r_asthma_under_18 AS d_asthma_children_action_plan, r_asthma_under_18 AND after(asthma_action_plan, m12()) AS n_asthma_children_action_plan,
        d_community_services_seen AS d_flu_vaccinated_65_plus, d_community_services_seen AND flu_given AS n_flu_vaccinated_65_plus,
        coalesce(b_registered AND age >= 18 AND age < 65 AND at_risk_of_flu, FALSE) AS d_flu_vaccinated_at_risk_18_64, d_flu_vaccinated_at_risk_18_64 AND flu_given AS n_flu_vaccinated_at_risk_18_64,
        coalesce(b_registered AND whole_years(birth_date, months_ago(7)) BETWEEN 2 AND 3, FALSE) AS d_flu_vaccinated_2_and_3, d_flu_vaccinated_2_and_3 AND flu_given AS n_flu_vaccinated_2_and_3,
        r_copd AS d_flu_vaccinated_copd, r_copd AND flu_given AS n_flu_vaccinated_copd, r_learning_disability AS d_flu_vaccinated_learning_disability,
        r_learning_disability AND flu_given AS n_flu_vaccinated_learning_disability, r_pregnant AS d_flu_vaccinated_pregnant, r_pregnant AND flu_given AS n_flu_vaccinated_pregnant,
        r_diabetes AS d_flu_vaccinated_diabetes, r_diabetes AND flu_given AS n_flu_vaccinated_diabetes,
        r_cardiovascular_disease AS d_flu_vaccinated_cardiovascular_disease, r_cardiovascular_disease AND flu_given AS n_flu_vaccinated_cardiovascular_disease,
        r_chronic_kidney_disease AS d_flu_vaccinated_chronic_kidney_disease, r_chronic_kidney_disease AND flu_given AS n_flu_vaccinated_chronic_kidney_disease,
        r_asthma AS d_flu_vaccinated_asthma, r_asthma AND flu_given AS n_flu_vaccinated_asthma,
        r_pregnant AS d_smoking_in_pregnancy, r_pregnant AND r_current_smoker AS n_smoking_in_pregnancy,
        r_diabetes_type_1 AS d_diabetes_type_1_glucose_sensor, r_diabetes_type_1 AND after(glucose_sensor_last, m12()) AS n_diabetes_type_1_glucose_sensor,
        r_diabetes_type_1 AND r_pregnant AS d_diabetes_type_1_pregnant_glucose_sensor, d_diabetes_type_1_pregnant_glucose_sensor AND after(glucose_sensor_last, m12()) AS n_diabetes_type_1_pregnant_glucose_sensor,
        r_carer AS d_flu_vaccinated_carers, r_carer AND flu_given AS n_flu_vaccinated_carers,
        d_community_services_seen AS d_pneumococcal_65_plus, d_community_services_seen AND pneumococcal_vaccine_product_last IS NOT NULL AS n_pneumococcal_65_plus,
        smoking_matters AS d_smoking_recorded_long_term, d_smoking_recorded_long_term AND smoking_done AS n_smoking_recorded_long_term,
        r_current_smoker AS d_smoking_support_24_months, r_current_smoker AND after(smoking_cessation_support, m24()) AS n_smoking_support_24_months,
        r_current_smoker AND d_smoking_recorded_long_term AS d_smoking_support_long_term, d_smoking_support_long_term AND smoking_helped AS n_smoking_support_long_term,
        r_current_smoker AND after(apc_on, m12()) AS d_smoking_support_inpatients, d_smoking_support_inpatients AND smoking_helped AS n_smoking_support_inpatients,
        r_obesity AS d_obesity_weight_management_referral, r_obesity AND after(lifestyleint_cod, m12()) AS n_obesity_weight_management_referral,
        r_obesity AND (r_diabetes_type_2 OR r_hypertension) AS d_weight_offer_obesity_with_risk, d_weight_offer_obesity_with_risk AND after(lifestyleint_cod, m12()) AS n_weight_offer_obesity_with_risk,

        -- Measures that count rows: births of everybody, else of those registered
        [[coalesce(d_#, 0) AS d_#, coalesce(n_#, 0) AS n_#, : stillbirths_per_1000_births preterm_births_per_1000]]
        [[CASE WHEN b_registered THEN coalesce(d_#, 0) ELSE 0 END AS d_#, CASE WHEN b_registered THEN coalesce(n_#, 0) ELSE 0 END AS n_#, : ae_four_hours ae_twelve_hours
            ae_mental_health_twelve_hours stays_over_21_days stays_21_days_or_more stays_over_14_days in_hospital_over_21_days emergency_zero_day_share average_stay_emergency
            long_stay_bed_days nstemi_bed_days stroke_bed_days follow_up_ratio outpatient_dna_rate gp_missed_share outpatient_remote_share uncosted_share first_attendance_local_share
            mental_health_out_of_area readmission_30_days stroke_readmission_6_months mental_health_readmission_30_days utc_then_ae utc_then_gp asthma_reviewed_48_hours
            asthma_reattended_7_days consultant_referral_share urgent_seen_two_weeks psychosis_two_weeks eating_disorder_urgent_1_week eating_disorder_routine_4_weeks
            community_mental_health_4_weeks talking_therapies_6_weeks talking_therapies_18_weeks crisis_response_next_day reablement_two_days rtt_18_weeks rtt_26_weeks rtt_52_weeks
            diagnostics_6_weeks cancer_62_days_open cancer_104_days_open cancer_28_days_open cancer_31_days_open prescribing_antibiotics_broad_spectrum prescribing_uti_trimethoprim
            prescribing_nsaid_non_preferred prescribing_statins_lower_intensity prescribing_methotrexate_10mg prescribing_ppi_higher_doses prescribing_vitamin_b_not_thiamine
            prescribing_paracetamol_soluble prescribing_amoxicillin_over_15 prescribing_doxycycline_over_6 prescribing_morphine_solution_over_300ml fit_before_colorectal_referral alcohol_emergency_share copd_reviewed_30_days
            copd_readmission_30_days heart_failure_readmission_30_days district_nursing_over_12_months district_nursing_visits liaison_psychiatry_next_day
            prescribing_dressings_silver prescribing_zuclopenthixol_acetate prescribing_inhalers_metered_dose prescribing_trimethoprim_over_6 prescribing_nitrofurantoin_over_6 prescribing_pivmecillinam_over_10 prescribing_weekly_pens_over_3 prescribing_seven_days
            prescribing_inhalers_reliever prescribing_inhalers_not_air_mart prescribing_opioids_high_dose prescribing_doac_not_preferred prescribing_sglt2_not_dapagliflozin prescribing_glucose_strips_not_recommended prescribing_lancets_not_recommended]]
    FROM checked;
