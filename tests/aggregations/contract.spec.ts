import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { EventValidator } from '#events';
import { createTopic, eventually, readTopic, REPOSITORY_ROOT, uniqueTopic } from '#testing';
import { BOOTSTRAP } from '../support/scenario.js';
import { AggregationsProcess } from './aggregations-process.js';
import {
  contractCases,
  OPTIONAL_FIELDS,
  orderAt,
  orderWith,
  TIMES,
  VALID_ORDER,
  withOptional,
  WRITTEN_TIMES,
} from './contract-cases.js';
import { PATIENCE } from './result-topics.js';

const FIRST_MS = Date.UTC(2026, 0, 1);
/**
 * Writes the time of each valid event, which is the time of its record unless the case says otherwise: each case has its own.
 */
const QUESTION = `
CREATE TEMPORARY TABLE accepted (event_time TIMESTAMP_LTZ(3), texts ARRAY<STRING>) WITH (
  'connector' = 'kafka',
  'topic' = '\${KAFKA_TOPIC_NAME}_accepted',
  'properties.bootstrap.servers' = '\${KAFKA_BOOTSTRAP_SERVER}',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601'
);
INSERT INTO accepted
SELECT event_time, ARRAY[channel, category] FROM valid_order_lines
UNION ALL
SELECT event_time, ARRAY[place] FROM valid_stock_movements;
`;

/** Orders, and the time that their event_ts means. */
const TIMED = [
  ...TIMES.map(([text, meaning]) => ({ order: orderAt(text), meaning })),
  ...WRITTEN_TIMES.map(([fields, meaning]) => ({ order: orderWith(fields), meaning })),
];

describe('The SQL of the aggregations', () => {
  const topic = uniqueTopic('judged');
  const cases = contractCases();
  const optional = OPTIONAL_FIELDS.flatMap(([json]) => withOptional(json));
  const events = [...cases, ...TIMED.map(({ order }) => order), ...optional, VALID_ORDER];
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
    await send(events);
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

  async function accepted(): Promise<Map<number, string[]>> {
    const messages = await readTopic(BOOTSTRAP, `${topic}_accepted`);
    return new Map(
      messages.map(({ value }) => {
        const { event_time, texts } = JSON.parse(String(value)) as { event_time: string; texts: string[] };
        return [Date.parse(event_time), texts];
      }),
    );
  }

  /** The texts of the accepted events by their times, once the last one is among them. */
  async function untilAllAreJudged(): Promise<Map<number, string[]>> {
    const all = await eventually(
      async () => {
        const found = await accepted();
        return found.has(timeOf(events.length - 1)) ? found : null;
      },
      { ...PATIENCE, describe: 'the last event is accepted' },
    );
    return all ?? new Map();
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
    for (const [index, { order, meaning }] of TIMED.entries()) {
      expect(validator.validate(order).kind).toBe('accept');
      const record = timeOf(cases.length + index);
      const isCounted = accepted.has(meaning === null ? record : Date.parse(meaning));
      expect({ order: String(order), isCounted, asRecord: accepted.has(record) }).toEqual({
        order: String(order),
        isCounted: true,
        asRecord: meaning === null,
      });
    }
  });

  it('reads optional fields as text, and an object or a list as missing', async () => {
    const accepted = await untilAllAreJudged();
    const first = cases.length + TIMED.length;
    const read = OPTIONAL_FIELDS.map(([json], index) => [
      json,
      accepted.get(timeOf(first + 2 * index)),
      accepted.get(timeOf(first + 2 * index + 1)),
    ]);
    expect(read).toEqual(OPTIONAL_FIELDS.map(([json, text]) => [json, [text, text], [text]]));
  });
});

function timeOf(index: number): number {
  return FIRST_MS + index * 1_000;
}
