-- Counts of this range by the smallest groups, and by whom they are for: both views, direct care alone, planning alone.
CREATE TEMP TABLE IF NOT EXISTS tally AS SELECT '' AS group_type, '' AS group_code, kind,
    sum(COLUMNS('^[rfbdn]_')::DOUBLE), sum(COLUMNS('^s_')::DOUBLE), count(COLUMNS('^s_')) AS 'known_\0' FROM answer GROUP BY kind LIMIT 0;
CREATE TEMP TABLE IF NOT EXISTS class_tally (definition_id VARCHAR, part VARCHAR, group_type VARCHAR, group_code VARCHAR, kind VARCHAR, people BIGINT);
CREATE TEMP TABLE IF NOT EXISTS row_tally (group_type VARCHAR, group_code VARCHAR, kind VARCHAR, name VARCHAR, value BIGINT);
[[INSERT INTO tally SELECT '#', coalesce(#_code, 'unknown') AS code, kind, sum(COLUMNS('^[rfbdn]_')::DOUBLE), sum(COLUMNS('^s_')::DOUBLE), count(COLUMNS('^s_'))
    FROM (SELECT *, lsoa21 AS lsoa_code, age_band AS age_band_code, sex AS sex_code, ethnic_group AS ethnic_group_code FROM answer) GROUP BY code, kind;
 : practice lsoa age_band sex ethnic_group]]
INSERT INTO class_tally SELECT definition_id, part, group_type, coalesce(code, 'unknown'), kind, count(*)
    FROM (SELECT kind, practice_code, lsoa21, age_band, sex, ethnic_group, unnest(['bridges_to_health', 'whole_systems_grid', 'cardiovascular_risk_movement', 'children_by_need']) AS definition_id,
            unnest([g_bridges_to_health, g_whole_systems_grid, g_cardiovascular_risk_movement, g_children_by_need]) AS part FROM answer),
        LATERAL (VALUES ('practice', practice_code), ('lsoa', lsoa21), ('age_band', age_band), ('sex', sex), ('ethnic_group', ethnic_group)) v(group_type, code)
    WHERE part IS NOT NULL GROUP BY ALL;
-- Rows by what belongs to the row.
INSERT INTO row_tally SELECT group_type, coalesce(code, 'unknown'), kind, name, sum(value)
    FROM (UNPIVOT (SELECT kind, provider_code, site_code, treatment_function_code, sum(COLUMNS('^[dn]_')::INTEGER) FROM contact_side s JOIN subject p ON p.feature_key = s.person_key
            WHERE p.death_date IS NULL AND p.in_registered_population GROUP BY ALL) ON COLUMNS('^[dn]_') INTO NAME name VALUE value),
        LATERAL (VALUES ('provider', provider_code), ('site', site_code), ('specialty', treatment_function_code)) v(group_type, code) WHERE value > 0 GROUP BY ALL;
INSERT INTO row_tally SELECT group_type, coalesce(code, 'unknown'), kind, name, sum(value)
    FROM (UNPIVOT (SELECT kind, provider_code, site_code, treatment_function_code, sum(COLUMNS('^[dn]_')::INTEGER) FROM emergency_side s JOIN subject p ON p.feature_key = s.person_key
            WHERE p.death_date IS NULL AND p.in_registered_population GROUP BY ALL) ON COLUMNS('^[dn]_') INTO NAME name VALUE value),
        LATERAL (VALUES ('provider', provider_code), ('site', site_code), ('specialty', treatment_function_code)) v(group_type, code) WHERE value > 0 GROUP BY ALL;
INSERT INTO row_tally SELECT group_type, coalesce(code, 'unknown'), kind, name, sum(value)
    FROM (UNPIVOT (SELECT kind, provider_code, site_code, treatment_function_code, sum(COLUMNS('^[dn]_')::INTEGER) FROM visit_side s JOIN subject p ON p.feature_key = s.person_key
            WHERE p.death_date IS NULL AND p.in_registered_population GROUP BY ALL) ON COLUMNS('^[dn]_') INTO NAME name VALUE value),
        LATERAL (VALUES ('provider', provider_code), ('site', site_code), ('specialty', treatment_function_code)) v(group_type, code) WHERE value > 0 GROUP BY ALL;
INSERT INTO row_tally SELECT group_type, coalesce(code, 'unknown'), kind, name, sum(value)
    FROM (UNPIVOT (SELECT kind, provider_code, site_code, treatment_function_code, sum(COLUMNS('^[dn]_')::INTEGER) FROM related_side s JOIN subject p ON p.feature_key = s.person_key
            WHERE p.death_date IS NULL AND p.in_registered_population GROUP BY ALL) ON COLUMNS('^[dn]_') INTO NAME name VALUE value),
        LATERAL (VALUES ('provider', provider_code), ('site', site_code), ('specialty', treatment_function_code)) v(group_type, code) WHERE value > 0 GROUP BY ALL;
INSERT INTO row_tally SELECT group_type, coalesce(code, 'unknown'), kind, name, sum(value)
    FROM (UNPIVOT (SELECT kind, provider_code, site_code, treatment_function_code, sum(COLUMNS('^[dn]_')::INTEGER) FROM birth_side s JOIN subject p ON p.feature_key = s.person_key
            GROUP BY ALL) ON COLUMNS('^[dn]_') INTO NAME name VALUE value),
        LATERAL (VALUES ('provider', provider_code), ('site', site_code), ('specialty', treatment_function_code)) v(group_type, code) WHERE value > 0 GROUP BY ALL;
[[INSERT INTO row_tally SELECT group_type, coalesce(code, 'unknown'), kind, name, sum(value)
    FROM (UNPIVOT (SELECT kind, provider_code, treatment_function_code, sum(COLUMNS('^[dn]_')::INTEGER) FROM #_side s JOIN subject p ON p.feature_key = s.person_key
            WHERE p.death_date IS NULL AND p.in_registered_population GROUP BY ALL) ON COLUMNS('^[dn]_') INTO NAME name VALUE value),
        LATERAL (VALUES ('provider', provider_code), ('specialty', treatment_function_code)) v(group_type, code) WHERE value > 0 GROUP BY ALL;
 : referral nursing wait]]
[[INSERT INTO row_tally SELECT 'provider', coalesce(provider_code, 'unknown'), kind, name, sum(value)
    FROM (UNPIVOT (SELECT kind, provider_code, sum(COLUMNS('^[dn]_')::INTEGER) FROM # s JOIN subject p ON p.feature_key = s.person_key
            WHERE p.death_date IS NULL AND p.in_registered_population GROUP BY ALL) ON COLUMNS('^[dn]_') INTO NAME name VALUE value) WHERE value > 0 GROUP BY ALL;
 : item_side referral_for_bowel]]
