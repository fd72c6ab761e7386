import { expect } from '@jest/globals';
import type { Batch, EventRepository, Fault, WriteResult } from '#pipeline';

/**
 * Writes a batch as the pipeline does: the same again after a transient fault; one that another try turned out to
 * have stored is left. Without the pipeline's waits, so that what is measured is the adapter.
 *
 * @returns the faults on the way, in their order
 */
export async function writeThrough(repository: EventRepository, batch: Batch, tries = 20): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (let attempt = 1; attempt <= tries; attempt++) {
    const result = await repository.write(batch);
    if (result.kind === 'fault' && result.fault.class === 'transient') {
      faults.push(result.fault);
      continue;
    }
    expectSettled(result, batch);
    return faults;
  }
  throw new Error(`not written after ${tries} tries: ${JSON.stringify(faults.at(-1))}`);
}

function expectSettled(result: WriteResult, { ranges }: Batch): void {
  if (result.kind === 'stored') return;
  expect(result).toMatchObject({
    kind: 'stale',
    checkpoints: ranges.map(({ topic, partition, to }) => ({ topic, partition, nextOffset: to })),
  });
}
