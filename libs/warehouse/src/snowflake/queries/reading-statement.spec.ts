import { reasonToRefuse } from './reading-statement.js';

describe('a statement for Snowflake', () => {
  it.each([
    'SELECT 1',
    '  (select 1) union (select 2)',
    '-- why\nWITH a AS (SELECT 1) SELECT * FROM a',
    'SHOW TABLES',
    'SHOW TABLES ->> SELECT "name" FROM $1',
    'DESC TABLE RAW_EVENTS_STREAM',
    'EXPLAIN DELETE FROM RAW_EVENTS_STREAM',
    `SELECT 'CALL me' AS "a" -- SYSTEM$`,
  ])('is run if it only reads: %s', (sql) => {
    expect(reasonToRefuse(sql)).toBeNull();
  });

  it.each([
    'DELETE FROM RAW_EVENTS_STREAM',
    'MERGE INTO a USING b ON 1 = 1 WHEN MATCHED THEN DELETE',
    'COPY INTO @stage FROM RAW_EVENTS_STREAM',
    'USE ROLE ACCOUNTADMIN',
    'BEGIN',
    'EXECUTE IMMEDIATE $$ DROP TABLE a $$',
    'SELECT 1 ->> INSERT INTO a SELECT * FROM $1',
    'WITH p AS PROCEDURE () RETURNS INT LANGUAGE SQL AS $$ BEGIN DROP TABLE a; END $$ CALL p()',
    'SELECT SYSTEM$CANCEL_ALL_QUERIES(1)',
    'SELECT SEQUENCE.NEXTVAL',
    '/* SELECT */ TRUNCATE TABLE a',
    '',
  ])('is refused if it may do more: %s', (sql) => {
    expect(reasonToRefuse(sql)).not.toBeNull();
  });
});
