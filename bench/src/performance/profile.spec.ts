import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { REPOSITORY_ROOT } from '#testing';
import { summarize } from './profile.js';

const url = (path: string) => pathToFileURL(join(REPOSITORY_ROOT, path)).href;
const frame = (functionName: string, at: string, lineNumber = 0) => ({ functionName, url: at, lineNumber });

const PROFILE = {
  nodes: [
    { id: 1, callFrame: frame('(root)', ''), children: [2, 3, 6, 7] },
    { id: 2, callFrame: frame('boot', url('node_modules/@nestjs/core/injector.js')) },
    {
      id: 3,
      callFrame: frame('accept', url('dist/libs/pipeline/src/ingestion-pipeline.js')),
      children: [4, 5],
    },
    { id: 4, callFrame: frame('decode', url('dist/libs/events/src/decode.js'), 9) },
    { id: 5, callFrame: frame('parse', '') },
    { id: 6, callFrame: frame('(idle)', '') },
    { id: 7, callFrame: frame('(garbage collector)', '') },
  ],
  samples: [2, 2, 4, 5, 6, 7, 4, 3, 2],
  timeDeltas: [500, 500, 500, 100, 200, 300, 400, 500, 100],
};

describe('the summary of a CPU profile', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'profile-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('adds up own time between the first and the last fetch, and leaves waiting out', async () => {
    const file = join(folder, 'one.cpuprofile');
    await writeFile(file, JSON.stringify(PROFILE));

    const { seconds, hottest, byPlace } = await summarize(file);

    expect(seconds).toBeCloseTo(0.0013);
    expect(hottest.map(({ name }) => name)).toEqual([
      'decode  dist/libs/events/src/decode.js:10',
      '(garbage collector)',
      'parse',
      'accept  dist/libs/pipeline/src/ingestion-pipeline.js:1',
    ]);
    expect(hottest[0]?.share).toBeCloseTo(600 / 1300);
    expect(byPlace.map(({ name }) => name)).toEqual([
      'libs/events',
      '(garbage collector)',
      'V8 and Node in C++',
      'libs/pipeline',
    ]);
  });
});
