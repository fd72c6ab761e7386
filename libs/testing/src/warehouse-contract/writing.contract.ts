import type { EventRepository } from '#pipeline';
import { batch, letter, range, row, stored, TOPIC } from './batches.js';
import { expectStored, Fixture, parsed, type ContractEngine } from './fixture.js';

const HOSTILE_TEXTS = [
  `"quotes" and 'quotes' and \`ticks\``,
  'back\\slash, \\n, \\u0041, C:\\new',
  `'); DROP TABLE RAW_EVENTS_STREAM; --`,
  '$$ and $1 and :1 and ? and {{x}} and %s and &y',
  'a line\u2028and a paragraph\u2029',
  'control characters: \u0001\u0007\b\t\n\u001e\u001f\u007f',
  'Éclair, naïve, Ελληνικά, 漢字, 🍷🇫🇷👩‍🌾',
  '/* comment */ -- comment',
];

export function describeWriting(engine: ContractEngine): void {
  describe('write', () => {
    const fixture = new Fixture(engine);

    async function claimed(partitions = [0]): Promise<EventRepository> {
      const repository = await fixture.open();
      await repository.claim(partitions.map((partition) => ({ topic: TOPIC, partition, startOffset: 0 })));
      return repository;
    }

    function expectContent(actual: unknown, sent: string): void {
      if (engine.contentKept === 'text') expect(actual).toBe(sent);
      else expect(parsed(actual as string)).toEqual(JSON.parse(sent));
    }

    it('reports the steps of the transaction and their times, in order', async () => {
      const repository = await claimed();
      const startedAt = performance.now();
      const { steps = [] } = await repository.write(
        batch({ rows: [row(0)], deadLetters: [letter(1)], ranges: [range(0, 2)] }),
      );
      const order = engine.writesInParts
        ? ['stage', 'commit', 'checkpoints']
        : ['stage', 'dead_letters', 'checkpoints', 'commit'];
      expect(steps.map(({ name }) => name)).toEqual(order);
      const times = steps.flatMap((step) => [step.startedAt, step.endedAt]);
      expect([startedAt, ...times]).toEqual([startedAt, ...times].sort((one, other) => one - other));
      if (engine.writesInParts) return;
      const stale = await repository.write(batch({ rows: [row(0)], ranges: [range(0, 1)] }));
      expect(stale.steps?.map(({ name }) => name)).toEqual(['stage', 'checkpoints']);
    });

    it('stores every column of an event', async () => {
      const repository = await claimed();
      const content =
        '{ "event_type" : "ORDER_CREATED", "emoji":"🍷", "unit_price": 26.32, "a":[1, {"b":null}] }';
      const full = row(0, {
        eventType: 'ORDER_CREATED',
        productId: 2 ** 53 - 1,
        customerId: 1 - 2 ** 53,
        content,
      });
      full.message.key = Buffer.from('clé-🍷-"1"');
      const bare = row(1, { eventType: null, productId: null, customerId: null, content: '{}' });
      const binary = row(2, { eventType: 'é'.repeat(50) });
      binary.message.key = Buffer.from([0xff, 0xfe, 0x00]);
      const writtenFrom = Date.now();

      const written = await repository.write(batch({ rows: [full, bare, binary], ranges: [range(0, 3)] }));

      expectStored(written);
      if (written.kind === 'stored') expect(written.seconds).toBeGreaterThan(0);
      const events = await fixture.events();
      expect(events.map(({ row }) => row)).toMatchObject([
        { EVENT_TYPE: 'ORDER_CREATED', PRODUCT_ID: 2 ** 53 - 1, CUSTOMER_ID: 1 - 2 ** 53 },
        { EVENT_TYPE: null, PRODUCT_ID: null, CUSTOMER_ID: null },
        { EVENT_TYPE: 'é'.repeat(50), PRODUCT_ID: 1000, CUSTOMER_ID: 7 },
      ]);
      const place = { topic: TOPIC, partition: 0 };
      expect(events.map(({ metadata }) => metadata)).toEqual([
        { ...place, offset: 0, timestamp_ms: 1_700_000_000_000, key: 'clé-🍷-"1"' },
        { ...place, offset: 1, timestamp_ms: 1_700_000_000_001, key: null },
        { ...place, offset: 2, timestamp_ms: 1_700_000_000_002, key: '//4A', key_encoding: 'base64' },
      ]);
      expectContent(events[0]?.row['EVENT_CONTENT'], content);
      for (const { row: event } of events) {
        // The engine's clock may differ from ours.
        expect(Number(event['INGESTION_TIME'])).toBeGreaterThan(writtenFrom - 60_000);
        expect(Number(event['INGESTION_TIME'])).toBeLessThan(Date.now() + 60_000);
      }
    });

    it('stores hostile text as it is', async () => {
      const repository = await claimed();
      const rows = HOSTILE_TEXTS.map((text, offset) => {
        const hostile = row(offset, {
          eventType: text.slice(0, 50),
          content: JSON.stringify({ note: text }),
        });
        hostile.message.key = Buffer.from(text);
        return hostile;
      });
      rows.push(row(rows.length, { content: '{"note":"nul \\u0000, \\u00e9scaped, \\"\\\\"}' }));

      const written = await repository.write(batch({ rows, ranges: [range(0, rows.length)] }));

      expectStored(written);
      const events = await fixture.events();
      expect(events).toHaveLength(rows.length);
      events.forEach((event, index) => {
        expectContent(event.row['EVENT_CONTENT'], String(rows[index]?.content));
        expect(event.row['EVENT_TYPE']).toBe(rows[index]?.eventType);
        expect(event.metadata['key']).toBe(HOSTILE_TEXTS[index] ?? null);
      });
    });

    it('stores every column of a dead letter', async () => {
      const repository = await claimed();
      const detailed = letter(0, {
        errorType: 'invalid_schema',
        reason: `2 fields are not as the contract says: 'product_id', "quantity"`,
        details: [
          { field: 'product_id', rule: 'isInt', expected: 'an integer', actualType: 'string' },
          {
            field: 'quantity',
            rule: 'isDefined',
            expected: 'an integer of at least 1',
            actualType: 'absent',
          },
        ],
        eventType: 'ORDER_CREATED',
        attempt: 3,
      });
      detailed.message.value = Buffer.from('{"product_id": "🍷", "x": "\\ud800 \' $$ ?"}');
      detailed.message.key = Buffer.from('key "🍷"');
      detailed.message.headers = {
        trace: Buffer.from('été'),
        tag: [Buffer.from('one'), Buffer.from([0x80, 0xff]), Buffer.alloc(0)],
      };
      const binary = letter(1);
      binary.message.value = Buffer.from([0x00, 0xff, 0x7b]);
      binary.message.key = Buffer.from([0xfe]);
      const absent = letter(2);
      absent.message.value = null;

      const written = await repository.write(
        batch({ deadLetters: [detailed, binary, absent], ranges: [range(0, 3, { deadLettered: 3 })] }),
      );

      expectStored(written);
      const [first, second, third] = await fixture.deadLetters();
      expect(first).toMatchObject({
        ERROR_TYPE: 'invalid_schema',
        ERROR_REASON: detailed.reason,
        ERROR_DETAILS: detailed.details,
        EVENT_TYPE: 'ORDER_CREATED',
        ORIGINAL_VALUE: '{"product_id": "🍷", "x": "\\ud800 \' $$ ?"}',
        VALUE_ENCODING: 'utf8',
        ORIGINAL_KEY: 'key "🍷"',
        KEY_ENCODING: 'utf8',
        HEADERS: [
          { name: 'trace', value: 'été' },
          { name: 'tag', value: 'one' },
          { name: 'tag', value: 'gP8=', encoding: 'base64' },
          { name: 'tag', value: '' },
        ],
        EVENT_METADATA: { topic: TOPIC, partition: 0, offset: 0, timestamp_ms: 1_700_000_000_000 },
        ATTEMPT: 3,
        FAILED_AT: 1_700_000_100_000,
      });
      expect(Number(first?.['INGESTION_TIME'])).toBeGreaterThan(Date.now() - 60_000);
      expect(second).toMatchObject({
        ERROR_TYPE: 'json_decode',
        ERROR_DETAILS: [],
        EVENT_TYPE: null,
        ORIGINAL_VALUE: 'AP97',
        VALUE_ENCODING: 'base64',
        ORIGINAL_KEY: '/g==',
        KEY_ENCODING: 'base64',
        HEADERS: [],
      });
      expect(third).toMatchObject({
        ORIGINAL_VALUE: null,
        VALUE_ENCODING: null,
        ORIGINAL_KEY: null,
        KEY_ENCODING: null,
      });
    });

    it('counts the outcome of every offset in the checkpoint', async () => {
      const repository = await claimed();
      const counts = { deadLettered: 1, skipped: 2, gaps: 3, lost: 4 };

      const written = await repository.write(
        batch({ rows: [row(0), row(11)], deadLetters: [letter(1)], ranges: [range(0, 12, counts)] }),
      );

      expectStored(written);
      expect(await fixture.events()).toHaveLength(2);
      expect(await fixture.deadLetters()).toHaveLength(1);
      expect(await fixture.checkpoints()).toMatchObject([
        {
          FIRST_OFFSET: 0,
          NEXT_OFFSET: 12,
          STORED: 2,
          DEAD_LETTERED: 1,
          SKIPPED: 2,
          GAPS: 3,
          LOST: 4,
          LAST_TIMESTAMP_MS: 1_700_000_000_011,
        },
      ]);
    });

    it('adds up the counters over batches', async () => {
      const repository = await claimed();
      await repository.write(stored(0, 5));
      await repository.write(
        batch({ deadLetters: [letter(5)], ranges: [range(5, 7, { deadLettered: 1, skipped: 1 })] }),
      );
      await repository.write(
        batch({ rows: [row(9)], ranges: [range(7, 10, { lost: 2, lastTimestampMs: null })] }),
      );

      expect(await fixture.checkpoints()).toMatchObject([
        {
          NEXT_OFFSET: 10,
          STORED: 6,
          DEAD_LETTERED: 1,
          SKIPPED: 1,
          GAPS: 0,
          LOST: 2,
          LAST_TIMESTAMP_MS: null,
        },
      ]);
    });

    it('moves the checkpoint past a batch with nothing to store', async () => {
      const repository = await claimed();

      const written = await repository.write(batch({ ranges: [range(0, 6, { skipped: 6 })] }));

      expectStored(written);
      expect(await fixture.contents()).toMatchObject({
        events: [],
        deadLetters: [],
        checkpoints: [{ NEXT_OFFSET: 6, SKIPPED: 6 }],
      });
    });

    it('writes several partitions at once', async () => {
      const repository = await claimed([0, 1, 2]);

      const written = await repository.write(
        batch({
          rows: [row(0, { partition: 1 }), row(0), row(1)],
          ranges: [
            range(0, 2),
            range(0, 1, { partition: 1 }),
            range(0, 3, { partition: 2, gaps: 3, lastTimestampMs: null }),
          ],
        }),
      );

      expectStored(written);
      expect(await fixture.checkpoints()).toMatchObject([
        { PARTITION: 0, NEXT_OFFSET: 2, STORED: 2 },
        { PARTITION: 1, NEXT_OFFSET: 1, STORED: 1 },
        { PARTITION: 2, NEXT_OFFSET: 3, STORED: 0, GAPS: 3 },
      ]);
    });

    it('stores 20,000 events in one batch, each once', async () => {
      const repository = await claimed();

      expectStored(await repository.write(stored(0, 20_000)));

      const events = await fixture.events();
      expect(events).toHaveLength(20_000);
      const wrong = events.findIndex(
        (event, offset) =>
          event.metadata['offset'] !== offset ||
          (parsed(event.row['EVENT_CONTENT']) as { offset: number }).offset !== offset,
      );
      expect(wrong).toBe(-1);
    }, 60_000);

    const { refusedContent } = engine;
    if (refusedContent !== null) {
      it('names the rows that it can never store, writes nothing, and then accepts the rest', async () => {
        const repository = await claimed();
        const rows = [
          row(0),
          row(1, { content: refusedContent }),
          row(2),
          row(3, { content: refusedContent }),
        ];
        const before = await fixture.contents();

        const written = await repository.write(batch({ rows, ranges: [range(0, 4)] }));

        expect(written).toMatchObject({ kind: 'rejected', rows: [{ index: 1 }, { index: 3 }] });
        if (written.kind === 'rejected') {
          for (const { reason } of written.rows) expect(reason).not.toContain(refusedContent);
        }
        if (engine.writesInParts) expect(await fixture.checkpoints()).toEqual(before.checkpoints);
        else expect(await fixture.contents()).toEqual(before);

        const letters = [1, 3].map((offset) => {
          const refused = letter(offset, { errorType: 'warehouse_rejected' });
          refused.message.value = Buffer.from(refusedContent);
          return refused;
        });
        const again = await repository.write(
          batch({
            rows: [row(0), row(2)],
            deadLetters: letters,
            ranges: [range(0, 4, { deadLettered: 2 })],
          }),
        );

        expectStored(again);
        expect((await fixture.events()).map(({ metadata }) => metadata['offset'])).toEqual([0, 2]);
        expect((await fixture.deadLetters()).map((one) => one['ORIGINAL_VALUE'])).toEqual([
          refusedContent,
          refusedContent,
        ]);
        expect(await fixture.checkpoints()).toMatchObject([{ NEXT_OFFSET: 4, STORED: 2, DEAD_LETTERED: 2 }]);
      });
    }
  });
}
