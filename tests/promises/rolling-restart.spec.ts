import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { SnowflakeWarehouse } from '#testing/warehouse-contract';
import { validOrder } from '../support/bad-input.js';
import type { Ingester } from '../support/ingester.js';
import { PauseWatch, type Place } from '../support/pause-watch.js';
import { Scenario } from '../support/scenario.js';
import { snowflakeEnv } from '../support/snowflake-env.js';

const PARTITIONS = 12;
const SERVICES = 4;
const EVERY_MS = 250;

describe.each([1, SERVICES])(
  'a rolling restart of four services on twelve partitions, %i table(s) of checkpoints',
  (tables) => {
    let scenario: Scenario;
    let endpoint: SnowflakeEndpoint;
    let services: Ingester[];
    let produced = 0;
    const checkpoints = () => endpoint.tables.filter((name) => name.startsWith('INGESTION_CHECKPOINTS'));

    const start = () => scenario.startIngester(snowflakeEnv(endpoint));

    beforeAll(async () => {
      scenario = await Scenario.create('rolling', { partitions: PARTITIONS });
      endpoint = await SnowflakeEndpoint.start();
      await SnowflakeWarehouse.start({ accessUrl: endpoint.url, checkpointTables: tables });
      services = await Promise.all(Array.from({ length: SERVICES }, start));
    });
    afterAll(async () => {
      await scenario.cleanUp();
      await endpoint.close();
    });

    function places(): Place[] {
      return endpoint.table('RAW_EVENTS_STREAM').map(({ EVENT_METADATA }) => EVENT_METADATA as Place);
    }

    async function produce(): Promise<void> {
      const messages = Array.from({ length: PARTITIONS }, (_, partition) => ({
        ...validOrder(produced),
        partition,
      }));
      await scenario.produce(messages);
      produced += PARTITIONS;
    }

    it('stores every event once under constant traffic', async () => {
      const watch = new PauseWatch(places);
      const traffic = setInterval(() => {
        watch.look();
        sending = sending.then(produce);
      }, EVERY_MS);
      let sending = Promise.resolve();
      try {
        for (const [index, service] of services.entries()) {
          const code = index === SERVICES - 1 ? (await service.kill(), 0) : await service.stop();
          expect(code).toBe(0);
          services[index] = await start();
        }
      } finally {
        clearInterval(traffic);
        await sending;
      }
      const [one] = services;
      await one?.until('every event', () => endpoint.count('RAW_EVENTS_STREAM') >= produced, 60_000);
      watch.look();
      const ofGroup = (name: string) =>
        endpoint.table(name).filter(({ CONSUMER_GROUP: group }) => group !== '').length;
      expect(checkpoints().map(ofGroup)).toEqual(checkpoints().map(() => PARTITIONS / tables));
      for (const service of services) expect(await service.stop()).toBe(0);

      const stale = endpoint.journal.entries.filter(
        ({ name, outcome, rows }) =>
          name.startsWith('update INGESTION_CHECKPOINTS') && outcome === 'ok' && rows === 0,
      );
      process.stdout.write(
        `Rolling restart of ${SERVICES} services on ${PARTITIONS} partitions, ${tables} table(s) of checkpoints: ${produced} events, 0 twice, ` +
          `${stale.length} batches fenced off, longest pause of a partition ${(watch.longestMs / 1000).toFixed(1)} s\n`,
      );
      const offsets = Map.groupBy(places(), ({ partition }) => partition);
      expect(offsets.size).toBe(PARTITIONS);
      for (const rows of offsets.values()) {
        const sorted = rows.map(({ offset }) => offset).sort((left, right) => left - right);
        expect(sorted).toEqual(Array.from({ length: produced / PARTITIONS }, (_, offset) => offset));
      }
      // The killed service may have left a transaction open that had not reached the lock.
      expect(endpoint.locks).toEqual([]);
    });
  },
);
