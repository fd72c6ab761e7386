import type { SnowflakeRepository } from '../../writing/snowflake-repository.js';
import type { Claim } from '../claim.js';
import type { Scratch } from '../scratch.js';

const SESSIONS = [1, 2, 4] as const;
const BATCHES = 4;
const ROWS = 200;

/** The basis of estimates for several pods. Emulators say nothing about it: they run any number of statements at once. */
export const THROUGHPUT_CLAIMS: readonly Claim[] = [
  {
    name: 'One, two and four sessions that share a checkpoint table store all their batches',
    documentation: null,
    shownBy: ['endpoint'],
    run: async (scratch) => {
      const owners = await ownersOf(scratch, Math.max(...SESSIONS));
      const measured: string[] = [];
      for (const [round, sessions] of SESSIONS.entries()) {
        const startedAt = performance.now();
        await Promise.all(owners.slice(0, sessions).map((owner, partition) => fill(owner, partition, round)));
        const seconds = (performance.now() - startedAt) / 1_000;
        measured.push(`${sessions}: ${((sessions * BATCHES) / seconds).toFixed(1)}`);
      }
      return `batches/s by sessions: ${measured.join(', ')}`;

      async function fill(owner: SnowflakeRepository, partition: number, round: number): Promise<void> {
        // Whoever takes part in fewer rounds has stored less.
        const before = SESSIONS.slice(0, round).filter((sessions) => partition < sessions).length;
        for (let index = 0; index < BATCHES; index += 1) {
          const from = (before * BATCHES + index) * ROWS;
          const rows = Array.from({ length: ROWS }, (_, row) => scratch.row(from + row, {}, partition));
          const ranges = [scratch.range(from, from + ROWS, partition)];
          await scratch.store(owner, { ...scratch.batch(from, rows), ranges });
        }
      }
    },
  },
];

/** Each owns the partition of its index. */
async function ownersOf(scratch: Scratch, count: number): Promise<SnowflakeRepository[]> {
  const owners: SnowflakeRepository[] = [];
  for (let partition = 0; partition < count; partition += 1) {
    const owner = await scratch.repository();
    await owner.claim([{ topic: scratch.topic, partition, startOffset: 0 }]);
    owners.push(owner);
  }
  return owners;
}
