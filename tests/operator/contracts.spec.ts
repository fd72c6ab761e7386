import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { INPUT_CASES } from '../support/bad-input.js';
import { changedRecords, contractFolder, PUBLISHED, withoutRules } from '../support/contract-files.js';
import { Scenario } from '../support/scenario.js';
import { answerOf, environmentOf, operator } from './operator.js';

const ORDER = {
  event_type: 'ORDER_CREATED',
  order_line_id: '0b3d0f54-9a43-4e54-8b73-2a1d6f6f4a3e',
  customer_id: 5,
  product_id: 1000,
  quantity: 2,
  source_service: 'web-shop',
};

/** After the input cases, so that their outcomes are known. */
const MESSAGES = [
  { value: JSON.stringify({ ...ORDER, emoji: '🍷' }) },
  { value: JSON.stringify({ ...ORDER, quantity: 1 }), headers: { source_service: 'till' } },
  {
    value: JSON.stringify({ ...ORDER, quantity: 1, unit_price: 'twelve' }),
    headers: { source_service: 'till' },
  },
  // Frames of a schema registry, and an event whose text would change a terminal.
  { value: Buffer.from([0, 0, 0, 0, 7, 2, 8]) },
  { value: JSON.stringify({ ...ORDER, quantity: 0, source_service: '\u001b[31mred\u202e' }) },
];

interface Group {
  eventType: string | null;
  producer: string | null;
  field: string;
  count: number;
  examples: string[];
}

interface Report {
  isComplete: boolean;
  records: number;
  unchanged: { stored: number; dead: number; skipped: number };
  newlyDead: { count: number; groups: Group[] };
  rescued: { count: number; groups: Group[] };
  drifted: { count: number; groups: Group[] };
}

