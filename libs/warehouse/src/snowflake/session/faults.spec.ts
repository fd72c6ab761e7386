import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultText } from '#pipeline';
import { REPOSITORY_ROOT } from '#testing';
import { mayBeData, toFault } from './faults.js';
import { RULES } from './known-codes.js';
import { SnowflakeError } from './snowflake-error.js';

describe('an error of Snowflake', () => {
  it.each([
    ['an aborted transaction', '000615', 'Transaction was aborted, SQL execution canceled'],
    ['a wait for a lock', '000627', "Statement 'x' has locked table 'INGESTION_CHECKPOINTS'"],
  ])('is tried again, and no row is to blame: %s', (_what, code, text) => {
    const error = new SnowflakeError(code, text, true);
    expect(toFault(error)).toMatchObject({ class: 'transient', code });
    expect(mayBeData(error)).toBe(false);
  });

  it.each([
    [
      '390144',
      /key pair is not accepted: JWT token is invalid\. \[0ce9eb56\].*SYSTEM\$GET_LOGIN_FAILURE_DETAILS/,
    ],
    ['394304', /key pair is not accepted.*RSA_PUBLIC_KEY/],
    ['390309', /belongs to another user.*security integration/],
    ['390317', /does not allow the role.*SNOWFLAKE_OAUTH_SCOPE/],
    ['390432', /user with a network policy.*SET NETWORK_POLICY/],
    ['394508', /multi-factor authentication.*key pair/],
  ])('of a login that a person has to mend says how: %s', (code, words) => {
    const fault = toFault(new SnowflakeError(code, 'JWT token is invalid. [0ce9eb56]', false));
    expect(fault).toMatchObject({ class: 'setup', code });
    expect(faultText(fault)).toMatch(words);
  });

  it('may be about a row, unless its code is known to be about something else', () => {
    expect(mayBeData(new SnowflakeError('100069', '', true))).toBe(true);
    expect(mayBeData(new SnowflakeError('123456', '', true))).toBe(true);
    expect(mayBeData(new SnowflakeError('000604', '', true))).toBe(false);
    expect(mayBeData(new SnowflakeError('100069', '', false))).toBe(false);
  });
});

describe('docs/snowflake-protocol.md', () => {
  it('lists every known code with its class and where it is known from', () => {
    const text = readFileSync(join(REPOSITORY_ROOT, 'docs/snowflake-protocol.md'), 'utf8');
    const part = /<!-- codes -->([^]*?)<!-- end of codes -->/.exec(text)?.[1] ?? '';
    const rows = part
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .filter(([, codes = '']) => /\d|[A-Z]_/.test(codes));
    const listed = rows.flatMap(([, codes = '', kind = '']) =>
      codes.split(', ').map((code) => [code, kind === 'row' ? 'data' : kind]),
    );
    expect(Object.fromEntries(listed)).toEqual(
      Object.fromEntries(Object.entries(RULES).map(([code, rule]) => [code, rule.class])),
    );
    for (const row of rows) {
      expect(row).toHaveLength(7);
      expect(row[5]).not.toBe('');
    }
  });
});
