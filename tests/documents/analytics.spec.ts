import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '#testing';
import { blocks, document, generatedPart } from './markdown.js';
import { runScript } from './script.js';

const { path, text } = document('analytics/README.md');
const TRY_THEM = { path, text: /^## Try them\n[^]*?(?=^## )/m.exec(text)?.[0] ?? '' };

describe('analytics/README.md', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'analytics-page-'));
    // A run uses the broker's port of the run before. Without one, runs of other tests would take the same usual port.
    await mkdir(join(folder, 'demo/data'), { recursive: true });
    await writeFile(join(folder, 'demo/data/broker.port'), String(await freePort()));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('says how to try the views after npm start, and shows the columns that come', async () => {
    const commands = blocks(TRY_THEM, 'sh')
      .join('\n')
      .replaceAll('npm start --', 'npm run -s local --')
      .replaceAll('demo', join(folder, 'demo'));
    const output = await runScript(commands, { HOME: folder, METRICS_PORT: String(await freePort()) });

    expect(output).toContain('done  the view UNREADABLE_VALUES\n');
    const shown = generatedPart(TRY_THEM, 'output').split('\n');
    const heads = shown.filter((line) => /^[A-Z_]+( +[A-Z_]+)+$/.test(line)).map(words);
    expect(heads).toHaveLength(2);
    expect(output.split('\n').map(words)).toEqual(expect.arrayContaining(heads));
    const channels = shown
      .filter((line) => /^(Boutique|E-com)/.test(line))
      .map((line) => line.split('  ')[0]);
    for (const channel of channels) expect(output).toMatch(new RegExp(`^${channel} +\\d+ +[\\d.]+$`, 'm'));
    expect(channels).toHaveLength(4);
  });
});

function words(line: string): string {
  return line.replace(/ +/g, ' ');
}
