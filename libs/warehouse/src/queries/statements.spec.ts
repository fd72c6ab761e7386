import fc from 'fast-check';
import { DUCKDB_SQL, SNOWFLAKE_SQL, splitStatements } from './statements.js';

const split = (text: string, dialect = DUCKDB_SQL) => splitStatements(text, dialect).map(({ sql }) => sql);

describe('a text of SQL', () => {
  it('is split at semicolons outside of quoted text, names and comments', () => {
    const text = `SELECT ';' AS "a;b"; -- one; two
      /* three; */ SELECT $$;$$, $tag$;$$;$tag$;;SELECT 'it''s;' -- end`;
    expect(split(text)).toEqual([
      `SELECT ';' AS "a;b"`,
      `SELECT $$;$$, $tag$;$$;$tag$`,
      `SELECT 'it''s;' -- end`,
    ]);
  });

  it('says on which line each statement begins, and which is not ended', () => {
    expect(splitStatements('-- what\nSELECT 1;\n\n  SELECT\n2', DUCKDB_SQL)).toEqual([
      { sql: 'SELECT 1', line: 2, isEnded: true },
      { sql: 'SELECT\n2', line: 4, isEnded: false },
    ]);
  });

  it('has backslashes in quoted text on Snowflake only', () => {
    const text = String.raw`SELECT 'a\'; SELECT 2 --'`;
    expect(split(text, DUCKDB_SQL)).toHaveLength(2);
    expect(split(text, SNOWFLAKE_SQL)).toHaveLength(1);
  });

  it('is not ended while quoted text or a comment is open', () => {
    for (const text of [`SELECT 'a;`, 'SELECT "a;', 'SELECT $$;', 'SELECT 1 /* ;']) {
      expect(splitStatements(text, DUCKDB_SQL)).toMatchObject([{ isEnded: false }]);
    }
  });

  it('of any characters is split in time, and loses no code', () => {
    const unit = fc.constantFrom("'", '"', '$', '-', '/', '*', ';', '\\', '\n', 'a');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
        for (const dialect of [DUCKDB_SQL, SNOWFLAKE_SQL]) {
          for (const { sql } of splitStatements(text, dialect)) expect(text).toContain(sql);
        }
      }),
    );
  });
});
