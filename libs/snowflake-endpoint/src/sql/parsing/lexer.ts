import { compilationError } from '../../errors.js';

export interface Token {
  /** `word` is an unquoted name or keyword in upper case, or the column `$1`; `name` a quoted name; `end` the end of the text. */
  kind: 'word' | 'name' | 'text' | 'number' | 'symbol' | 'end';
  value: string;
  at: number;
}

const PATTERN =
  /(?<space>\s+|--[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<word>[A-Za-z_][\w$]*|\$\d+)|"(?<name>(?:[^"]|"")*)"|'(?<text>(?:[^'\\]|''|\\[\s\S])*)'|\$\$(?<dollar>[\s\S]*?)\$\$|(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<symbol>::|=>|->>|<=|>=|<>|!=|\|\||[-+*/%=<>(),.;:?[\]{}@])/gy;

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '0': '\0' };

export function tokens(sql: string): Token[] {
  const found: Token[] = [];
  PATTERN.lastIndex = 0;
  for (let at = 0; at < sql.length; at = PATTERN.lastIndex) {
    const groups = PATTERN.exec(sql)?.groups;
    if (groups === undefined) throw unexpected(sql, at);
    const { word, name, text, dollar, number, symbol } = groups;
    if (word !== undefined) found.push({ kind: 'word', value: word.toUpperCase(), at });
    else if (name !== undefined) found.push({ kind: 'name', value: name.replaceAll('""', '"'), at });
    else if (text !== undefined) found.push({ kind: 'text', value: unescape(text), at });
    else if (dollar !== undefined) found.push({ kind: 'text', value: dollar, at });
    else if (number !== undefined) found.push({ kind: 'number', value: number, at });
    else if (symbol !== undefined) found.push({ kind: 'symbol', value: symbol, at });
  }
  found.push({ kind: 'end', value: '<EOF>', at: sql.length });
  return found;
}

/** Snowflake's message for a syntax error. */
export function unexpected(sql: string, at: number): Error {
  const before = sql.slice(0, at).split('\n');
  const found = /^\S+/.exec(sql.slice(at))?.[0] ?? '<EOF>';
  return compilationError(
    `syntax error line ${before.length} at position ${before.at(-1)?.length ?? 0} unexpected '${found}'.`,
  );
}

function unescape(text: string): string {
  return text.replaceAll(/''|\\x([\da-f]{2})|\\([\s\S])/gi, (match, code?: string, escaped?: string) => {
    if (code !== undefined) return String.fromCharCode(parseInt(code, 16));
    return escaped === undefined ? match.slice(1) : (ESCAPES[escaped] ?? escaped);
  });
}
