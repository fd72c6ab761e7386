import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { createTopic, uniqueTopic } from '#testing';
import { answerOf, environmentOf, operator } from '../operator/operator.js';
import { validOrder } from '../support/bad-input.js';
import { BOOTSTRAP, Scenario } from '../support/scenario.js';
import { writeObject } from '../support/written-lake.js';

const OBJECT = 10;
const END = 60;
const FOOTER_BYTES = 256;

interface Answer {
  stored: number;
  sent: number;
  restored: { stored: number } | null;
  leftOut: { from: number; to: number | null; key: string | null; why: string }[];
}

describe('operator lake replay --skip-unreadable', () => {
  let scenario: Scenario;
  let env: Record<string, string>;
  const key = (first: number) =>
    `${scenario.topic}/partition=0/${String(first).padStart(20, '0')}.ndjson.zst`;
  const path = (first: number) => join(scenario.lakeFolder, key(first));

  const write = (first: number) => {
    const span = { first, next: first + OBJECT };
    const records = Array.from({ length: OBJECT }, (_, index) => ({
      ...validOrder(),
      offset: first + index,
    }));
    return writeObject(scenario.lakeFolder, { topic: scenario.topic, partition: 0 }, span, records);
  };

  beforeAll(async () => {
    scenario = await Scenario.create('lake-unreadable');
    env = {
      ...environmentOf(scenario),
      LAKE_LOCATION: scenario.lakeFolder,
      LAKE_GROUP_ID: scenario.lakeGroup,
    };
    for (let first = 0; first < END; first += OBJECT) await write(first);
    // Two lines that are no records, an object that is missing, one that is cut off, and one without its footer.
    const content = await readFile(path(10));
    const lines = zstdDecompressSync(content).toString().split('\n');
    lines[4] = 'not a record';
    lines[5] = lines[5]?.slice(0, 30) ?? '';
    await writeFile(
      path(10),
      Buffer.concat([zstdCompressSync(lines.join('\n')), content.subarray(-FOOTER_BYTES)]),
    );
    await rm(path(20));
    const whole = await readFile(path(30));
    await writeFile(path(30), Buffer.concat([whole.subarray(0, 40), whole.subarray(-FOOTER_BYTES)]));
    await truncate(path(50), 100);
  });
  afterAll(() => scenario.cleanUp());

  const leftOut = (): unknown[] => [
    expect.objectContaining({ from: 50, to: null, key: key(50), why: expect.stringContaining('footer') }),
    expect.objectContaining({ from: 14, to: 16, key: key(10), why: expect.stringMatching(/^line 5: /) }),
    expect.objectContaining({ from: 20, to: 30, key: null }),
    expect.objectContaining({
      from: 30,
      to: 40,
      key: key(30),
      why: expect.stringMatching(/^line 1 and the rest/),
    }),
  ];

  it('without it, replay ends, and names the object and the line', async () => {
    const { code, stderr } = await operator(env, 'lake', 'replay', '--yes');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(`${key(50)} is damaged`),
    });
    const deep = await operator(env, 'lake', 'verify', '--deep', '--offline');
    expect(deep.stdout).toContain(
      `${key(10)} is damaged, or not an object of the lake: line 5: it is not a record`,
    );
  });

  it('stores the rest, counts what it left out as lost, and stores that once the objects are back', async () => {
    const found = await answerOf<Answer>(env, 'lake', 'replay', '--yes', '--skip-unreadable');
    expect(found).toMatchObject({ stored: 28 });
    expect(found.leftOut).toEqual(leftOut());
    const { partitions } = await answerOf<{ partitions: { checkpoint: object }[] }>(
      env,
      'checkpoints',
      'list',
    );
    expect(partitions).toMatchObject([{ checkpoint: { nextOffset: 50, stored: 28, lost: 22, gaps: 0 } }]);

    await rm(path(30));
    await write(20);
    await write(30);
    const back = await answerOf<Answer>(
      env,
      'lake',
      'replay',
      '--offsets',
      '0-49',
      '--yes',
      '--skip-unreadable',
    );
    expect(back).toMatchObject({ restored: { stored: 20 } });
    await rm(path(20));
    await rm(path(30));
  });

  it('writes the rest to a topic', async () => {
    const target = uniqueTopic('readable');
    await createTopic(BOOTSTRAP, target);
    const args = ['--to-topic', target, '--yes'];
    const ended = await operator(env, 'lake', 'replay', ...args);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('is damaged') });
    const found = await answerOf<Answer>(env, 'lake', 'replay', ...args, '--skip-unreadable');
    expect(found.sent).toBe(28);
    expect(found.leftOut).toHaveLength(3);
    const printed = await operator(env, 'lake', 'replay', '--offsets', '0-29', ...args, '--skip-unreadable');
    const leftOutText = `Left out: ${scenario.topic}-0@14-15: ${key(10)}, line 5: `;
    expect(printed).toMatchObject({ code: 0, stdout: expect.stringContaining(leftOutText) });
  });
});
