import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { type HostileOptions, runHostile } from '#bench/hostile';
import { BOOTSTRAP } from './scenario.js';

// A guard against hanging, longer than a run's own deadlines.
jest.setTimeout(1_200_000);

// kcat (librdkafka) provides the expected offsets and contents, so the test needs it.
const hasKcat = spawnSync('kcat', ['-V']).status === 0;
const describeWithKcat = hasKcat ? describe : describe.skip;
if (!hasKcat) process.stderr.write('left out: a hostile topic (needs kcat)\n');

/** `npm run hostile` tests every codec, and records of 300 MiB. */
export function describeHostileTopic(run: Pick<HostileOptions, 'engine' | 'codecs'>): void {
  describeWithKcat('promise 10: what one message can cost is bounded, whoever sends what', () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'hostile-'));
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    it(`a pod survives a hostile topic on ${run.engine}, compressed with ${run.codecs.join(' and ')}`, async () => {
      const { problems, leftOut, records, watch } = await runHostile({
        ...run,
        folder,
        bootstrapServers: BOOTSTRAP,
        bombMebibytes: 64,
        memoryMebibytes: 768,
        tell: () => undefined,
      });
      for (const what of leftOut) process.stderr.write(`left out of the hostile topic: ${what}\n`);
      expect(problems).toEqual([]);
      expect(records).toBeGreaterThan(300);
      expect(watch.probes).toBeGreaterThan(0);
    });
  });
}
