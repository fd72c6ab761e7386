import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { CompressionTypes, type Message } from 'kafkajs';
import { registerCodecs } from '#kafka';
import { createTopic, produce, readTopic, uniqueTopic, eventually } from '#testing';
import { BOOTSTRAP, Scenario } from '../support/scenario.js';
import { answerOf, environmentOf, operator } from './operator.js';

const ORDER = {
  event_type: 'ORDER_CREATED',
  order_line_id: '0b3d0f54-9a43-4e54-8b73-2a1d6f6f4a3e',
  customer_id: 5,
  product_id: 1000,
  quantity: 2,
  source_service: 'web-shop',
};

/** One message of each kind, all to partition 0, so that each offset is the index in this list. */
const MESSAGES = [
  { value: JSON.stringify(ORDER) },
  { value: JSON.stringify({ ...ORDER, customer_id: 'five', quantity: undefined }), key: 'line-1' },
  { value: JSON.stringify({ ...ORDER, quantity: 0, source_service: 'till' }) },
  {
    value: Buffer.from([0xff, 0x00, 0x41]),
    headers: { source_service: 'scanner', raw: Buffer.from([0xfe]) },
  },
  { value: '[1, 2]' },
];
const LETTERS = MESSAGES.length - 1;

interface Listed {
  topic: string;
  count: number;
  foreign: { count: number; ids: string[] };
  waiting: number;
  groups: Record<string, unknown>[];
}

interface Exported {
  id: string;
  status: string | null;
}

interface Report {
  sent: number;
  chosen: number;
  leftOut: Record<string, { ids: string[] }>;
}

const lines = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Exported);

