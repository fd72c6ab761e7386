-- Snowflake's functions that the views use, as macros: with them, DuckDB runs the same views.

-- A field of a JSON object: text as it is, other values as JSON, NULL for null and for anything that is not an object.
CREATE OR REPLACE MACRO GET_PATH(content, field) AS json_extract_string(content, field);

CREATE OR REPLACE MACRO PARSE_JSON(content) AS content::JSON;

CREATE OR REPLACE MACRO ARRAY_SIZE(content) AS json_array_length(content);

CREATE OR REPLACE MACRO FLATTEN(input) AS TABLE SELECT unnest(json_extract(input, '$[*]')) AS VALUE;

CREATE OR REPLACE MACRO REGEXP_LIKE(content, pattern) AS regexp_full_match(content, pattern);

-- The time on the clocks of a zone. DuckDB has no timestamp with an offset of its own, so the result has no time zone.
CREATE OR REPLACE MACRO CONVERT_TIMEZONE(zone, moment) AS timezone(zone, moment);

-- Only for the views' own format, which DuckDB's cast reads too.
CREATE OR REPLACE MACRO TRY_TO_TIMESTAMP_TZ(content, format) AS TRY_CAST(content AS TIMESTAMPTZ);

-- Only for milliseconds.
CREATE OR REPLACE MACRO TO_TIMESTAMP_LTZ(number, scale) AS make_timestamptz(TRY_CAST(number AS BIGINT) * 1000);
