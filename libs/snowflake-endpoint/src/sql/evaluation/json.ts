import { sqlError } from '../../errors.js';
import type { Json } from '../types.js';
import { Variant } from '../types.js';

/** What the warehouse refuses although JSON.parse accepts it. */
export interface JsonRules {
  /** Objects to refuse with any option, for tests of events that only the warehouse refuses. Not called for lists. */
  unparseable(text: string): boolean;
  /** For benchmarks: takes text in braces for an object, and the rows of a long list for copies of the third, unseen. */
  trusting: boolean;
  /** The limit of a VARIANT's text, in bytes: 128 MB, in older accounts 16 MB. */
  maxVariantBytes: number;
}

type Reading = { value: Json } | { problem: string };

const EMPTY = 'empty document';

/**
 * PARSE_JSON. Returns NULL for an empty text. A duplicate key is an error, except with the option `d`.
 *
 * @throws SqlError 100069
 */
export function parseJson(text: string, option: string, rules: JsonRules): Variant | null {
  const read = readJson(text, option, rules);
  if ('value' in read) return Variant.ofText(text, read.value);
  if (read.problem === EMPTY) return null;
  throw sqlError('jsonNotParsed', `Error parsing JSON: ${read.problem}`);
}

/** TRY_PARSE_JSON: NULL instead of an error. */
export function tryParseJson(text: string, option: string, rules: JsonRules): Variant | null {
  if (rules.trusting && text.startsWith('{') && text.endsWith('}')) return Variant.ofText(text);
  const read = readJson(text, option, rules);
  return 'value' in read ? Variant.ofText(text, read.value) : null;
}

/** Statements parse the same text in their WHERE and in their SELECT, so the last results are cached. */
const recent: { text: string; option: string; rules: JsonRules; read: Reading }[] = [];
const RECENT = 3;
/** A bind of megabytes is parsed only once. */
const MAX_REMEMBERED = 100_000;

function readJson(text: string, option: string, rules: JsonRules): Reading {
  for (const known of recent) {
    if (known.text === text && known.option === option && known.rules === rules) return known.read;
  }
  const read = readAnew(text, option, rules);
  if (text.length > MAX_REMEMBERED) return read;
  if (recent.length === RECENT) recent.shift();
  recent.push({ text, option, rules, read });
  return read;
}

function readAnew(text: string, option: string, rules: JsonRules): Reading {
  // No character takes more than 3 bytes, so the cheap test comes first.
  if (text.length * 3 > rules.maxVariantBytes && Buffer.byteLength(text) > rules.maxVariantBytes) {
    return { problem: `document is too large, max size ${rules.maxVariantBytes}` };
  }
  if (text.startsWith('{') && rules.unparseable(text)) return { problem: 'invalid document' };
  try {
    const value = JSON.parse(text) as Json;
    const hasTwins =
      option !== 'd' && mayHaveTwins(value) && JSON.stringify(value) !== text && hasTwinKeys(text);
    return hasTwins ? { problem: 'duplicate object attribute' } : { value };
  } catch {
    return { problem: text.trim() === '' ? EMPTY : 'invalid document' };
  }
}

/** A bind holds rows as arrays of scalars, which have no keys, so its megabytes need no search. */
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
