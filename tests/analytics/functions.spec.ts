import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';
import { ORDER_ANALYTICS, planSchema } from '#warehouse';

/**
 * Functions that Snowflake's documentation describes as returning a value or NULL for every argument that the views give
 * them. fakesnow and DuckDB convert more than Snowflake does, so only a list can show what would fail there.
 */
const TOTAL = new Set([
  ...['GET_PATH', 'ARRAY_SIZE', 'FLATTEN', 'PARSE_JSON', 'TO_JSON'],
  ...['TRY_CAST', 'TRY_TO_DECIMAL', 'TRY_TO_TIMESTAMP_TZ', 'TO_TIMESTAMP_LTZ'],
  ...['CONVERT_TIMEZONE', 'DATE_TRUNC', 'DATEDIFF', 'HOUR'],
  ...['REGEXP_LIKE', 'REGEXP_REPLACE', 'REPLACE', 'SUBSTR', 'RIGHT', 'RPAD', 'LOWER'],
  ...['COALESCE', 'NULLIF', 'ABS', 'ROUND', 'ROW_NUMBER'],
  ...['COUNT', 'COUNT_IF', 'SUM', 'MIN', 'MAX', 'LISTAGG'],
]);
/** Words that precede a parenthesis. */
const KEYWORDS = new Set('AS AND OR IN OVER GROUP FROM DISTINCT WHEN DECIMAL ORDER_ANALYTICS'.split(' '));
/** A VARIANT to text; a timestamp to a date, or to a timestamp with a time zone. */
const CASTS = ['VARCHAR', 'DATE', 'TIMESTAMPTZ'];

const VIEWS: readonly (readonly [name: string, sql: string])[] = [
  ...globSync('analytics/*.sql', { cwd: REPOSITORY_ROOT })
    .sort()
    .map((path) => [path, readFileSync(join(REPOSITORY_ROOT, path), 'utf8')] as const),
  ...planSchema({ database: 'D', schema: 'S' })
    .filter(({ what }) => what === `the view ${ORDER_ANALYTICS.name}`)
    .map(({ what, sql }) => [what, sql] as const),
];

const withoutComments = (sql: string) => sql.replace(/--.*$/gm, '');
const withoutTexts = (sql: string) => withoutComments(sql).replace(/'[^']*'/g, "''");
const found = (sql: string, pattern: RegExp) => [...sql.matchAll(pattern)].map(([, group = '']) => group);

describe.each(VIEWS)('%s on Snowflake', (_name, sql) => {
  it('calls only functions that cannot fail on a stored value', () => {
    const called = found(withoutTexts(sql), /\b([A-Z_]+) ?\(/g).filter((name) => !KEYWORDS.has(name));
    expect(called.filter((name) => !TOTAL.has(name))).toEqual([]);
    expect(found(withoutTexts(sql), /::(\w+)/g).filter((type) => !CASTS.includes(type))).toEqual([]);
    // The only constant; other text is not parsed as JSON.
    expect(
      found(withoutComments(sql), /\bPARSE_JSON\(([^)]*)\)/g).filter((json) => json !== "'[null]'"),
    ).toEqual([]);
  });

  it('adds up only numbers of at most 18 digits, whose sums fit into 38', () => {
    const isAdded = /\bSUM\(/.test(sql);
    const digits = found(sql, /\bDECIMAL\((\d+), \d+\)/g).map(Number);
    if (isAdded) expect(digits.filter((each) => each > 18)).toEqual([]);
  });

  it('does not depend on parameters of the session', () => {
    const plain = withoutComments(sql);
    // TIMESTAMP_INPUT_FORMAT is the default format.
    const parsed = plain.match(/TRY_TO_TIMESTAMP_TZ\(/g) ?? [];
    expect(plain.match(/'YYYY-MM-DD HH24:MI:SS\.FF9TZH:TZM'/g) ?? []).toHaveLength(parsed.length);
    // DEFAULT_NULL_ORDERING is the default order.
    const orders = found(plain, /OVER \([^]*?ORDER BY ([^)]*)\)/g).flatMap((list) =>
      list.trim().split(/,\s*/),
    );
    expect(orders.filter((each) => !each.endsWith(' NULLS LAST'))).toEqual([]);
    // TIMEZONE is the default zone of a date, an hour and a truncation.
    const zoned = /(DATE_TRUNC\('hour', |HOUR\()(?!CONVERT_TIMEZONE\()/;
    expect(plain).not.toMatch(zoned);
    const dates = plain.match(/.*::DATE\b/g) ?? [];
    expect(dates.filter((line) => !/CONVERT_TIMEZONE\('Europe\/Paris', \w+\)::DATE/.test(line))).toEqual([]);
  });
});

it('the list of functions has none that no view uses', () => {
  const all = VIEWS.map(([, sql]) => withoutTexts(sql)).join('\n');
  expect([...TOTAL].filter((name) => !new RegExp(`\\b${name} ?\\(`).test(all))).toEqual([]);
});
