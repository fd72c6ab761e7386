export interface Statement {
  sql: string;
  /** The line on which it begins, from 1. */
  line: number;
  /** Whether a semicolon ends it. */
  isEnded: boolean;
}

/** How a warehouse writes text. */
export interface SqlDialect {
  /** Whether a backslash escapes the next character within quotation marks. */
  backslashEscapes: boolean;
}

export const DUCKDB_SQL: SqlDialect = { backslashEscapes: false };
export const SNOWFLAKE_SQL: SqlDialect = { backslashEscapes: true };

/** Quoted text and comments, also unterminated ones at the end of the text. */
function opaque({ backslashEscapes }: SqlDialect): RegExp {
  const quoted = backslashEscapes
    ? String.raw`'(?:[^'\\]|\\[^]|'')*(?:'|$)`
    : String.raw`'(?:[^']|'')*(?:'|$)`;
  const name = String.raw`"(?:[^"]|"")*(?:"|$)`;
  const dollars = String.raw`\$(\w*)\$[^]*?(?:\$\1\$|$)`;
  const comments = String.raw`--[^\n]*|\/\*[^]*?(?:\*\/|$)`;
  return new RegExp([quoted, name, dollars, comments].join('|'), 'g');
}

/** The text with quoted text and comments blanked, each character in its position. Names in quotation marks stay. */
export function codeOf(text: string, dialect: SqlDialect): string {
  return text.replace(opaque(dialect), (found) =>
    found.startsWith('"') ? found.replaceAll(';', ' ') : found.replace(/[^\n]/g, ' '),
  );
}

/** Splits a text at the semicolons outside of quoted text and comments. Leaves out what has nothing but comments. */
export function splitStatements(text: string, dialect: SqlDialect): Statement[] {
  const code = codeOf(text, dialect);
  const statements: Statement[] = [];
  let from = 0;
  while (from < text.length) {
    const semicolon = code.indexOf(';', from);
    const isEnded = semicolon !== -1;
    const to = isEnded ? semicolon : text.length;
    const begin = from + code.slice(from, to).search(/\S|$/);
    if (begin < to) {
      const line = code.slice(0, begin).split('\n').length;
      statements.push({ sql: text.slice(begin, to).trimEnd(), line, isEnded });
    }
    from = to + 1;
  }
  return statements;
}