describe('dead letters read from the topic, without a warehouse', () => {
  let scenario: Scenario;
  /** Only the Kafka settings. */
  let env: Record<string, string>;
  const id = (offset: number) => `${scenario.topic}-0@${offset}`;
  const list = (...options: string[]) =>
    answerOf<Listed>(env, 'dead-letters', 'list', '--from', 'topic', ...options);

  beforeAll(async () => {
    registerCodecs();
    scenario = await Scenario.create('topic-letters');
    const {
      KAFKA_BOOTSTRAP_SERVER = '',
      KAFKA_TOPIC_NAME = '',
      KAFKA_GROUP_ID = '',
    } = environmentOf(scenario);
    env = { KAFKA_BOOTSTRAP_SERVER, KAFKA_TOPIC_NAME, KAFKA_GROUP_ID };
    await scenario.produce(MESSAGES);
    const ingester = await scenario.startIngester();
    await scenario.untilSettled(ingester);
    expect(await ingester.stop()).toBe(0);
    await spoil(scenario);
  });
  afterAll(() => scenario.cleanUp());

  /** Adds what else a topic may hold: duplicate letters, compressed with each codec, and foreign records. */
  async function spoil({ kafka, deadLetterTopic }: Scenario): Promise<void> {
    const letters = await readTopic(BOOTSTRAP, deadLetterTopic);
    expect(letters).toHaveLength(LETTERS);
    const again = letters.map(({ key, value, headers }) => ({ key, value, headers })) as Message[];
    const producer = kafka.producer();
    await producer.connect();
    const { LZ4, Snappy, ZSTD, GZIP } = CompressionTypes;
    for (const compression of [LZ4, Snappy, ZSTD, GZIP]) {
      await producer.send({ topic: deadLetterTopic, messages: again, compression });
    }
    await producer.disconnect();
    await produce(BOOTSTRAP, deadLetterTopic, [
      { value: 'somebody else' },
      { value: null, headers: { 'dlq.error.type': 'json_decode', 'dlq.source.offset': 'x' } },
    ]);
  }

  it('are counted by kind, each once, with foreign records counted separately', async () => {
    const { stdout, stderr, code } = await operator(env, 'dead-letters', 'list', '--from', 'topic');

    expect(code).toBe(0);
    const [counts, , , ...rows] = stdout.trimEnd().split('\n');
    expect(counts).toBe(`4 dead letters in topic ${scenario.deadLetterTopic}`);
    const cells = rows.map((row) => row.trim().split(/ {2,}/));
    expect(cells.map((row) => row.slice(0, 5))).toEqual(
      expect.arrayContaining([
        ['1', 'invalid_schema', 'ORDER_CREATED', 'customer_id', 'web-shop'],
        ['1', 'invalid_schema', 'ORDER_CREATED', 'quantity', 'web-shop'],
        ['1', 'invalid_schema', 'ORDER_CREATED', 'quantity', 'till'],
        ['1', 'json_decode', '-', '-', 'scanner'],
        ['1', 'not_an_object', '-', '-', '-'],
      ]),
    );
    expect(cells).toHaveLength(5);
    const first = 5 * LETTERS;
    const place = (offset: number) => `${scenario.deadLetterTopic}-0@${offset}`;
    expect(stderr).toContain(`2 records of topic ${scenario.deadLetterTopic} left out`);
    expect(await list()).toMatchObject({
      topic: scenario.deadLetterTopic,
      count: LETTERS,
      foreign: { count: 2, ids: [place(first), place(first + 1)] },
    });
  });

  it('are filtered by every option, like those of the table', async () => {
    const count = async (...options: string[]) => (await list(...options)).count;

    expect(await count('--type', 'invalid_schema')).toBe(2);
    expect(await count('--event-type', 'ORDER_CREATED', '--field', 'quantity', '--producer', 'till')).toBe(1);
    const place = ['--topic', scenario.topic, '--partition', '0', '--offset', '2-4'];
    expect(await count(...place, '--since', '1h')).toBe(3);
    expect(await count('--until', '1h')).toBe(0);
    const { groups } = await list('--by', 'type,hour', '--type', 'json_decode');
    expect(groups).toEqual([
      {
        type: 'json_decode',
        hour: expect.stringMatching(/:00:00\.000Z$/),
        count: 1,
        firstFailedAt: expect.stringMatching(/Z$/),
        lastFailedAt: expect.stringMatching(/Z$/),
        last: id(3),
      },
    ]);
  });

  it('are shown and exported as from the table, except for their status', async () => {
    const path = join(scenario.folder, 'topic.ndjson');
    const shown = await operator(env, 'dead-letters', 'show', id(1), '--from', 'topic');
    const missing = await operator(env, 'dead-letters', 'show', id(0), '--from', 'topic');
    const exported = await operator(env, 'dead-letters', 'export', '--from', 'topic', '--output', path);
    const table = await operator(environmentOf(scenario), 'dead-letters', 'export');

    expect(shown).toMatchObject({ code: 0 });
    expect(shown.stdout).toMatch(/customer_id +an integer.* +string "five"/);
    expect(shown.stdout).toMatch(/Key +line-1/);
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining(`no dead letter ${id(0)}`) });
    expect(exported).toMatchObject({ code: 0 });
    const letters = lines(await readFile(path, 'utf8'));
    expect(letters.map((letter) => letter.id)).toEqual([1, 2, 3, 4].map(id));
    expect(letters).toEqual(lines(table.stdout).map((letter) => ({ ...letter, status: null })));
  });

  it('leave no consumer group and no offset behind', async () => {
    await list();
    const admin = scenario.kafka.admin();
    await admin.connect();
    const { groups } = await admin.listGroups().finally(() => admin.disconnect());
    const named = groups.map(({ groupId }) => groupId).filter((group) => group.startsWith(scenario.group));
    expect(named).toEqual([scenario.group]);
  });

  it('come with the number of offsets that wait behind an open transaction', async () => {
    expect(await list()).toMatchObject({ count: LETTERS, waiting: 0 });
    const producer = scenario.kafka.producer({
      transactionalId: scenario.deadLetterTopic,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    try {
      await transaction.send({ topic: scenario.deadLetterTopic, messages: [{ value: 'somebody else' }] });
      await produce(BOOTSTRAP, scenario.deadLetterTopic, [{ value: 'somebody else' }]);
      const { stderr } = await operator(env, 'dead-letters', 'list', '--from', 'topic');
      expect(stderr).toContain(
        `2 offsets of topic ${scenario.deadLetterTopic} wait behind an open transaction`,
      );
      expect(await list()).toMatchObject({ count: LETTERS, waiting: 2 });
      expect(await operator(env, 'dead-letters', 'show', id(77), '--from', 'topic')).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/no dead letter .*@77[^]*2 offsets .* wait/) as string,
      });
    } finally {
      await transaction.abort();
      await producer.disconnect();
    }
    // The coordinator acknowledges the end of the transaction before it writes the marker.
    await eventually(async () => (await list()).waiting === 0);
    expect(await list()).toMatchObject({ count: LETTERS });
  });

  it('are refused to commands that need the table', async () => {
    const refused = (...args: string[]) => operator(env, 'dead-letters', ...args, '--from', 'topic');

    expect(await refused('list', '--status', 'open')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('only the table has the status'),
    });
    expect(await refused('resolve', '--all', '--reason', 'x')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('resolve marks letters in the table'),
    });
    const redrive = await refused('redrive', '--all');
    expect(redrive).toMatchObject({ code: 78, stdout: '' });
    expect(redrive.stderr).toContain('redrive needs the dead-letter table');
    expect(await readTopic(BOOTSTRAP, scenario.topic)).toHaveLength(MESSAGES.length);
  });

  it('report a missing or empty topic and an unreachable broker early', async () => {
    const empty = uniqueTopic('empty');
    await createTopic(BOOTSTRAP, empty);
    const from = (over: Record<string, string>) =>
      operator({ ...env, ...over }, 'dead-letters', 'list', '--from', 'topic');

    expect(await from({ DLQ_TOPIC: empty })).toMatchObject({
      code: 0,
      stdout: `No dead letters in topic ${empty}\n`,
      stderr: '',
    });
    const missing = await from({ DLQ_TOPIC: 'there-is-none' });
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toContain('there-is-none');
    expect(missing.stderr).toContain('DLQ_TOPIC');
    expect(await from({ KAFKA_BOOTSTRAP_SERVER: '127.0.0.1:1' })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it.each([
    ['hangs up', (socket: Socket) => socket.destroy(), /If this lasts/],
    ['never answers', (socket: Socket) => socket.resume(), /did not respond .*\(KAFKA_SILENT\)/],
  ])('and gives up soon on something that %s', async (_what, behave, words) => {
    let accepted = 0;
    const server = createServer((socket) => {
      accepted += 1;
      behave(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      const elsewhere = { ...env, KAFKA_BOOTSTRAP_SERVER: `127.0.0.1:${port}` };
      expect(await operator(elsewhere, 'dead-letters', 'list', '--from', 'topic')).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(words),
      });
      expect(accepted).toBeGreaterThan(0);
      // One for each attempt of a command.
      expect(accepted).toBeLessThanOrEqual(3);
    } finally {
      server.close();
    }
  });
});

describe('a dead letter redriven from the topic', () => {
  it('is stored once, whether it is read from the topic or from the table', async () => {
    const scenario = await Scenario.create('topic-redrive');
    const env = environmentOf(scenario);
    const id = (offset: number) => `${scenario.topic}-0@${offset}`;
    const redrive = (...args: string[]) => answerOf<Report>(env, 'dead-letters', 'redrive', ...args);
    const ingest = async () => {
      const ingester = await scenario.startIngester();
      await scenario.untilSettled(ingester);
      expect(await ingester.stop()).toBe(0);
    };
    const bad = (product: number) => JSON.stringify({ ...ORDER, product_id: product, customer_id: 'five' });
    try {
      await scenario.produce([
        { key: 'line-0', value: bad(1000), headers: { trace: ['a', 'b'] } },
        { value: bad(1001) },
        { value: 'no json' },
      ]);
      await ingest();
      const letters = await readTopic(BOOTSTRAP, scenario.deadLetterTopic);
      // A duplicate of each, as after a kill, and one letter that the table does not have.
      const [first] = letters;
      await produce(BOOTSTRAP, scenario.deadLetterTopic, [
        ...letters.map(({ key, value, headers }) => ({ key, value, headers })),
        { value: bad(1009), headers: { ...first?.headers, 'dlq.source.offset': '99' } },
      ]);

      const mend = ['--from', 'topic', '--field', 'customer_id', '--set', 'customer_id=7'];
      expect(await redrive(...mend, '--dry-run')).toMatchObject({ sent: 2, chosen: 3 });
      expect(await redrive(id(0), ...mend)).toMatchObject({ sent: 1, chosen: 1 });
      expect(await redrive('--set', 'customer_id=7', '--offset', '1')).toMatchObject({ sent: 1 });
      expect(await redrive(...mend)).toMatchObject({
        sent: 0,
        chosen: 1,
        leftOut: { 'not-in-table': { ids: [id(99)] } },
      });
      // Sent twice on purpose: first read from the topic, then from the table, and the reverse.
      expect(await redrive(...mend, '--status', 'redriven')).toMatchObject({ sent: 2 });
      const mendTable = mend.slice(2);
      expect(await redrive(...mendTable, '--status', 'redriven')).toMatchObject({ sent: 2 });
      await ingest();

      const stored = await scenario.query(
        'SELECT PRODUCT_ID, CUSTOMER_ID FROM RAW_EVENTS_STREAM ORDER BY PRODUCT_ID',
      );
      expect(stored).toEqual(['1000', '1001'].map((PRODUCT_ID) => ({ PRODUCT_ID, CUSTOMER_ID: '7' })));
      expect(await redrive(id(0), id(1), '--from', 'topic')).toMatchObject({
        sent: 0,
        leftOut: { stored: { ids: [id(0), id(1)] } },
      });
      const [sent] = (await readTopic(BOOTSTRAP, scenario.topic)).slice(3);
      expect(sent).toMatchObject({ key: Buffer.from('line-0') });
      expect(sent?.headers).toEqual({
        trace: [Buffer.from('a'), Buffer.from('b')],
        'dlq.attempt': Buffer.from('1'),
        'dlq.redrive.id': expect.any(Buffer),
      });
    } finally {
      await scenario.cleanUp();
    }
  });
});
