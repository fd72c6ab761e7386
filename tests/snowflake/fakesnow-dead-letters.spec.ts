import { randomUUID } from 'node:crypto';
import {
  describeDeadLetterStoreContract,
  describeRedriving,
  SnowflakeWarehouse,
} from '#testing/warehouse-contract';
import { fakesnowFor } from '../support/fakesnow.js';
import { itIsSkippedWithout } from '../support/optional.js';

const fakesnow = await fakesnowFor('dead letters in Snowflake');

if (fakesnow === null) {
  itIsSkippedWithout('Python');
} else {
  afterAll(() => fakesnow.stop());

  const start = () => {
    const database = `CAVES_${randomUUID().replaceAll('-', '_')}`;
    return SnowflakeWarehouse.start({ accessUrl: fakesnow.url, database });
  };

  describeDeadLetterStoreContract('Snowflake (fakesnow)', { start });

  describe('Snowflake (fakesnow)', () => {
    describeRedriving({ start, contentKept: 'value', refusedContent: null });
  });
}
