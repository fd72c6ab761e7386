import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { freePort } from '#testing';
import type { Ingester } from '../support/ingester.js';
import { Scenario } from '../support/scenario.js';
import { call, TOKEN, type Call } from './client.js';

const KEY = 'sales_events-0@0 0';
const WHO = { user: 'anna', reason: 'a test' };

/** Every route, with a request that the holder of the token may send: its status, and that of no letter or no limit. */
const ROUTES: [path: string, body: object | undefined, status: number][] = [
  ['groups', undefined, 200],
  ['letters', undefined, 200],
  ['letter?id=sales_events-0@0', undefined, 404],
  ['limit', undefined, 200],
  ['check', { key: KEY }, 404],
  ['redrive', { keys: [KEY], ...WHO }, 200],
  ['resolve', { keys: [KEY], ...WHO }, 200],
  ['limit/lift', WHO, 409],
];

describe('the workbench opens to holders of the token alone', () => {
  let scenario: Scenario;
  let ingester: Ingester;
  let tokenFile: string;
  beforeAll(async () => {
    scenario = await Scenario.create('workbench-access');
    tokenFile = join(scenario.folder, 'token');
    writeFileSync(tokenFile, `${TOKEN}\n`);
    ingester = await scenario.startIngester({
      ADMIN_TOKEN_FILE: tokenFile,
      STATUS_PAGE_ACCESS: 'any',
      METRICS_HOST: '',
    });
  });
  afterAll(() => scenario.cleanUp());

  /** Another service, which waits for its broker meanwhile. */
  async function launch(env: Record<string, string>): Promise<Ingester> {
    const other = await scenario.launchIngester({
      KAFKA_BOOTSTRAP_SERVER: `127.0.0.1:${await freePort()}`,
      DUCKDB_PATH: `${scenario.duckdbPath}.other`,
      ...env,
    });
    await other.until('answers', async () => (await other.get('/health/live')).status === 200);
    return other;
  }

  it.each(ROUTES)('%s', async (path, body, expected) => {
    const send = (options: Call = {}) => call(ingester.url, path, { ...(body && { body }), ...options });
    const absent = await send({ token: null });
    expect(absent).toMatchObject({ status: 401, message: expect.stringContaining('ADMIN_TOKEN') as string });
    expect(absent.headers.get('www-authenticate')).toBe('Bearer');
    const basic = { Authorization: `Basic ${btoa(`admin:${TOKEN}`)}` };
    for (const headers of [basic, { Cookie: `token=${TOKEN}` }]) {
      expect(await send({ token: null, headers })).toMatchObject({ status: 401 });
    }
    const otherOrigins: Record<string, string>[] = [
      { Origin: 'http://evil.example' },
      { Origin: 'null' },
      { Origin: 'http://127.0.0.1:1' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ];
    for (const headers of otherOrigins) {
      expect(await send({ headers })).toMatchObject({
        status: 403,
        message: expect.stringMatching('another site') as string,
      });
    }
    expect(await send({ headers: { Origin: ingester.url } })).toMatchObject({ status: expected });
    expect(await send()).toMatchObject({ status: expected });
  });

  it('not under a host name that could be rebound', async () => {
    const { port } = new URL(ingester.url);
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const headers = { Host: 'evil.example', Authorization: `Bearer ${TOKEN}` };
    request({ host: '127.0.0.1', port, path: '/page/workbench/limit', headers }, (response) => {
      resolve(response.resume().statusCode);
    })
      .on('error', reject)
      .end();
    expect(await promise).toBe(403);
  });

  it('not from the network, unless ADMIN_ACCESS allows it', async () => {
    const open = await launch({
      ADMIN_TOKEN: TOKEN,
      ADMIN_ACCESS: 'any',
      STATUS_PAGE_ACCESS: 'any',
      METRICS_HOST: '',
    });
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    for (const { address, internal, scopeid = 0 } of addresses) {
      if (scopeid !== 0) continue;
      const host = address.includes(':') ? `[${address}]` : address;
      for (const [path, body] of ROUTES) {
        const options = body === undefined ? {} : { body };
        const refused = await call(`http://${host}:${new URL(ingester.url).port}`, path, options);
        if (internal) expect(refused.status).not.toBe(403);
        else
          expect(refused).toMatchObject({
            status: 403,
            message: expect.stringContaining('ADMIN_ACCESS=any') as string,
          });
      }
      const { status } = await call(`http://${host}:${new URL(open.url).port}`, 'limit');
      expect({ address, status }).toEqual({ address, status: 200 });
    }
    await open.kill();
  });

  it('and while it has none, its URLs respond like any unknown one', async () => {
    const other = await launch({});
    const unknown = await other.get('/nowhere');
    for (const [path, body] of ROUTES) {
      const { status, json } = await call(other.url, path, body === undefined ? {} : { body });
      const url = `${body === undefined ? 'GET' : 'POST'} /page/workbench/${path}`;
      const expected = JSON.parse(unknown.body.replace('GET /nowhere', url)) as object;
      expect({ status, json }).toEqual({ status: 404, json: expected });
    }
    await other.kill();
  });

  it('and makes those wait who guess it, and nobody else', async () => {
    const other = await launch({ ADMIN_TOKEN: TOKEN });
    const guess = (token: string) => call(other.url, 'limit', { token });
    for (let number = 0; number < 10; number += 1) {
      expect(await guess(`${TOKEN.slice(0, -1)}${number === 5 ? 'x' : number}`)).toMatchObject({
        status: 401,
        message: expect.stringContaining('not the token') as string,
      });
    }
    const late = await guess(TOKEN);
    expect(late).toMatchObject({ status: 429, message: expect.stringContaining('Try again in') as string });
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(other.output.match(/Wrong token for the workbench/g)).toHaveLength(1);
    await other.kill();
  });

  it.each([
    ['groups?status=shut', /status must be one of/],
    ['letters?statsu=open', /property statsu should not exist/],
    ['letters?since=yesterday', /since must be an integer/],
    ['letters?from=-1', /from must not be less than 0/],
    ['letter?id=nonsense', /expected topic-partition@offset/],
  ])('%s gets an error that says what is wrong', async (path, text) => {
    expect(await call(ingester.url, path)).toMatchObject({
      status: 400,
      message: expect.stringMatching(text) as string,
    });
  });

  it.each([
    [{}, /expected the keys of letters/],
    [{ keys: [KEY], user: '' }, /expected a name/],
    [{ keys: [KEY], user: 'a\nb' }, /expected a name/],
    [{ keys: ['; DROP TABLE'], user: 'anna' }, /expected the keys of letters/],
    [{ keys: [KEY], user: 'anna', edited: '\ud800' }, /lone surrogates/],
    [{ keys: [KEY], user: 'anna', patch: {} }, /property patch should not exist/],
  ])('a redrive of %j gets an error that says what is wrong', async (body, text) => {
    expect(await call(ingester.url, 'redrive', { body })).toMatchObject({
      status: 400,
      message: expect.stringMatching(text) as string,
    });
  });

  it('the token can be rotated, and is neither logged nor shown', async () => {
    const next = TOKEN.replaceAll('c0ffee', 'decaff');
    writeFileSync(tokenFile, next);
    expect((await call(ingester.url, 'limit', { token: next })).status).toBe(200);
    expect((await call(ingester.url, 'limit', { token: TOKEN })).status).toBe(401);
    for (const path of ['/', '/metrics', '/health']) {
      expect((await ingester.get(path)).body).not.toMatch(/c0ffee|decaff/);
    }
    expect(await ingester.stop()).toBe(0);
    expect(ingester.output).toContain('Reloaded: ADMIN_TOKEN_FILE');
    expect(ingester.output).not.toMatch(/c0ffee|decaff/);
  });
});
