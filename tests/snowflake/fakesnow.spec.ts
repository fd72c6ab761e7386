import { randomUUID } from 'node:crypto';
import { FaultError, type Checkpoint, type EventRepository, type PartitionStart } from '#pipeline';
import { describeClaiming } from '../../libs/warehouse/src/contract/claiming.contract.js';
import { describeEventRepositoryContract } from '../../libs/warehouse/src/contract/event-repository.contract.js';
import type { ContractEngine } from '../../libs/warehouse/src/contract/fixture.js';
import { describeOwnership } from '../../libs/warehouse/src/contract/ownership.contract.js';
import { SnowflakeWarehouse } from '../../libs/warehouse/src/contract/snowflake-warehouse.js';
import { fakesnowFor, itIsLeftOut } from '../support/fakesnow.js';

const fakesnow = await fakesnowFor('the Snowflake adapter');

if (fakesnow === null) {
  itIsLeftOut();
} else {
  afterAll(() => fakesnow.stop());

  const engine = (checkpointTables: number): ContractEngine => ({
    start: async () => {
      const database = `CAVES_${randomUUID().replaceAll('-', '_')}`;
      const { url: accessUrl } = fakesnow;
      const warehouse = await SnowflakeWarehouse.start({ accessUrl, database, checkpointTables });
      const repository = warehouse.repository.bind(warehouse);
      return Object.assign(warehouse, {
        repository: (group: string) => tryingAgain(repository(group)),
      });
    },
    contentKept: 'value',
    refusedContent: '{"event_type":"ORDER_CREATED","note":"\\ud800"}',
  });
  describeEventRepositoryContract('Snowflake, as fakesnow has it,', engine(1));
  describe('Snowflake, as fakesnow has it, with three tables of checkpoints', () => {
    describeClaiming(engine(3));
    describeOwnership(engine(3));
  });
}

/**
 * Where Snowflake waits for a lock, fakesnow fails with HTTP 500. The call is made again, as the pipeline does after every
 * transient fault.
 */
function tryingAgain(repository: EventRepository): EventRepository {
  const claim = repository.claim.bind(repository);
  const identity = repository.identity.bind(repository);
  return Object.assign(repository, {
    claim: (partitions: PartitionStart[]): Promise<Checkpoint[]> => again(() => claim(partitions)),
    identity: (): Promise<string> => again(identity),
  });
}

async function again<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      const isOver = !(error instanceof FaultError) || error.fault.class !== 'transient' || tries === 20;
      if (isOver) throw error;
    }
  }
}
