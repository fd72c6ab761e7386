import type { Options } from 'ajv/dist/2020.js';
import { UUID_PATTERN } from './contract-schema.js';

type PatternEngine = NonNullable<NonNullable<Options['code']>['regExp']>;

/**
 * The regular expressions of the compiled contracts. Every event has a UUID to match; a loop over its characters takes
 * a fraction of the time of the regular expression.
 */
export const patterns: PatternEngine = Object.assign(
  (pattern: string, flags: string) => (pattern === UUID_PATTERN ? UUID : new RegExp(pattern, flags)),
  { code: 'new RegExp' },
);

const UUID = {
  test: isUuid,
  // Ajv distinguishes patterns by their text.
  toString: () => UUID_PATTERN,
};

const HEX_DIGIT = 1;
const DASH = 2;
/** The kind of each ASCII character, by its code; undefined for other characters. */
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => kindOf(String.fromCharCode(code)));
/** The kind of character at each position of a UUID. */
const FORM = Uint8Array.from('00000000-0000-0000-0000-000000000000', kindOf);

function isUuid(text: string): boolean {
  if (text.length !== FORM.length) return false;
  for (let index = 0; index < FORM.length; index += 1) {
    if (KINDS[text.charCodeAt(index)] !== FORM[index]) return false;
  }
  return true;
}

function kindOf(character: string): number {
  if (character === '-') return DASH;
  return /[0-9a-fA-F]/.test(character) ? HEX_DIGIT : 0;
}
