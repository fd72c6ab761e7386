import { readTopic } from '#testing';
import { validOrder } from '../support/bad-input.js';
import { BOOTSTRAP, Scenario } from '../support/scenario.js';

interface Health {
  status: string;
  details: { ingestion: { status: string; remarks?: string[] } };
}

describe('events whose type has no contract', () => {
  it.each([
    ['store', 3, 1],
    ['dead-letter', 1, 3],
  ])(
    'with UNKNOWN_EVENT_TYPES=%s: %d stored; near misses are counted and named, and /health says each thing once',
    async (policy, stored, dead) => {
      const scenario = await Scenario.create('unknown-types');
      try {
        await scenario.produce([
          validOrder(),
          { value: JSON.stringify({ event_type: 'ORDER_CRAETED', product_id: 1 }) },
          { value: JSON.stringify({ event_type: 'BOTTLE_RETURNED' }) },
          { value: Buffer.from([0, 0, 0, 0, 42, 0xff]) },
        ]);
        const ingester = await scenario.startIngester({ UNKNOWN_EVENT_TYPES: policy });
        await scenario.untilSettled(ingester);
        const { status, body } = await ingester.get('/health');
        const metrics = (await ingester.get('/metrics')).body;
        expect(await ingester.stop()).toBe(0);

        expect(status).toBe(200);
        expect(JSON.parse(body) as Health).toEqual({
          status: 'ok',
          details: {
            ingestion: {
              status: 'up',
              remarks: [
                'event type ORDER_CRAETED has no contract, but resembles ORDER_CREATED: 1 event, the last from ' +
                  `${scenario.topic}-0@1`,
              ],
            },
          },
        });
        expect(metrics).toMatch(
          /^contract_drift_total{event_type="ORDER_CREATED",kind="near_miss_type".*} 1$/m,
        );
        const rows = await scenario.query('SELECT EVENT_TYPE FROM RAW_EVENTS_STREAM');
        expect(rows).toHaveLength(stored);
        const letters = await readTopic(BOOTSTRAP, scenario.deadLetterTopic);
        expect(letters).toHaveLength(dead);
        const reasons = letters.map(({ headers }) => String(headers['dlq.error.reason']));
        expect(reasons.at(-1)).toContain('frame of a schema registry (magic byte 0, schema id 42)');
      } finally {
        await scenario.cleanUp();
      }
    },
  );
});
