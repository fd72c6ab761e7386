import { randomUUID } from 'node:crypto';
import { FaultError, type Checkpoint, type EventRepository, type PartitionStart } from '#pipeline';
import type { FakesnowServer } from '#testing';
import { type ContractEngine, SnowflakeWarehouse } from '#testing/warehouse-contract';

/** The Snowflake adapter on fakesnow, with a separate database for each test. */
export function engineOn({ url: accessUrl }: FakesnowServer, checkpointTables = 1): ContractEngine {
  return {
    start: async () => {
      const database = `CAVES_${randomUUID().replaceAll('-', '_')}`;
      const warehouse = await SnowflakeWarehouse.start({ accessUrl, database, checkpointTables });
      const repository = warehouse.repository.bind(warehouse);
      return Object.assign(warehouse, {
        repository: (group: string) => tryingAgain(repository(group)),
      });
    },
    contentKept: 'value',
    refusedContent: '{"event_type":"ORDER_CREATED","note":"\\ud800"}',
  };
}

/**
 * Where Snowflake waits for a lock, fakesnow fails with HTTP 500. The call is retried, as the pipeline does after every
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
