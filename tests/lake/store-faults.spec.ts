import { rm } from 'node:fs/promises';
import type { S3Options } from '#lake';
import { jump, JUMPING_CLOCK } from '#testing';
import type { Ingester } from '../support/ingester.js';
import { download, hex, readLake } from '../support/lake-contents.js';
import { itIsSkippedWithout } from '../support/optional.js';
import { S3Proxy, type StoreFault } from '../support/s3-proxy.js';
import { s3ServerFor } from '../support/s3-server.js';
import { Scenario } from '../support/scenario.js';

const PARTITIONS = 2;
const RECORDS = 40;

const server = await s3ServerFor('faults of the store');
afterAll(() => server?.stop());

/** A fault that is answered without the server. */
const answered = (status: number, code: string, rest: Partial<StoreFault> = {}): StoreFault => ({
  isForwarded: false,
  response: { status, code },
  ...rest,
});

/** What the archiver says while the fault lasts. */
type Case = [name: string, fault: StoreFault | 'refused', says: RegExp];

const LOGIN = /HTTP 403.*Check the credentials/;
const CASES: Case[] = [
  ['403: the credentials are refused', answered(403, 'AccessDenied'), LOGIN],
  ['404: the bucket is gone', answered(404, 'NoSuchBucket'), /HTTP 404.*Create the bucket/],
  [
    '409: another write of the key is under way',
    answered(409, 'ConditionalRequestConflict', { on: 'PUT' }),
    /HTTP 409/,
  ],
  [
    '412: although there is no object',
    answered(412, 'PreconditionFailed', { on: 'PUT' }),
    /Reading .* from the lake \(HTTP 404\)/,
  ],
  ['500: before the write', answered(500, 'InternalError'), /HTTP 500/],
  ['500: after the write', answered(500, 'InternalError', { on: 'PUT', isForwarded: true }), /HTTP 500/],
  ['503: SlowDown', answered(503, 'SlowDown'), /HTTP 503/],
  ['a wrong clock, as the store says', answered(403, 'RequestTimeTooSkewed'), /Correct this machine's clock/],
  [
    'responses that are cut in half',
    { isForwarded: true, response: 'half' },
    /(Writing|Reading) .* the lake: /,
  ],
  [
    'connections that are reset before the write',
    { isForwarded: false, response: 'reset' },
    /(Writing|Reading) .* the lake: /,
  ],
  [
    'connections that are reset after the write',
    { isForwarded: true, response: 'reset' },
    /(Writing|Reading) .* the lake: /,
  ],
  ['connections that are refused', 'refused', /ECONNREFUSED/],
  ['no response at all', { isForwarded: true, response: 'none' }, /one attempt to write a batch has taken/],
];
/** Those that somebody must end; the archiver does not start with them. */
const PERMANENT = /^(403|404|a wrong clock)/;

if (server === null) itIsSkippedWithout('Go');
else {
  describe('the archiver, while the store has a fault', () => {
    let scenario: Scenario;
    let proxy: S3Proxy;
    let archiver: Ingester;
    let options: S3Options;
    let sent: string[];

    beforeAll(async () => {
      scenario = await Scenario.create('store-faults', { partitions: PARTITIONS });
      proxy = await S3Proxy.start(server.endpoint);
      options = server.options(`${scenario.topic}/`);
      sent = [];
      archiver = await scenario.startArchiver(environment());
    });
    afterAll(async () => {
      await scenario.cleanUp();
      await proxy.close();
    });

    afterEach(() => {
      proxy.fault = null;
    });

    const environment = () => ({
      ...server.env(scenario.topic),
      ...JUMPING_CLOCK,
      LAKE_ENDPOINT: proxy.endpoint,
      READY_MAX_FAULT_MS: '1000',
    });

    async function send(): Promise<void> {
      const values = Array.from({ length: RECORDS }, (_, index) => `record ${sent.length + index}`);
      await scenario.produce(values.map((value, index) => ({ value, partition: index % PARTITIONS })));
      sent.push(...values);
    }

    /** Also that the records are there, each once. */
    async function untilAllIsArchived(): Promise<void> {
      await archiver.untilReady();
      await scenario.untilArchived(archiver);
      await rm(scenario.lakeFolder, { recursive: true, force: true });
      await download(options, scenario.lakeFolder);
      const lake = await readLake(scenario);
      expect(lake.map(({ value }) => value).sort()).toEqual(sent.map((value) => hex(value)).sort());
    }

    it.each(CASES)(
      '%s: says so, stays alive, and then archives every record once',
      async (name, fault, says) => {
        await send();
        await untilAllIsArchived();
        if (fault === 'refused') await proxy.close();
        else proxy.fault = fault;
        await send();
        await archiver.until(`${name} is in /health`, async () => {
          const { status, body } = await archiver.get('/health');
          return status === 503 && says.test(body);
        });
        expect((await archiver.get('/health/live')).status).toBe(200);
        expect(await archiver.metric('lake_not_ready', { reason: 'lake' })).toBe(1);
        await send();
        if (fault === 'refused') await proxy.accept();
        else proxy.fault = null;
        await untilAllIsArchived();
      },
    );

    it('responses after three seconds: stays ready', async () => {
      proxy.fault = { isForwarded: true, response: { afterMs: 3_000 } };
      const faults = await archiver.metric('lake_faults_total');
      await send();
      await scenario.untilArchived(archiver);
      expect(await archiver.metric('lake_faults_total')).toBe(faults);
      expect((await archiver.get('/health')).status).toBe(200);
      proxy.fault = null;
      await untilAllIsArchived();
    });

    it('a clock that jumps by an hour: archives on', async () => {
      for (let jumps = 0; jumps < 2; jumps += 1) {
        jump(archiver);
        await send();
        await untilAllIsArchived();
      }
    });

    it.each(CASES.filter(([name]) => PERMANENT.test(name)))(
      '%s: does not start',
      async (_name, fault, says) => {
        if (fault !== 'refused') proxy.fault = fault;
        const another = await scenario.launchArchiver(environment());
        expect(await another.exit()).toBe(1);
        expect(another.output).toMatch(says);
        proxy.fault = null;
      },
    );

    it('half of each response: a second archiver begins no partition at a wrong offset', async () => {
      proxy.fault = { on: 'GET', isForwarded: true, response: 'half' };
      const second = await scenario.launchArchiver(environment());
      await second.until('it reads the lake in vain', () =>
        /The lake in .* cannot be read|Listing/.test(second.output),
      );
      await send();
      proxy.fault = null;
      await second.untilReady();
      await untilAllIsArchived();
      expect(await second.stop()).toBe(0);
    });
  });
}
