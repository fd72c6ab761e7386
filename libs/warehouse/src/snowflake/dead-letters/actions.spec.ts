import { randomUUID } from 'node:crypto';
import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { batch, GROUP, letter, range, SnowflakeWarehouse, TOPIC } from '#testing/warehouse-contract';
import type { DeadLetterKey } from '../../dead-letters/dead-letter-store.js';
import { DEAD_LETTER_ACTIONS } from '../../tables.js';
import type { SnowflakeDeadLetterStore } from './snowflake-dead-letter-store.js';

const BY = { user: "O'Brien", reason: 'fixed at "the source"' };

describe('what operators do in Snowflake', () => {
  let endpoint: SnowflakeEndpoint;
  let warehouse: SnowflakeWarehouse;
  let store: SnowflakeDeadLetterStore;
  const at = (offset: number): DeadLetterKey => ({
    topic: TOPIC,
    partition: 0,
    offset,
    timestampMs: letter(offset).message.timestampMs,
  });

  beforeEach(async () => {
    endpoint = await SnowflakeEndpoint.start();
    warehouse = await SnowflakeWarehouse.start({ accessUrl: endpoint.url });
    const repository = warehouse.repository(GROUP);
    expect(await repository.open()).toEqual([]);
    await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
    const deadLetters = [letter(0), letter(1)];
    const ranges = [range(0, 2, { deadLettered: 2 })];
    expect(await repository.write(batch({ deadLetters, ranges }))).toMatchObject({ kind: 'stored' });
    await repository.close();
    store = warehouse.deadLetters();
  });
  afterEach(async () => {
    await store.close();
    await endpoint.close();
  });

  it('is recorded in the transaction that changes the letters', async () => {
    expect(await store.open()).toEqual([]);
    const redriveId = randomUUID();
    await store.markRedriven([{ ...at(0), redriveId, changed: 'customer_id' }], { ...BY, reason: null });
    await store.resolve([at(0)], BY);

    expect(await store.actions(at(0))).toEqual([
      expect.objectContaining({
        action: 'redrive',
        by: BY.user,
        reason: null,
        changed: 'customer_id',
        redriveId,
      }),
      expect.objectContaining({ action: 'resolve', by: BY.user, reason: BY.reason, changed: null }),
    ]);
    expect(await store.actions(at(1))).toEqual([]);
    expect(endpoint.journal.unknown).toEqual([]);
  });

  it('is refused before anything changes where an earlier schema has no table for it, and letters stay readable', async () => {
    await warehouse.execute(`DROP TABLE ${DEAD_LETTER_ACTIONS.name}`);
    expect(await store.open()).toEqual([]);

    expect(await store.actions(at(0))).toEqual([]);
    const refused = 'operator schema apply';
    await expect(store.claim([{ ...at(0), redriveId: randomUUID() }])).rejects.toThrow(refused);
    await expect(store.resolve([at(0)], BY)).rejects.toThrow(refused);
    const [row] = await warehouse.rows({
      name: 'SALES_EVENTS_DLQ',
      columns: [{ name: 'RESOLVED_AT', kind: 'timestamp', required: false }],
    });
    expect(row).toEqual({ RESOLVED_AT: null });
  });
});
