import { randomUUID } from 'node:crypto';
import {
  batch,
  expectStored,
  Fixture,
  letter,
  range,
  row,
  streamingEngine,
  TOPIC,
} from '#testing/warehouse-contract';
import { SALES_EVENTS_DLQ } from '#warehouse';

describe('a redriven message that is read again', () => {
  const fixture = new Fixture(streamingEngine());

  it('is not stored again, even if its batch is prepared', async () => {
    const redriveId = randomUUID();
    const repository = await fixture.open();
    await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
    const failed = batch({ deadLetters: [letter(0)], ranges: [range(0, 1, { deadLettered: 1 })] });
    expectStored(await repository.write(failed));
    await fixture.warehouse.execute(`UPDATE ${SALES_EVENTS_DLQ.name} SET REDRIVE_ID = '${redriveId}'`);
    expectStored(await repository.write(batch({ rows: [row(1, { redriveId })], ranges: [range(1, 2)] })));

    const again = batch({ rows: [row(2, { redriveId })], ranges: [range(2, 3)] });
    repository.prepare?.(again);
    expect(await repository.write(again)).toMatchObject({ kind: 'already-stored', indexes: [0] });
    expectStored(await repository.write(batch({ rows: [row(3)], ranges: [range(2, 4, { skipped: 1 })] })));

    const offsets = (await fixture.events()).map(({ metadata }) => metadata['offset']);
    expect(offsets).toEqual([1, 3]);
  });
});
