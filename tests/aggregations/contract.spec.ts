import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { EventValidator } from '#events';
import { createTopic, eventually, readTopic, REPOSITORY_ROOT, uniqueTopic } from '#testing';
import { BOOTSTRAP } from '../support/scenario.js';
import { AggregationsProcess } from './aggregations-process.js';
import { contractCases, orderAt, TIMES, VALID_ORDER } from './contract-cases.js';
import { PATIENCE } from './result-topics.js';

const FIRST_MS = Date.UTC(2026, 0, 1);
/** Writes the time of each valid event, which is the time of its record: each case has its own. */
const QUESTION = `
CREATE TEMPORARY TABLE accepted (event_time TIMESTAMP_LTZ(3)) WITH (
  'connector' = 'kafka',
  'topic' = '\${KAFKA_TOPIC_NAME}_accepted',
  'properties.bootstrap.servers' = '\${KAFKA_BOOTSTRAP_SERVER}',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601'
);
INSERT INTO accepted
SELECT event_time FROM valid_order_lines UNION ALL SELECT event_time FROM valid_stock_movements;
`;

describe('The SQL of the aggregations', () => {
  const topic = uniqueTopic('judged');
  const cases = contractCases();
  let folder: string;
  let aggregations: AggregationsProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aggregations-'));
    const sql = join(REPOSITORY_ROOT, 'aggregations');
    for (const name of await readdir(sql)) {
      if (/^0[0-3]_/.test(name)) await copyFile(join(sql, name), join(folder, name));
    }
    await mkdir(join(folder, 'topics'));
    await writeFile(join(folder, 'topics/accepted.sql'), QUESTION);
    // The records are dated long ago.
    await createTopic(BOOTSTRAP, topic, { config: { 'retention.ms': '-1' } });
    await createTopic(BOOTSTRAP, `${topic}_accepted`);
    await send([...cases, ...TIMES.map(([text]) => orderAt(text)), VALID_ORDER]);
    aggregations = new AggregationsProcess({ bootstrap: BOOTSTRAP, topic, folder }, '--sql', folder);
    await aggregations.untilRunning();
  });
  afterAll(async () => {
    await aggregations.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function send(values: readonly Buffer[]): Promise<void> {
    const producer = new Kafka({ brokers: [BOOTSTRAP], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    await producer.send({
      topic,
      messages: values.map((value, index) => ({ value, timestamp: String(timeOf(index)) })),
    });
    await producer.disconnect();
  }

  async function acceptedTimes(): Promise<Set<number>> {
    const messages = await readTopic(BOOTSTRAP, `${topic}_accepted`);
    return new Set(
      messages.map(({ value }) =>
        Date.parse((JSON.parse(String(value)) as { event_time: string }).event_time),
      ),
    );
  }

  /** The times of the accepted events, once the last one is among them. */
  async function untilAllAreJudged(): Promise<Set<number>> {
    const accepted = await eventually(
      async () => {
        const times = await acceptedTimes();
        return times.has(timeOf(cases.length + TIMES.length)) ? times : null;
      },
      { ...PATIENCE, describe: 'the last event is accepted' },
    );
    return accepted ?? new Set();
  }

  it('accepts exactly the events that the ingester stores under a contract', async () => {
    const accepted = await untilAllAreJudged();
    const validator = new EventValidator({ maxBytes: 1_000_000 });
    const judged = cases.map((value, index) => {
      const result = validator.validate(value);
      const text = value.toString('latin1').slice(0, 300);
      return {
        text,
        ingester: result.kind === 'accept' && result.label !== 'other',
        flink: accepted.has(timeOf(index)),
      };
    });
    expect(judged.filter(({ ingester }) => ingester).length).toBeGreaterThan(500);
    expect(judged.filter(({ ingester }) => !ingester).length).toBeGreaterThan(500);
    expect(judged.filter(({ ingester, flink }) => ingester !== flink)).toEqual([]);
  });

  it('counts an order whose event_ts means no time, as the ingester does, at the time of its record', async () => {
    const accepted = await untilAllAreJudged();
    const validator = new EventValidator({ maxBytes: 1_000_000 });
    for (const [index, [text, meaning]] of TIMES.entries()) {
      expect(validator.validate(orderAt(text)).kind).toBe('accept');
      const record = timeOf(cases.length + index);
      const isCounted = accepted.has(meaning === null ? record : Date.parse(meaning));
      expect({ text, isCounted, asRecord: accepted.has(record) }).toEqual({
        text,
        isCounted: true,
        asRecord: meaning === null,
      });
    }
  });
});

function timeOf(index: number): number {
  return FIRST_MS + index * 1_000;
}
