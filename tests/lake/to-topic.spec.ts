import { kafkaClient, readTopic, topicExtent } from '#kafka';
import { toLine } from '#lake';
import { loadKafkaSettings } from '#settings';
import { createTopic, eventually, logEnds, uniqueTopic } from '#testing';
import type { Message } from '#pipeline';
import { environmentOf, operator, spawnOperator, startOperator } from '../operator/operator.js';
import { validOrder } from '../support/bad-input.js';
import { BOOTSTRAP, Scenario } from '../support/scenario.js';
import { STARTED_MS, writeObject, type LakeMessage } from '../support/written-lake.js';

const OBJECT = 500;
const END = 4_000;

/** Every kind of record; some offsets have none. */
function recordsOf(partition: number): LakeMessage[] {
  const records = Array.from({ length: END }, (_, offset): LakeMessage => ({
    ...validOrder(offset),
    offset,
  }));
  const [first, second, third, fourth] = records;
  Object.assign(first ?? {}, { value: null, key: null });
  Object.assign(second ?? {}, { timestampMs: 0, headers: { empty: null, text: Buffer.from('é') } });
  Object.assign(third ?? {}, {
    timestampMs: STARTED_MS - 86_400_000,
    headers: { twice: [Buffer.from([0xff, 0x00]), null], 'dlq.attempt': Buffer.from('2') },
  });
  Object.assign(fourth ?? {}, { value: '', key: '' });
  return records.filter(({ offset }) => offset % 7 !== 5 || partition === 0);
}

describe('operator lake replay --to-topic', () => {
  let scenario: Scenario;
  let target: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    scenario = await Scenario.create('lake-to-topic', { partitions: 2 });
    env = {
      ...environmentOf(scenario),
      LAKE_LOCATION: scenario.lakeFolder,
      LAKE_GROUP_ID: scenario.lakeGroup,
    };
    for (const partition of [0, 1]) {
      const records = recordsOf(partition);
      for (let first = 0; first < END; first += OBJECT) {
        const next = first + OBJECT;
        const own = records.filter(({ offset }) => offset >= first && offset < next);
        await writeObject(scenario.lakeFolder, { topic: scenario.topic, partition }, { first, next }, own);
      }
    }
  });
  beforeEach(async () => {
    target = uniqueTopic('again');
    await createTopic(BOOTSTRAP, target, { partitions: 2 });
  });
  afterAll(() => scenario.cleanUp());

  const replay = (...args: string[]) => ['lake', 'replay', '--to-topic', target, ...args];

  /** The committed records of a partition as lines of the lake, without what the topic decides. */
  async function lines(topic: string, partition: number): Promise<string[]> {
    const { kafka: settings } = loadKafkaSettings(env);
    const kafka = kafkaClient(settings, () => () => undefined);
    const { extent } = await topicExtent(kafka, topic);
    const found: string[] = [];
    for await (const messages of readTopic(kafka, settings, topic, extent))
      for (const message of messages) if (message.partition === partition) found.push(lineOf(message));
    return found;
  }
  const lineOf = ({ topic, partition, timestampMs, key, value, headers }: Message) =>
    toLine({ topic, partition, offset: 0, timestampMs, key, value, headers });
  const expected = (partition: number, from = 0, to = END) =>
    recordsOf(partition).filter(({ offset }) => offset >= from && offset < to).length;

  it('writes each record once, in order and unchanged, though it is killed, stopped and run twice at once', async () => {
    const written = async () => [...(await logEnds(BOOTSTRAP, target)).values()].some((end) => end > 1);
    const killed = spawnOperator(env, ...replay('--yes', '--rate', '300'));
    await eventually(written, { describe: 'the first transaction' });
    killed.kill();
    await killed.exited;

    const stopped = startOperator(env, ...replay('--yes', '--rate', '700'));
    await eventually(
      async () => [...(await logEnds(BOOTSTRAP, target)).values()].some((end) => end > 1_000),
      { describe: 'more transactions' },
    );
    stopped.interrupt();
    expect(await stopped.exited).toBe(1);
    expect(stopped.answer.stdout).toContain('run the command again to continue');

    const both = [startOperator(env, ...replay('--yes')), startOperator(env, ...replay('--yes'))];
    await Promise.all(both.map(({ exited }) => exited));
    const last = await operator(env, ...replay('--yes'));
    expect(last).toMatchObject({ code: 0 });

    for (const partition of [0, 1]) {
      const copied = await lines(target, partition);
      expect(copied).toHaveLength(expected(partition));
      expect(copied.slice(0, 4)).toEqual([
        expect.stringMatching(/"key":null,"headers":\[\],"value":null/),
        expect.stringMatching(
          /"timestamp":0,.*"headers":\[\{"name":"empty","value":null\},\{"name":"text","value":"é"\}\]/,
        ),
        expect.stringMatching(
          /"headers":\[\{"name":"twice","value_base64":"\/wA="\},\{"name":"twice","value":null\},\{"name":"dlq.attempt","value":"2"\}\]/,
        ),
        expect.stringMatching(/"key":"","headers":\[\],"value":""/),
      ]);
      const customers = copied.slice(4).map((line) => {
        const { value } = JSON.parse(line) as { value: string };
        return (JSON.parse(value) as { customer_id: number }).customer_id;
      });
      const offsets = recordsOf(partition).map(({ offset }) => offset);
      expect(customers).toEqual(offsets.slice(4));
    }
    const done = await operator(env, ...replay('--yes'));
    expect(done).toMatchObject({ code: 0, stdout: `Replayed: 0 records written to ${target}.\n` });
  });

  it('writes a span, and another one as a copy of its own', async () => {
    const plan = await operator(env, ...replay('--offsets', '1:1000-1099'));
    expect(plan.stdout.replaceAll(/ +/g, ' ')).toContain(
      ` 1 1000 1100 100 lake-replay.${target}.${scenario.topic}-1.1000-1099\n`,
    );
    expect(plan.stderr).toContain('Nothing was changed');
    for (const span of ['1:1000-1099', '1:1000-1099', '1:1050-1099'])
      expect(await operator(env, ...replay('--offsets', span, '--yes'))).toMatchObject({ code: 0 });
    expect(await lines(target, 1)).toHaveLength(expected(1, 1000, 1100) + expected(1, 1050, 1100));
  });

  it('refuses a topic that would change the records, and says what to do', async () => {
    const own = await operator(env, 'lake', 'replay', '--to-topic', scenario.topic);
    expect(own).toMatchObject({ code: 1, stderr: expect.stringContaining('which the service uses') });
    const absent = await operator(env, 'lake', 'replay', '--to-topic', 'absent');
    expect(absent.stderr).toContain('Create it with 2 partitions or more.');
    const narrow = uniqueTopic('narrow');
    await createTopic(BOOTSTRAP, narrow, { partitions: 1 });
    expect((await operator(env, 'lake', 'replay', '--to-topic', narrow)).stderr).toContain(
      'has 1 partitions, and the records are in partitions up to 1',
    );
    const stamping = uniqueTopic('stamping');
    await createTopic(BOOTSTRAP, stamping, {
      partitions: 2,
      config: { 'message.timestamp.type': 'LogAppendTime' },
    });
    expect((await operator(env, 'lake', 'replay', '--to-topic', stamping)).stderr).toContain(
      'Set CreateTime.',
    );
  });
});
