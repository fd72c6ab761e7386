import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { type ChaosOptions, report, runChaos } from '#bench/chaos';

// A guard against hanging, longer than a run's own deadlines.
jest.setTimeout(400_000);

// It starts and kills its own broker, and never touches one that was given.
const hasOwnBroker = ['', undefined].includes(process.env['KAFKA_BOOTSTRAP_SERVER']);
const describeWithOwnBroker = hasOwnBroker ? describe : describe.skip;
if (!hasOwnBroker) process.stderr.write('left out: chaos (KAFKA_BOOTSTRAP_SERVER names a broker)\n');

type ChaosRun = Pick<ChaosOptions, 'engine' | 'brokers' | 'ingesters' | 'seed' | 'durationMs'>;

export function describeChaos(run: ChaosRun): void {
  describeWithOwnBroker('promise 1: every message ends exactly once, whatever fails', () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'chaos-'));
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    it(`on ${run.engine} with seed ${run.seed}`, async () => {
      const told: string[] = [];
      const tell = (line: string) => told.push(line);
      const result = await runChaos({ ...run, partitions: 6, rate: 200, folder, tell });
      const { problems, figures } = result;
      expect({ problems, told: problems.length === 0 ? [] : told }).toEqual({ problems: [], told: [] });
      expect(figures).toMatchObject({ duplicates: 0, lost: 0 });
      expect(figures.rows + figures.deadLetters + figures.skipped).toBe(figures.messages);
      expect(figures.acknowledged).toBeGreaterThan(0);
      expect(report(result)).toContain('✓ Every message ended exactly once');
    });
  });
}
