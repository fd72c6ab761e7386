import fc from 'fast-check';
import { UUID_PATTERN } from './contract-schema.js';
import { patterns } from './patterns.js';

/** A UUID with some characters replaced, so that most inputs are near misses. */
const nearUuid = fc
  .tuple(
    fc.uuid(),
    fc.array(fc.tuple(fc.nat(36), fc.nat(1), fc.string({ unit: 'binary', maxLength: 2 })), { maxLength: 2 }),
    fc.boolean(),
  )
  .map(([uuid, edits, isUpper]) => {
    const characters = Array.from(isUpper ? uuid.toUpperCase() : uuid);
    for (const [at, removed, added] of edits) characters.splice(at, removed, added);
    return characters.join('');
  });

describe('patterns', () => {
  it('matches UUIDs exactly as the regular expression does', () => {
    const ours = patterns(UUID_PATTERN, 'u');
    const regExp = new RegExp(UUID_PATTERN, 'u');
    fc.assert(
      fc.property(fc.oneof(fc.uuid(), nearUuid, fc.string()), (text) => {
        expect(ours.test(text)).toBe(regExp.test(text));
      }),
      { numRuns: 5_000 },
    );
    expect(ours.test('00000000-0000-0000-0000-00000000000\u0130')).toBe(false);
  });

  it('uses regular expressions for other patterns', () => {
    expect(patterns('^a+$', 'u').test('aa')).toBe(true);
    expect(patterns('^a+$', 'u').test('ab')).toBe(false);
  });
});