describe('operator contracts check', () => {
  let scenario: Scenario;
  let env: Record<string, string>;
  const all = INPUT_CASES.length + MESSAGES.length;
  const count = (outcome: string) => INPUT_CASES.filter(({ expected }) => expected === outcome).length;
  const check = (...args: string[]) => operator(env, 'contracts', 'check', ...args);
  const report = async (...args: string[]) => {
    const { code, stdout, stderr } = await check(...args, '--json');
    expect(stderr).toBe('');
    return { code, report: JSON.parse(stdout) as Report };
  };

  beforeAll(async () => {
    scenario = await Scenario.create('contracts');
    // Neither a warehouse nor the service.
    env = { ...environmentOf(scenario), WAREHOUSE: 'neither' };
    for (const { value, key, headers = {} } of INPUT_CASES)
      await scenario.produce([{ value, key: key ?? null, headers }]);
    await scenario.produce(MESSAGES);
  });
  afterAll(() => scenario.cleanUp());

  it('finds no change between this build and its published schemas, and its exported ones', async () => {
    const exported = join(scenario.folder, 'running.json');
    const { code: exportCode, stdout } = await operator({}, 'contracts', 'export');
    await writeFile(exported, stdout);

    expect(exportCode).toBe(0);
    for (const path of [PUBLISHED, exported]) {
      const { code, report: found } = await report('--against', path);
      expect(found).toMatchObject({
        isComplete: true,
        records: all,
        unchanged: { stored: count('stored') + 3, skipped: count('skipped') },
        newlyDead: { count: 0, groups: [] },
        rescued: { count: 0, groups: [] },
        drifted: { count: 0, groups: [] },
      });
      expect(found.unchanged.dead).toBe(all - found.unchanged.stored - found.unchanged.skipped);
      expect(code).toBe(0);
    }
  });

  it('names what becomes a dead letter by type, field and producer, and exits with 1', async () => {
    const stricter = await contractFolder(join(scenario.folder, 'stricter'), (schema, name) => {
      if (name === 'order_created') schema.properties['quantity'] = { type: 'integer', minimum: 2 };
    });

    const { code, report: found } = await report('--schemas', stricter, '--examples', '1');
    expect(code).toBe(1);
    expect(found.newlyDead).toEqual({
      count: 2,
      groups: [
        {
          eventType: 'ORDER_CREATED',
          field: 'quantity',
          expected: '>= 2',
          found: 'number',
          producer: 'till',
          count: 2,
          examples: [`${scenario.topic}-0@${INPUT_CASES.length + 1}`],
        },
      ],
      ungrouped: 0,
    });
    const text = await check('--schemas', stricter);
    expect(text.code).toBe(1);
    expect(text.stdout).toMatch(/^newly dead +2$/m);
    expect(text.stdout).toMatch(
      /^ +2 +ORDER_CREATED +quantity +number; expected >= 2 +till +\S+@\d+ \S+@\d+$/m,
    );
  });

  it('names what is rescued and what drifts, and exits with 0', async () => {
    const file = join(scenario.folder, 'changes.ndjson');
    const looser = await contractFolder(join(scenario.folder, 'looser'), ({ properties }, name) => {
      if (name === 'inventory_adjusted') return;
      properties['quantity'] = { type: 'integer' };
      properties['unit_price'] = { type: ['number', 'string', 'null'] };
      delete properties['emoji'];
    });

    const { code, stdout } = await check('--schemas', looser, '--changes', file);
    expect(code).toBe(0);
    // No producer can manipulate a terminal.
    expect(stdout).toContain('\\u{1b}[31mred\\u{202e}');
    const at = (offset: number) => `${scenario.topic}-0@${INPUT_CASES.length + offset}`;
    const changes = await changedRecords(file);
    const own = changes.filter(({ id }) => Number(id.split('@')[1]) >= INPUT_CASES.length);
    expect(own).toEqual([
      {
        ...{ id: at(0), change: 'drifted', eventType: 'ORDER_CREATED', producer: 'web-shop' },
        fields: [{ field: 'emoji', drift: 'newly unknown' }],
      },
      {
        ...{ id: at(2), change: 'drifted', eventType: 'ORDER_CREATED', producer: 'till' },
        fields: [{ field: 'unit_price', drift: 'no longer invalid' }],
      },
      {
        ...{ id: at(4), change: 'rescued', eventType: 'ORDER_CREATED', producer: '\u001b[31mred\u202e' },
        fields: [{ field: 'quantity', expected: 'an integer of at least 1', found: 'number' }],
      },
    ]);
    const quantities = INPUT_CASES.filter(
      ({ name }) => name === 'a quantity of 0' || name.startsWith('a header'),
    );
    expect(changes.filter(({ change }) => change === 'rescued')).toHaveLength(1 + quantities.length);
    expect(await check('--schemas', looser, '--changes', file)).toMatchObject({
      code: 69,
      stderr: expect.stringContaining('already exists'),
    });
  });

  it('counts events that would get a contract, or lose it, under each policy', async () => {
    const { code, report: found } = await report('--unknown-event-types', 'dead-letter');
    const unknown = ['"CELLAR_VISITED"', '"a":1}', '["ORDER', '"toString"', '🍷🍷'];
    const expected = INPUT_CASES.filter(
      ({ value, expected: outcome }) =>
        outcome === 'stored' && unknown.some((part) => String(value).includes(part)),
    );
    expect(code).toBe(1);
    expect(found.newlyDead.count).toBe(expected.length);
    const back = await operator(
      { ...env, UNKNOWN_EVENT_TYPES: 'dead-letter' },
      ...['contracts', 'check', '--unknown-event-types', 'store', '--json'],
    );
    expect(back.code).toBe(0);
    expect((JSON.parse(back.stdout) as Report).rescued.count).toBe(expected.length);
  });

  it('begins at --since, and leaves no group and no offset behind', async () => {
    const { code, report: found } = await report('--against', PUBLISHED, '--since', '2999-01-01');
    expect({ code, found }).toMatchObject({ code: 0, found: { isComplete: true, records: 0 } });
    const { stdout } = await check('--against', PUBLISHED);
    expect(stdout).toContain(`${all} records of ${scenario.topic} from the topic, since `);
    const admin = scenario.kafka.admin();
    await admin.connect();
    const { groups } = await admin.listGroups().finally(() => admin.disconnect());
    expect(groups.filter(({ groupId }) => groupId.startsWith(scenario.group))).toEqual([]);
  });

  it('tells apart what it found from what it could not do', async () => {
    const bare = join(scenario.folder, 'bare');
    await contractFolder(bare, withoutRules);
    await writeFile(join(bare, 'order_created.schema.json'), '{"allOf":[]}');
    expect(await check()).toMatchObject({ code: 2, stderr: expect.stringContaining('Nothing to compare') });
    expect(await check('--against', '/nowhere')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--against: /nowhere cannot be read: ENOENT'),
    });
    expect(await check('--schemas', bare)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('order_created.schema.json is not a contract: it uses allOf'),
    });
    expect(await check('--schemas', scenario.folder)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('has no *.schema.json'),
    });
    const elsewhere = { ...env, KAFKA_BOOTSTRAP_SERVER: '127.0.0.1:1' };
    expect(await operator(elsewhere, 'contracts', 'check', '--against', PUBLISHED)).toMatchObject({
      code: 69,
      stdout: '',
      stderr: expect.stringContaining('ECONNREFUSED'),
    });
    expect(
      await operator({ ...env, EVENT_MAX_BYTES: 'x' }, 'contracts', 'check', '--against', PUBLISHED),
    ).toMatchObject({ code: 78, stderr: expect.stringContaining('EVENT_MAX_BYTES') });
  });

  it('reads the same from the lake, also after retention has deleted the topic', async () => {
    const archiver = await scenario.startArchiver();
    await scenario.untilArchived(archiver);
    expect(await archiver.stop()).toBe(0);
    const stricter = join(scenario.folder, 'stricter');
    const given = ['--schemas', stricter, '--json'];
    const inTopic = await check(...given);
    await deleteRecords();
    const lake = { ...env, LAKE_LOCATION: scenario.lakeFolder };
    const inLake = await operator(lake, 'contracts', 'check', '--from', 'lake', ...given);

    expect(inTopic).toMatchObject({ code: 1, stderr: '' });
    const { from, since, ...same } = JSON.parse(inTopic.stdout) as Report & { from: string; since: string };
    expect(inLake.stderr).toBe('');
    expect(JSON.parse(inLake.stdout)).toMatchObject({ ...same, from: 'lake', since: expect.any(String) });
    expect({ from, code: inLake.code, isDated: since !== '' }).toEqual({
      from: 'topic',
      code: 1,
      isDated: true,
    });
    expect(await check('--against', PUBLISHED)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^0 records of/),
    });
    const late = await operator(
      lake,
      ...['contracts', 'check', '--from', 'lake', '--since', '2999-01-01', ...given],
    );
    expect(late).toMatchObject({ code: 69, stderr: expect.stringContaining('has no objects of') });
    expect(await check('--from', 'lake', ...given)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('LAKE_LOCATION is not set'),
    });

    async function deleteRecords(): Promise<void> {
      const admin = scenario.kafka.admin();
      await admin.connect();
      await admin.fetchTopicOffsets(scenario.topic);
      await admin.deleteTopicRecords({
        topic: scenario.topic,
        partitions: [{ partition: 0, offset: '-1' }],
      });
      await admin.disconnect();
    }
  });
});

