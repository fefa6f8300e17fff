-- Once, at the end: larger groups as sums of the smaller; numerator beside denominator; one file for each view.
CREATE OR REPLACE TEMP TABLE within AS
    SELECT DISTINCT group_type AS smaller_type, group_code AS smaller_code, group_type, group_code FROM tally
    UNION ALL SELECT DISTINCT 'sex', group_code, 'all', 'all' FROM tally WHERE group_type = 'sex'
    UNION ALL SELECT 'practice', group_code, kind, coalesce(code, 'unknown') FROM (SELECT DISTINCT group_code FROM tally WHERE group_type = 'practice')
        LEFT JOIN practice_body b ON b.practice_code = group_code,
        LATERAL (VALUES ('pcn', pcn_code), ('neighbourhood', neighbourhood_code), ('borough', borough_code), ('icb', icb_code)) v(kind, code)
    UNION ALL SELECT 'lsoa', group_code, kind, coalesce(code, 'unknown') FROM (SELECT DISTINCT group_code FROM tally WHERE group_type = 'lsoa')
        LEFT JOIN living_place b ON b.lsoa21 = group_code,
        LATERAL (VALUES ('residence_borough', residence_borough_code), ('imd_decile', imd_decile::VARCHAR), ('imd_quintile', ((imd_decile + 1) // 2)::VARCHAR)) v(kind, code);
CREATE OR REPLACE TEMP TABLE view_of AS FROM (VALUES ('both', 'care'), ('care', 'care'), ('both', 'restricted'), ('restricted', 'restricted')) v(kind, view);
CREATE OR REPLACE TEMP TABLE counted_group AS
    UNPIVOT (SELECT w.group_type, w.group_code, view, sum(COLUMNS(t.* EXCLUDE (group_type, group_code, kind)))::DOUBLE
        FROM tally t JOIN within w ON w.smaller_type = t.group_type AND w.smaller_code = t.group_code JOIN view_of USING (kind) GROUP BY w.group_type, w.group_code, view)
    ON COLUMNS(* EXCLUDE (group_type, group_code, view)) INTO NAME name VALUE value;
CREATE OR REPLACE TEMP TABLE counted_class AS
    SELECT w.group_type, w.group_code, view, definition_id, part, sum(people)::DOUBLE AS people
    FROM class_tally t JOIN within w ON w.smaller_type = t.group_type AND w.smaller_code = t.group_code JOIN view_of USING (kind) GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE counted_row AS
    SELECT group_type, group_code, view, name, sum(value)::DOUBLE AS value FROM row_tally JOIN view_of USING (kind) GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE cube AS
    SELECT view, n.name[3:] AS definition_id, '' AS part, group_type, group_code, n.value AS numerator, d.value AS denominator
    FROM counted_group n JOIN counted_group d USING (view, group_type, group_code)
    WHERE n.name[1:2] IN ('r_', 'f_', 'n_', 's_') AND d.name = CASE n.name[1:2] WHEN 'n_' THEN 'd_' || n.name[3:] WHEN 's_' THEN 'known_' || n.name ELSE 'b_registered' END
    UNION ALL SELECT view, definition_id, part, group_type, group_code, people, sum(people) OVER (PARTITION BY view, definition_id, group_type, group_code) FROM counted_class
    UNION ALL SELECT view, name[3:], '', group_type, group_code, sum(CASE WHEN name[1:2] = 'n_' THEN value ELSE 0 END), sum(CASE WHEN name[1:2] = 'd_' THEN value ELSE 0 END)
    FROM counted_row GROUP BY view, name[3:], group_type, group_code;
COPY (SELECT * EXCLUDE (view) FROM cube WHERE view = 'care') TO (getvariable('target') || '/cube/care.parquet') (COMPRESSION zstd, COMPRESSION_LEVEL 1);
COPY (SELECT * EXCLUDE (view) FROM cube WHERE view = 'restricted') TO (getvariable('target') || '/cube/restricted.parquet') (COMPRESSION zstd, COMPRESSION_LEVEL 1);
