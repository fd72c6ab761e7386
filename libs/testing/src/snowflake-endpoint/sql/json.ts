import { sqlError } from '../errors.js';
import type { Json } from './types.js';
import { Variant } from './types.js';

/** What the warehouse refuses of JSON that JSON.parse takes. */
export interface JsonRules {
  /** Texts that no parser option lets in, for tests of rows that only the warehouse finds bad. */
  unparseable(text: string): boolean;
  /** The longest text that a VARIANT holds, in bytes: 128 MB, in older accounts 16 MB. */
  maxVariantBytes: number;
}

/**
 * PARSE_JSON. NULL for an empty text. A key that comes twice is an error, except with `d` as the option.
 *
 * @throws SqlError 100069
 */
export function parseJson(text: string, option: string, rules: JsonRules): Variant | null {
  const problem = problemOf(text, option, rules);
  if (problem === 'empty') return null;
  if (problem !== null) throw sqlError('jsonNotParsed', `Error parsing JSON: ${problem}`);
  return Variant.ofText(text);
}

/** TRY_PARSE_JSON: NULL instead of an error. */
export function tryParseJson(text: string, option: string, rules: JsonRules): Variant | null {
  return problemOf(text, option, rules) === null ? Variant.ofText(text) : null;
}

/** CHECK_JSON: what is wrong with the text, or null. */
export function problemOf(text: string, option: string, rules: JsonRules): string | null {
  if (text.trim() === '') return 'empty';
  if (Buffer.byteLength(text) > rules.maxVariantBytes)
    return `document is too large, max size ${rules.maxVariantBytes}`;
  if (rules.unparseable(text)) return 'invalid document';
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return 'invalid document';
  }
  return option !== 'd' && mayHaveTwins(value) && hasTwinKeys(text) ? 'duplicate object attribute' : null;
}

/** A bind holds rows as arrays of scalars, which have no keys: no need to look through megabytes of it. */
function mayHaveTwins(value: Json): boolean {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === 'object' && first !== null && !(Array.isArray(first) && first.every(isScalar));
}

function isScalar(value: Json): boolean {
  return typeof value !== 'object' || value === null;
}

const PUNCTUATION_OR_STRING = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;

/** @param text valid JSON */
function hasTwinKeys(text: string): boolean {
  const open: (Set<string> | null)[] = [];
  let lastString = '';
  for (const [token] of text.matchAll(PUNCTUATION_OR_STRING)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      const keys = open.at(-1);
      const key = JSON.parse(lastString) as string;
      if (keys?.has(key) === true) return true;
      keys?.add(key);
    } else lastString = token;
  }
  return false;
}
