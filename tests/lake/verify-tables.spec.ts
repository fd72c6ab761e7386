import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MUTATION_SQL } from '../operator/mutations/index.js';
import { inserted } from '../operator/mutations/mutation.js';
import { environmentOf, operator } from '../operator/operator.js';
import { WAREHOUSES, type Tables } from '../operator/warehouses.js';
import { validOrder } from '../support/bad-input.js';
import { Scenario } from '../support/scenario.js';
import { writeObject, type LakeMessage } from '../support/written-lake.js';

const LETTER = 4;
const GAP = 22;
const END = 30;

/** What `lake verify --warehouse --json` prints, with coordinates that leave out the topic's partition 0. */
interface Answer {
  code: number | null;
  complete: boolean;
  problems: string[];
  notes: string[];
}

describe.each(WAREHOUSES)('operator lake verify --warehouse on %s', (engine, prepare) => {
  let scenario: Scenario;
  let tables: Tables;
  let restore: () => Promise<void>;
  const sql = MUTATION_SQL[engine];
  const at = (offset: number) => sql.at(offset);

  // Three offsets that retention took before they were archived; a dead letter, a tombstone and a gap; two partitions.
  beforeAll(async () => {
    scenario = await Scenario.create('lake-tables', { partitions: 2 });
    tables = await prepare(scenario);
    const events = (first: number, next: number): LakeMessage[] =>
      Array.from({ length: next - first }, (_, index) => ({
        ...validOrder(first + index),
        offset: first + index,
      }));
    const { topic, lakeFolder } = scenario;
    const begun: LakeMessage[] = [
      ...events(3, 4),
      { offset: LETTER, value: '{' },
      { offset: 5, value: null },
    ];
    const first = { topic, partition: 0 };
    await writeObject(lakeFolder, first, { first: 0, next: 10, lost: 3 }, [...begun, ...events(7, 10)]);
    await writeObject(lakeFolder, first, { first: 10, next: 20 }, events(10, 20));
    await writeObject(lakeFolder, first, { first: 20, next: END }, [
      ...events(20, GAP),
      ...events(GAP + 1, END),
    ]);
    await writeObject(lakeFolder, { topic, partition: 1 }, { first: 0, next: 45 }, events(40, 45));
    expect(await operator(env(), 'lake', 'replay', '--yes')).toMatchObject({ code: 0, stderr: '' });
    restore = await tables.save();
  });
  afterAll(async () => {
    await scenario.cleanUp();
    await tables.close();
  });

  const env = () => ({
    ...environmentOf(scenario),
    ...tables.env,
    LAKE_LOCATION: scenario.lakeFolder,
    LAKE_GROUP_ID: `${scenario.group}-lake`,
  });

  async function verify(...args: string[]): Promise<Answer> {
    const { code, stdout } = await operator(
      env(),
      'lake',
      'verify',
      '--warehouse',
      '--offline',
      '--json',
      ...args,
    );
    const { tables: found } = JSON.parse(stdout.replaceAll(`${scenario.topic}-0@`, '@')) as {
      tables: { complete: boolean; partitions: Omit<Answer, 'code' | 'complete'>[] };
    };
    const each = found.partitions;
    return {
      ...{ code, complete: found.complete },
      problems: each.flatMap(({ problems }) => problems),
      notes: each.flatMap(({ notes }) => notes),
    };
  }

  /** Changes the tables, verifies, and restores them. */
  async function after(...statements: string[]): Promise<Answer> {
    for (const statement of statements) await tables.execute(statement);
    try {
      return await verify();
    } finally {
      await restore();
    }
  }

  it('finds nothing if the tables hold what the lake holds', async () => {
    expect(await verify()).toEqual({ code: 0, complete: true, problems: [], notes: [] });
    const { stdout } = await operator(env(), 'lake', 'verify', '--warehouse', '--offline');
    expect(stdout).toContain('The tables hold everything that the lake holds, and nothing else: 75 offsets');
  });

  it('names events and dead letters that only the lake has', async () => {
    const { code, problems } = await after(
      `DELETE FROM RAW_EVENTS_STREAM WHERE ${at(15)} OR ${at(16)} OR ${at(25)}`,
      `DELETE FROM SALES_EVENTS_DLQ WHERE ${at(LETTER)}`,
    );
    expect({ code, problems }).toEqual({
      code: 1,
      problems: [
        '3 offsets are in the lake but in no table: @15-16, @25',
        `1 offsets are in the lake but in no table, and are dead letters by the present contract: @${LETTER}`,
      ],
    });
  });

  it('names rows that only the tables have, and rows that are there twice', async () => {
    const { problems, notes } = await after(
      inserted(sql, scenario.topic, GAP),
      inserted(sql, scenario.topic, 1),
      inserted(sql, scenario.topic, 12),
    );
    expect(problems.join('\n')).toMatch(/^1 offsets have more than one row or dead letter: @12$/m);
    // Without Kafka it is not known whether compaction took the record before it was archived.
    expect(notes.join('\n')).toMatch(/the lake has no record there: @22 .*it may have been there/);
    expect(notes.join('\n')).toMatch(/but not in the lake: retention deleted them .*: @1$/m);
  });

  it('says where the tables begin if old rows were deleted, and does not call them lost', async () => {
    const { code, complete, problems, notes } = await after(
      `DELETE FROM RAW_EVENTS_STREAM WHERE ${Array.from({ length: 12 }, (_, offset) => at(offset)).join(' OR ')}`,
    );
    expect({ code, complete, problems }).toEqual({ code: 0, complete: false, problems: [] });
    expect(notes.join('\n')).toMatch(
      /^6 offsets are in the lake but in no table, before the first row of RAW_EVENTS_STREAM: .*: @3, @7-11$/m,
    );
  });

  it('recognizes dead letters that were handled and then deleted', async () => {
    const metadata = JSON.stringify({ topic: scenario.topic, partition: 0, offset: LETTER });
    const { code, problems, notes } = await after(
      `INSERT INTO DEAD_LETTER_ACTIONS (ACTION, ACTED_BY, EVENT_METADATA) SELECT 'resolve', 'x', ${sql.json(metadata)}`,
      `DELETE FROM SALES_EVENTS_DLQ WHERE ${at(LETTER)}`,
    );
    expect({ code, problems }).toEqual({ code: 0, problems: [] });
    expect(notes).toEqual([
      `1 offsets were dead letters that an operator redrove or resolved, and are deleted from SALES_EVENTS_DLQ: @${LETTER}`,
    ]);
  });

  it('finds everything missing if a table was emptied', async () => {
    const { code, problems } = await after('DELETE FROM RAW_EVENTS_STREAM');
    expect(code).toBe(1);
    expect(problems).toEqual([
      '23 offsets are in the lake but in no table: @3, @7-21, @23-29',
      `5 offsets are in the lake but in no table: ${scenario.topic}-1@40-44`,
    ]);
  });

  it('compares what it can beside a missing object, and what the checkpoints have not reached', async () => {
    const { topic, lakeFolder } = scenario;
    await rm(join(lakeFolder, topic, 'partition=0', `${String(10).padStart(20, '0')}.ndjson.zst`));
    await writeObject(lakeFolder, { topic, partition: 1 }, { first: 45, next: 47 }, []);
    const { code, problems, notes } = await after(`DELETE FROM RAW_EVENTS_STREAM WHERE ${at(25)}`);
    expect({ code, problems }).toEqual({
      code: 1,
      problems: ['1 offsets are in the lake but in no table: @25'],
    });
    expect(notes).toEqual([
      expect.stringContaining('10 offsets were not compared'),
      `${topic}-1@45-46 wait to be stored`,
    ]);
  });
});
