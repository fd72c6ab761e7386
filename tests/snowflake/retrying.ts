import { expect } from '@jest/globals';
import type { Batch, EventRepository, Fault, WriteResult } from '#pipeline';

/**
 * Writes a batch as the pipeline does: retries it after a transient fault, and stops if an earlier attempt turns out to
 * have stored it. Without the pipeline's backoff, so that only the adapter is measured.
 *
 * @returns the faults on the way, in order
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
  throw new Error(`not written after ${tries} attempts: ${JSON.stringify(faults.at(-1))}`);
}

function expectSettled(result: WriteResult, { ranges }: Batch): void {
  if (result.kind === 'stored') return;
  expect(result).toMatchObject({
    kind: 'stale',
    checkpoints: ranges.map(({ topic, partition, to }) => ({ topic, partition, nextOffset: to })),
  });
}
