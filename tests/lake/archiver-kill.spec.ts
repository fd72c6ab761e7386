import { FolderStore, Lake, S3Store } from '#lake';
import { logEnds } from '#testing';
import type { S3Server } from '#testing/lake';
import { Random } from '#traffic';
import type { Ingester } from '../support/ingester.js';
import { download, hex, readLake } from '../support/lake-contents.js';
import { itIsSkippedWithout } from '../support/optional.js';
import { s3ServerFor } from '../support/s3-server.js';
import { Scenario } from '../support/scenario.js';

const PARTITIONS = 3;
const ROUNDS = 8;
const RECORDS_A_ROUND = 3_000;
const SEED = 25;

const s3 = await s3ServerFor('killed archivers');
afterAll(() => s3?.stop());
if (s3 === null) itIsSkippedWithout('Go');

/** Null: a folder. */
const PLACES: { where: string; server: S3Server | null }[] = [
  { where: 'a folder', server: null },
  ...(s3 === null ? [] : [{ where: 'S3', server: s3 }]),
];

/**
 * Two archivers with groups of their own: both read all partitions, so each is the other's zombie all the time. One or
 * both are killed at random moments, or suspended for a while, and so is the store.
 */
describe.each(PLACES)('archivers that write the same lake in $where', ({ server }) => {
  let scenario: Scenario;
  let lake: Lake;

  beforeAll(async () => {
    scenario = await Scenario.create('lake-kill', { partitions: PARTITIONS });
    lake = new Lake(
      server === null
        ? new FolderStore(scenario.lakeFolder)
        : new S3Store(server.options(`${scenario.topic}/`)),
    );
  });
  afterAll(async () => {
    await lake.store.close();
    await scenario.cleanUp();
  });

  /** Its group commits only what it writes itself. */
  async function untilArchived(archiver: Ingester): Promise<void> {
    const ends = await logEnds(scenario.bootstrap, scenario.topic);
    await archiver.until(`the lake ends at ${JSON.stringify([...ends])}`, async () => {
      const partitions = [...ends.keys()].map((partition) => ({ topic: scenario.topic, partition }));
      const last = await Promise.all(partitions.map((at) => lake.last(at)));
      return partitions.every(
        ({ partition }, index) => (last[index]?.next ?? 0) >= (ends.get(partition) ?? 0),
      );
    });
  }

  it('archive each committed record once, killed at any moment', async () => {
    const random = new Random(SEED);
    const location = server?.env(scenario.topic) ?? {};
    const launch = (name: string) =>
      scenario.launchArchiver({
        ...location,
        LAKE_GROUP_ID: `${scenario.group}-${name}`,
        LAKE_MAX_BYTES: '100000',
        LAKE_MAX_WAIT_MS: '200',
      });
    const sent = new Map<string, number>();
    const producer = scenario.kafka.producer({
      transactionalId: scenario.topic,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();

    for (let round = 0; round < ROUNDS; round += 1) {
      const both = [await launch('one'), await launch('two')];
      await sendRound(round);
      for (const archiver of both) {
        const enough = random.integer(0, RECORDS_A_ROUND);
        await archiver.until('some objects, or nothing left', async () => {
          const written = await archiver.metric('lake_records_total');
          const isDone =
            (await archiver.metric('lake_lag')) === 0 && (await archiver.metric('lake_ready')) === 1;
          return written > enough || isDone;
        });
      }
      await strike(both, round);
    }
    await producer.disconnect();

    const last = await launch('three');
    await last.untilReady();
    await untilArchived(last);
    expect(await last.stop()).toBe(0);
    if (server !== null) await download(server.options(`${scenario.topic}/`), scenario.lakeFolder);

    const records = await readLake(scenario);
    expect(new Set(records.map(({ partition, offset }) => `${partition}@${offset}`)).size).toBe(
      records.length,
    );
    const counts = new Map<string, number>();
    for (const { value } of records) counts.set(value ?? '', (counts.get(value ?? '') ?? 0) + 1);
    expect(counts.size).toBe(sent.size);
    expect(counts).toEqual(sent);

    async function sendRound(round: number): Promise<void> {
      for (const isCommitted of [true, false]) {
        const transaction = await producer.transaction();
        const count = isCommitted ? RECORDS_A_ROUND : 10;
        const messages = Array.from({ length: count }, (_, index) => ({
          partition: index % PARTITIONS,
          value: Buffer.from(`${round}/${index}/${isCommitted}/\uFFFF${'x'.repeat(random.integer(0, 200))}`),
        }));
        await transaction.send({ topic: scenario.topic, messages });
        if (isCommitted) for (const { value } of messages) sent.set(hex(value) ?? '', 1);
        await (isCommitted ? transaction.commit() : transaction.abort());
      }
    }

    async function strike([one, two]: Ingester[], round: number): Promise<void> {
      if (server !== null && round % 3 === 2) {
        await server.kill();
        await server.restart();
      }
      if (round % 4 === 1) {
        // Suspended for longer than the session: it resumes while others have written what it holds.
        one?.signal('SIGSTOP');
        if (two !== undefined) await untilArchived(two);
        one?.signal('SIGCONT');
        await one?.untilReady();
      }
      await Promise.all([one?.kill(), two?.kill()]);
    }
  });
});
