import { randomUUID } from 'node:crypto';
import { FakesnowServer, FakesnowUnavailable } from '#testing';
import { describeDeadLetterStoreContract } from '../../libs/warehouse/src/contract/dead-letter-store.contract.js';
import { describeRedriving } from '../../libs/warehouse/src/contract/redriving.contract.js';
import { SnowflakeWarehouse } from '../../libs/warehouse/src/contract/snowflake-warehouse.js';

const isMandatory = process.env['CI'] !== undefined;
const fakesnow = await started();

/** Where there is no Python the suite is left out, and says so; but not where everything has to be checked. */
async function started(): Promise<FakesnowServer | null> {
  try {
    return await FakesnowServer.start();
  } catch (error) {
    if (!(error instanceof FakesnowUnavailable) || isMandatory) throw error;
    process.stdout.write(`Left out: dead letters in Snowflake on fakesnow: ${error.message}\n`);
    return null;
  }
}

if (fakesnow === null) {
  it('is left out without Python', () => {
    expect(isMandatory).toBe(false);
  });
} else {
  afterAll(() => fakesnow.stop());

  const start = () => {
    const database = `CAVES_${randomUUID().replaceAll('-', '_')}`;
    return SnowflakeWarehouse.start({ accessUrl: fakesnow.url, database });
  };

  describeDeadLetterStoreContract('Snowflake, as fakesnow has it,', { start });

  describe('Snowflake, as fakesnow has it,', () => {
    describeRedriving({ start, contentKept: 'value', refusedContent: null });
  });
}
