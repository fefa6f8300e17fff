-- What several answers share: scores, blood pressure at target, checks of the year, medicines in use.
CREATE OR REPLACE TEMP VIEW checked AS
    SELECT *,
        CASE WHEN b_registered AND r_atrial_fibrillation THEN r_heart_failure::INTEGER + r_hypertension::INTEGER + CASE WHEN age >= 75 THEN 2 WHEN age >= 65 THEN 1 ELSE 0 END
            + r_diabetes::INTEGER + 2 * r_stroke_or_tia::INTEGER + (mi_cod IS NOT NULL OR r_peripheral_arterial_disease)::INTEGER + CASE WHEN sex = 'F' THEN 1 ELSE 0 END END AS s_cha2ds2_vasc,
        CASE WHEN age >= 18 THEN after(charlson_ami_icd10, y5())::INTEGER + after(charlson_chf_icd10, y5())::INTEGER + after(charlson_pvd_icd10, y5())::INTEGER
            + after(charlson_cevd_icd10, y5())::INTEGER + after(charlson_dementia_icd10, y5())::INTEGER + after(charlson_copd_icd10, y5())::INTEGER
            + after(charlson_rheumd_icd10, y5())::INTEGER + after(charlson_pud_icd10, y5())::INTEGER
            + CASE WHEN after(charlson_msld_icd10, y5()) THEN 3 WHEN after(charlson_mld_icd10, y5()) THEN 1 ELSE 0 END
            + CASE WHEN after(charlson_diabwc_icd10, y5()) THEN 2 WHEN after(charlson_diab_icd10, y5()) THEN 1 ELSE 0 END
            + 2 * after(charlson_hp_icd10, y5())::INTEGER + 2 * after(charlson_rend_icd10, y5())::INTEGER
            + CASE WHEN after(charlson_metacanc_icd10, y5()) THEN 6 WHEN after(charlson_canc_icd10, y5()) THEN 2 ELSE 0 END
            + 6 * after(charlson_aids_icd10, y5())::INTEGER END AS s_charlson,
        CASE WHEN age >= 75 AND any_diagnosis > m24() THEN coalesce(frailty_count, 0) / 10.0 END AS s_hospital_frailty_risk,
        r_anxiety OR r_depression AS low_mood,
        opioid_analgesic_n12 >= 4 OR (antiepileptic_n12 >= 4 AND epil_cod IS NULL) AS painful,
        irritable_bowel_syndrome IS NOT NULL AS irritable_bowel,
        connective_tissue_disease IS NOT NULL OR rarth_cod IS NOT NULL AS connective,
        (r_anxiety::INTEGER + r_asthma::INTEGER + r_atrial_fibrillation::INTEGER + r_chronic_kidney_disease::INTEGER + r_copd::INTEGER + r_depression::INTEGER + r_diabetes::INTEGER
            + r_epilepsy::INTEGER + r_heart_failure::INTEGER + r_hypertension::INTEGER + r_learning_disability::INTEGER + r_osteoporosis::INTEGER
            + r_peripheral_arterial_disease::INTEGER + r_stroke::INTEGER + r_transient_ischaemic_attack::INTEGER) >= 4 AS r_multiple_conditions,
        r_severe_mental_illness AND (r_alcohol_problem OR r_substance_misuse) AS r_dual_diagnosis,
        r_frailty_moderate OR r_frailty_severe AS frail,
        r_heart_failure OR (r_copd AND r_palliative_care) OR r_dialysis_or_transplant OR end_stage_renal_disease IS NOT NULL OR liver_failure IS NOT NULL AS organ_failure,
        r_cerebral_palsy OR r_motor_neurone_disease OR r_multiple_sclerosis OR spina_bifida IS NOT NULL OR hemiplegia IS NOT NULL AS physical_disability,
        r_asthma OR r_atrial_fibrillation OR r_cancer OR r_chronic_kidney_disease OR r_chronic_liver_disease OR r_copd OR r_coronary_heart_disease OR r_depression OR r_diabetes
            OR r_epilepsy OR r_hypertension OR r_multiple_sclerosis OR r_osteoporosis OR r_parkinsons_disease OR r_peripheral_arterial_disease OR r_rheumatoid_arthritis
            OR r_severe_mental_illness OR r_stroke_or_tia AS long_term,
        r_asthma OR r_copd OR r_cardiovascular_disease OR r_heart_failure OR r_chronic_kidney_disease OR r_chronic_liver_disease OR r_diabetes OR r_parkinsons_disease
            OR r_multiple_sclerosis OR r_learning_disability OR r_sickle_cell_disease OR coalesce(bmi >= 40, FALSE) AS at_risk_of_flu,
        -- Last blood pressure of 12 months; at home 5 mmHg less. Missing where there is no pair.
        CASE WHEN year_systolic IS NOT NULL THEN CASE WHEN home_on = systolic_on THEN year_systolic <= 135 AND paired_diastolic <= 85 ELSE year_systolic <= 140 AND paired_diastolic <= 90 END END AS controlled_140,
        CASE WHEN year_systolic IS NOT NULL THEN CASE WHEN home_on = systolic_on THEN year_systolic <= 145 AND paired_diastolic <= 85 ELSE year_systolic <= 150 AND paired_diastolic <= 90 END END AS controlled_150,
        -- Checks of 12 months.
        after(hba1c_taken_on, m12()) AS hba1c_done, after(pressure_taken_on, m12()) AS pressure_done, after(cholesterol_taken_on, m12()) AS cholesterol_done,
        after(creatinine_taken_on, m12()) AS creatinine_done, after(acr_taken_on, m12()) AS acr_done, after(diabetic_foot_check, m12()) AS foot_done,
        after(bmi_taken_on, m12()) AS bmi_done, after(smoking_taken_on, m12()) AS smoking_done, after(greatest(alcohol_consumption, excessalc_cod), m12()) AS alcohol_done,
        after(medicines_reviewed_on, m12()) AS medicines_reviewed, after(diabetic_eye_screening, m12()) AS eye_done,
        after(greatest(influenza_vaccination_given, influenza_vaccine_product_last), m12()) AS flu_given,
        -- Medicines in use.
        after(statin_last, m6()) AS statin_6, after(greatest(ace_inhibitor_last, angiotensin_receptor_blocker_last), m6()) AS ace_6,
        after(greatest(ace_inhibitor_last, angiotensin_receptor_blocker_last, sacubitril_valsartan_last), m6()) AS raas_6, after(beta_blocker_last, m6()) AS beta_6,
        after(mineralocorticoid_antagonist_last, m6()) AS mra_6, after(sglt2_inhibitor_last, m6()) AS sglt2_6,
        after(greatest(anticoagulant_last, doac_last), m6()) AS anticoagulant_6, after(greatest(anticoagulant_last, doac_last), m3()) AS anticoagulant_3,
        after(nsaid_oral_last, m3()) AS nsaid_3, after(proton_pump_inhibitor_last, m3()) AS ppi_3, after(smoking_cessation_support, m12()) AS smoking_helped,
        -- Use of care, none being nought.
        coalesce(ae_n, 0) AS ae, coalesce(emergency_n, 0) AS emergencies, coalesce(saba_inhaler_n12, 0) AS reliever_inhalers, coalesce(medicines, 0) AS medicines_3,
        r_hypertension OR r_diabetes OR r_copd OR r_asthma OR r_coronary_heart_disease OR r_stroke_or_tia OR r_peripheral_arterial_disease OR r_chronic_kidney_disease
            OR r_severe_mental_illness AS smoking_matters,
        age < 18 AS child, age >= 18 AS adult,
        -- Signs of cardiovascular risk, now and a year ago; signs that things get worse; conditions of childhood.
        coalesce(systolic >= 140 OR diastolic >= 90, FALSE)::INTEGER + coalesce(cholesterol >= 5, FALSE)::INTEGER + (afib_first IS NOT NULL)::INTEGER AS signs,
        coalesce(systolic_then >= 140 OR diastolic_then >= 90, FALSE)::INTEGER + coalesce(cholesterol_then >= 5, FALSE)::INTEGER + coalesce(afib_first <= m12(), FALSE)::INTEGER AS signs_then,
        (unplanned_now - unplanned_then >= 2)::INTEGER + coalesce(new_condition_count, 0) + coalesce(frailer_count, 0) + coalesce(egfr_on > m12() AND egfr <= 0.75 * egfr_then, FALSE)::INTEGER AS worse,
        r_asthma_under_18::INTEGER + r_diabetes_under_17::INTEGER + r_diabetes::INTEGER + r_epilepsy_under_18::INTEGER + r_autism::INTEGER + r_adhd::INTEGER + r_sickle_cell_disease::INTEGER + r_coeliac_disease::INTEGER
            + r_inflammatory_bowel_disease::INTEGER + r_eating_disorder::INTEGER AS childhood_conditions
    FROM (SELECT *, CASE WHEN systolic_on > m12() THEN systolic END AS year_systolic, CASE WHEN hba1c_on > m12() THEN hba1c_low END AS year_hba1c,
            CASE WHEN cholesterol_on > m12() THEN cholesterol END AS year_cholesterol,
            greatest(ifcchbam_cod, hba1c_test, hba1c_loinc) AS hba1c_taken_on,
            greatest(bp_cod, systolic_bp, systolic_bp_loinc, diabp_cod, diastolic_bp_loinc, bp_loinc) AS pressure_taken_on,
            greatest(chol2_cod, cholesterol_test, cholesterol_loinc) AS cholesterol_taken_on,
            greatest(cre_cod, creatinine_test, egfr_test, egfr_level, creatinine_loinc) AS creatinine_taken_on,
            greatest(urine_acr_test, urine_acr_level, urine_acr_loinc) AS acr_taken_on, greatest(bmival_cod, bmi_loinc, bmiobese_cod) AS bmi_taken_on,
            greatest(current_smoker, ex_smoker, never_smoked) AS smoking_taken_on,
            greatest(medrvw_cod, structured_medication_review) AS medicines_reviewed_on, greatest(medrvw_cod, medication_review_any, structured_medication_review) AS medicines_looked_at_on,
            greatest(gp_on, community_on) AS seen_on
        FROM registered);
