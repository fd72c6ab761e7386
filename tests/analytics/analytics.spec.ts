import { randomUUID } from 'node:crypto';
import { isTime, type DeadLetter, type StoredRow } from '#pipeline';
import { row } from '#testing/warehouse-contract';
import { eventMetadata } from '#warehouse';
import { document, table, withoutPadding } from '../documents/markdown.js';
import { fakesnowFor } from '../support/fakesnow.js';
import { itIsSkippedWithout } from '../support/optional.js';
import { exampleText, plainRows, viewSections } from './read-me.js';
import { viewsEngines, type ViewsWarehouse } from './engines.js';
import { Delivered, ingestedAtMs, INGESTED_AT } from './delivered.js';
import * as expected from './expected.js';
import { ingest, ODD_TIMES, PARTITIONS, TradingDays } from './trading-days.js';

const SEED = 20_261_023;
const GROUP = 'ingestion';
const fakesnow = await fakesnowFor('the views for analysts');

const sections = viewSections(document('analytics/README.md'));

afterAll(() => fakesnow?.stop());
if (fakesnow === null) itIsSkippedWithout('Python');

describe.each(viewsEngines(fakesnow))('the views for analysts on %s', (_name, start) => {
  let place: ViewsWarehouse;
  let warehouse: ViewsWarehouse['warehouse'];
  let days: TradingDays;
  let events: Delivered[];
  let letters: DeadLetter[];
  let settled: { redriven: DeadLetter[]; stored: DeadLetter[]; resolved: DeadLetter[] };

  beforeAll(async () => {
    place = await start();
    ({ warehouse } = place);
    await trade();
  });
  afterAll(() => place.close());

  /** Stores ten days, settles some dead letters, and sets the arrival times. */
  async function trade(): Promise<void> {
    days = new TradingDays(SEED);
    const { log } = days;
    const repository = warehouse.repository(GROUP);
    expect(await repository.open()).toEqual([]);
    await repository.claim(PARTITIONS.map((partition) => ({ topic: log.topic, partition, startOffset: 0 })));
    const ends = await log.bounds(PARTITIONS.map((partition) => ({ topic: log.topic, partition })));
    const first = [];
    for (const partition of PARTITIONS) first.push(await ingest(log, partition, 0, repository));
    letters = first.flatMap(({ deadLetters }) => deadLetters);

    const redriveId = await settle();
    log.append(0, '{"event_type":"CELLAR_VISITED"}', {
      headers: { 'dlq.redrive.id': Buffer.from(redriveId) },
    });
    const back = await ingest(log, 0, ends[0]?.high ?? 0, repository);
    await repository.close();
    events = [...first.flatMap(({ rows }) => rows), ...back.rows, ...(await unchecked(2))].map(
      (row) => new Delivered(row),
    );

    for (const name of ['RAW_EVENTS_STREAM', 'SALES_EVENTS_DLQ']) {
      await warehouse.execute(`UPDATE ${name} SET INGESTION_TIME = ${INGESTED_AT}`);
    }
  }

  /** Redrives two dead letters and resolves some; returns the redrive id of the one that will come back. */
  async function settle(): Promise<string> {
    const [one, two, ...others] = letters.filter(({ errorType }) => errorType === 'invalid_schema');
    if (one === undefined || two === undefined) throw new Error('too few dead letters');
    settled = { stored: [one], redriven: [two], resolved: others.slice(0, 4) };
    const places = (list: DeadLetter[]) => list.map(({ message }) => message);
    const store = warehouse.deadLetters();
    expect(await store.open()).toEqual([]);
    const redriveId = randomUUID();
    await store.claim([
      { ...one.message, redriveId },
      { ...two.message, redriveId: randomUUID() },
    ]);
    const by = { user: 'anna', reason: 'looked at' };
    await store.markRedriven(
      places([one, two]).map((place) => ({ ...place, redriveId: randomUUID(), changed: null })),
      by,
    );
    await store.resolve(places(settled.resolved), by);
    await store.close();
    return redriveId;
  }

  /** Orders from before events were validated: without an id, and with an invalid quantity. */
  async function unchecked(count: number): Promise<StoredRow[]> {
    const rows = Array.from({ length: count }, (_, index) =>
      row(1_000_000 + index, {
        content: '{"event_type":"ORDER_CREATED","quantity":"abc","total_price":7}',
      }),
    );
    for (const { message, eventType, productId, customerId, content } of rows) {
      await warehouse.execute(
        `INSERT INTO RAW_EVENTS_STREAM (EVENT_TYPE, PRODUCT_ID, CUSTOMER_ID, EVENT_METADATA, EVENT_CONTENT)
           SELECT '${String(eventType)}', ${String(productId)}, ${String(customerId)},
                  PARSE_JSON('${eventMetadata(message)}'), PARSE_JSON('${content.toString()}')`,
      );
    }
    return rows;
  }

  /** All rows of a view, sorted by their text. */
  async function rowsOf(view: string): Promise<string[]> {
    return plainRows(await warehouse.query(`SELECT * FROM ${view}`))
      .map((row) => JSON.stringify(row))
      .sort();
  }

  const lines = (rows: object[]) => rows.map((row) => JSON.stringify(row)).sort();

  it('get everything that was produced', () => {
    expect(events).toHaveLength(days.expected.filter((each) => each === 'stored').length + 3);
    expect(letters.map(({ errorType }) => errorType).sort()).toEqual(
      days.expected.filter((each) => each !== 'stored' && each !== 'skipped').sort(),
    );
  });

  it.each(Object.entries(expected.VIEWS))('%s matches the events', async (view, compute) => {
    const rows = compute(events);
    expect(rows.length).toBeGreaterThan(1);
    expect(await rowsOf(view)).toEqual(lines(rows));
  });

  it('DATA_QUALITY matches the dead letters', async () => {
    const rows = expected.dataQuality(events, letters, settled);
    expect(new Set(rows.map(({ FIELD }) => FIELD)).size).toBeGreaterThan(3);
    expect(await rowsOf('DATA_QUALITY')).toEqual(lines(rows));
  });

  it('contain the cases that the tests are about', () => {
    const orders = expected.orderLines(events);
    expect(orders.filter(({ total }) => total === null).length).toBeGreaterThan(2);
    expect(events.filter(({ eventMs }) => eventMs === null).length).toBeGreaterThan(3);
    expect(new Set(expected.VIEWS.DUPLICATE_EVENTS(events).map(({ VERSIONS }) => VERSIONS))).toEqual(
      new Set([1, 2]),
    );
    expect(
      events.some((each) => ingestedAtMs(each.row.message) - Number(each.row.message.timestampMs) > 600_000),
    ).toBe(true);
    const untimed = events.filter(({ row: { message } }) => !isTime(message.timestampMs));
    expect(new Set(untimed.map(({ row: { message } }) => message.timestampMs)).size).toBe(ODD_TIMES.length);
    expect(untimed.filter(({ eventMs }) => eventMs === null)).toEqual([]);
  });

  it('are all documented', () => {
    expect(sections.map(({ view }) => view)).toEqual(
      expect.arrayContaining([
        'ORDER_ANALYTICS',
        'DELIVERED_EVENTS',
        'DATA_QUALITY',
        ...Object.keys(expected.VIEWS),
      ]),
    );
  });

  it.each(sections.map((section) => [section.view, section] as const))(
    '%s has the columns and the result in the document',
    async (view, { columns, query, answer }) => {
      const [row = {}] = await warehouse.query(`SELECT * FROM ${view} LIMIT 1`);
      expect(columns).toEqual(Object.keys(row));
      expect(withoutPadding(answer)).toBe(withoutPadding(table(exampleText(await warehouse.query(query)))));
    },
  );
});