describe('dead letters that a change of the contracts rescues', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    scenario = await Scenario.create('rescued');
  });
  afterAll(() => scenario.cleanUp());

  it('are those that contracts check predicts, and redrive --rescued sends exactly these', async () => {
    const dead = INPUT_CASES.filter(({ expected }) => expected !== 'skipped');
    for (const { value, key, headers = {} } of dead)
      await scenario.produce([{ value, key: key ?? null, headers }]);
    const before = { ...environmentOf(scenario), UNKNOWN_EVENT_TYPES: 'dead-letter' };
    const after = environmentOf(scenario);
    const ingester = await scenario.startIngester({ UNKNOWN_EVENT_TYPES: 'dead-letter' });
    await scenario.untilSettled(ingester);
    expect(await ingester.stop()).toBe(0);

    const file = join(scenario.folder, 'changes.ndjson');
    const predicted = await operator(
      before,
      ...['contracts', 'check', '--unknown-event-types', 'store', '--changes', file],
    );
    expect(predicted).toMatchObject({ code: 0, stderr: '' });
    const rescued = (await changedRecords(file)).map(({ id }) => id);
    expect(rescued.length).toBeGreaterThan(5);

    const nothing = await operator(before, 'dead-letters', 'redrive', '--rescued', '--dry-run');
    expect(nothing).toMatchObject({ code: 0, stdout: 'No dead letters match.\n' });
    const trial = await answerOf<{ chosen: number; letters: { id: string; outcome: string }[] }>(
      after,
      ...['dead-letters', 'redrive', '--rescued', '--dry-run'],
    );
    expect(trial.letters.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual(
      rescued.map((id) => `${id} send`),
    );
    expect(await answerOf(after, 'dead-letters', 'redrive', '--rescued')).toMatchObject({
      chosen: rescued.length,
      sent: rescued.length,
      leftOut: {},
    });
    expect(await answerOf(after, 'dead-letters', 'redrive', '--rescued')).toMatchObject({
      chosen: 0,
      sent: 0,
    });

    const again = await scenario.startIngester();
    await scenario.untilSettled(again);
    expect(await again.stop()).toBe(0);
    const [stored] = await scenario.query(
      `SELECT count(*) AS STORED, count(DISTINCT REDRIVE_ID) AS IDS FROM SALES_EVENTS_DLQ WHERE STORED_AT IS NOT NULL`,
    );
    expect(stored).toEqual({ STORED: String(rescued.length), IDS: String(rescued.length) });
  });

  it('are sent as they are', async () => {
    for (const option of [['--set', 'a=1'], ['--force'], ['--from-file', 'x']]) {
      const { code, stderr } = await operator(
        environmentOf(scenario),
        ...['dead-letters', 'redrive', '--rescued', ...option],
      );
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/leave out/) });
    }
  });
});
