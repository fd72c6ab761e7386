import { randomUUID } from 'node:crypto';
import { CLAIM_GROUPS } from '#warehouse';
import { answerOf } from '../operator/operator.js';
import { fakesnowFor } from '../support/fakesnow.js';
import { itIsSkippedWithout } from '../support/optional.js';
import { snowflakeEnv } from '../support/snowflake-env.js';

const CLAIMS = CLAIM_GROUPS.flatMap(({ claims }) => claims);

interface Report {
  claims: { claim: string; result: string; seen: string }[];
  leftToDrop: string[];
}

const fakesnow = await fakesnowFor('what the adapter says about Snowflake');

if (fakesnow === null) itIsSkippedWithout('Python');
else {
  describe('what the adapter says about Snowflake', () => {
    afterAll(() => fakesnow.stop());

    it('holds on fakesnow as far as it supports it', async () => {
      const env = {
        ...snowflakeEnv(fakesnow),
        SNOWFLAKE_DATABASE: `CAVES_${randomUUID().replaceAll('-', '_')}`,
      };
      const { claims, leftToDrop } = await answerOf<Report>(
        env,
        'verify-snowflake',
        '--emulator',
        'fakesnow',
      );
      expect(leftToDrop).toEqual([]);
      expect(claims.filter(({ result }) => result === 'holds').map(({ claim }) => claim)).toEqual(
        CLAIMS.filter(({ shownBy }) => shownBy.includes('fakesnow')).map(({ name }) => name),
      );
      expect(claims.filter(({ result }) => result === 'not supported')).not.toEqual([]);
    });
  });
}
