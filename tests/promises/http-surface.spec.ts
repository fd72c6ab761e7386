import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import { validOrder } from '../support/bad-input.js';
import type { Ingester } from '../support/ingester.js';
import { Scenario } from '../support/scenario.js';

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': expect.stringContaining('no-store') as string,
  'content-security-policy': expect.stringContaining("default-src 'none'") as string,
};
const PATHS = ['/', '/health', '/health/live', '/metrics', '/page/page.js', '/page/live'];

/** What no response may contain: paths of the code, names of its libraries, stack traces. */
const REVEALING = /node_modules|dist\/|\.[jt]s:\d+|^\s+at /m;

const MALFORMED: Record<string, string | Buffer> = {
  'no HTTP at all': 'EHLO caves\r\n\r\n',
  'the hello of TLS': Buffer.from('16030100f5010000f10303', 'hex'),
  'random bytes': Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 197 + 11) % 256)),
  'an invalid version': 'GET /health HTTP/9.9\r\nHost: localhost\r\n\r\n',
  'an invalid method': 'FETCH /health HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'no host': 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n',
  'a NUL in a header': 'GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n',
  'both lengths':
    'POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'a chunk without a size':
    'POST /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'a header of 1 MB': `GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(1_000_000)}\r\n\r\n`,
  '10,000 headers': `GET /health HTTP/1.1\r\nHost: localhost\r\n${'X: y\r\n'.repeat(10_000)}\r\n`,
  'an address of 100 KB': `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
};

describe('the HTTP port of the service', () => {
  let scenario: Scenario;
  let ingester: Ingester;
  const open = new Set<Socket>();

  /** A connection that tolerates anything the service does to it. */
  function dial(): Socket {
    const socket = connect(Number(new URL(ingester.url).port), '127.0.0.1');
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
    open.add(socket);
    return socket;
  }

  /** Everything received until the service hangs up. */
  async function answerTo(bytes: string | Buffer): Promise<string> {
    const socket = dial();
    socket.write(bytes);
    return text(socket).catch(() => '');
  }

  beforeAll(async () => {
    scenario = await Scenario.create('http');
    // The default silence limit: on a slow machine 10,000 requests keep one core busy for seconds.
    ingester = await scenario.startIngester({
      KAFKA_SESSION_TIMEOUT_MS: '30000',
      KAFKA_HEARTBEAT_INTERVAL_MS: '3000',
    });
  });
  afterAll(async () => {
    for (const socket of open) socket.destroy();
    await scenario.cleanUp();
  });

  it.each(PATHS)('responds to GET %s with headers against embedding, sniffing and caching', async (path) => {
    const response = await fetch(ingester.url + path);
    await response.body?.cancel();
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject(HEADERS);
    expect(response.headers.has('x-powered-by')).toBe(false);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'])('rejects %s', async (method) => {
    for (const path of PATHS) {
      const body = '{"CANARY": broken';
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(ingester.url + path, { method, body, headers });
      const answer = await response.text();
      expect([404, 405]).toContain(response.status);
      expect(answer).not.toMatch(/CANARY/);
      expect(answer).not.toMatch(REVEALING);
      expect(Object.fromEntries(response.headers)).toMatchObject(HEADERS);
    }
  });

  it.each([
    ['/nothing', 404],
    ['/page/../../package.json', 404],
    ['/page/..%2f..%2fservice.js', 404],
    ['/page/%2e%2e%2f%2e%2e%2fetc%2fpasswd', 404],
    ['/page/constructor', 404],
    ['/health/../../etc/passwd', 404],
    ['/.env', 404],
    ['/debug/pprof', 404],
    ['/page/%E0%A4%A', 400],
    ['/metrics/x', 404],
  ])('answers %s with %d and nothing else', async (path, status) => {
    const answer = await answerTo(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toMatch(/content-type: application\/json/i);
    expect(answer).toMatch(/x-content-type-options: nosniff/i);
    expect(answer).not.toMatch(/x-powered-by/i);
    expect(answer).not.toMatch(REVEALING);
  });

  it('ignores the query, body and headers of a GET', async () => {
    const plain = await ingester.get('/health');
    const dressed = await fetch(
      `${ingester.url}/health?__proto__[status]=down&status=down&x=${'y'.repeat(5_000)}`,
      {
        headers: { 'x-http-method-override': 'DELETE', 'x-forwarded-host': 'evil.example', cookie: 'a=b' },
      },
    );
    expect({ status: dressed.status, body: await dressed.text() }).toEqual(plain);
  });

  it.each(Object.entries(MALFORMED))('hangs up on %s', async (_, bytes) => {
    const answer = await answerTo(bytes);
    expect(answer).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
    expect(answer).not.toMatch(REVEALING);
  });

  it('keeps storing and responding to probes under 10,000 concurrent requests: broken, partial and slow ones', async () => {
    const half = Array.from({ length: 200 }, () => dial().resume());
    for (const socket of half) socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n');
    const loris = Array.from({ length: 200 }, () => dial().resume());
    for (const socket of loris) socket.write('GET /health HTTP/1.1\r\nX: ');
    const drip = setInterval(() => {
      for (const socket of loris) if (socket.writable) socket.write('a');
    }, 250).unref();
    const broken = Object.values(MALFORMED).flatMap((bytes) =>
      Array.from({ length: 20 }, () => answerTo(bytes)),
    );

    // Ten pipelined requests per connection: many concurrent requests, but few open files here.
    const paths = ['/health', '/health/live', '/nothing', '/metrics', '/page/page.css'];
    const requests = Array.from(
      { length: 10 },
      (_, index) =>
        `GET ${paths[index % paths.length] ?? '/'} HTTP/1.1\r\nHost: localhost\r\n${index === 9 ? 'Connection: close\r\n' : ''}\r\n`,
    ).join('');
    const flood = Array.from({ length: 1_000 }, () => answerTo(requests));
    const stored = scenario.produce(Array.from({ length: 500 }, () => validOrder()));
    const probes = ['/health', '/health/live'].map(async (path) => (await fetch(ingester.url + path)).status);

    expect(await Promise.all(probes)).toEqual([200, 200]);
    const answered = (await Promise.all(flood)).map(statusesIn).filter(({ length }) => length > 0);
    // On a slow machine the service hangs up on some. They succeed when retried with less concurrency.
    while (answered.length < flood.length) {
      const again = Array.from({ length: Math.min(50, flood.length - answered.length) }, () =>
        answerTo(requests),
      );
      answered.push(...(await Promise.all(again)).map(statusesIn).filter(({ length }) => length > 0));
    }
    // Liveness always responds; larger responses may be refused.
    for (const each of answered) {
      for (const [index, status] of each.entries()) {
        const isLiveness = paths[index % paths.length] === '/health/live';
        expect(status).toMatch(isLiveness ? / 200$/ : / (200|404|503)$/);
      }
    }
    await Promise.all(broken);
    await stored;
    await ingester.untilMetric('batch_size_events_sum', 500);
    await ingester.until('those who are slow are hung up on', () =>
      [...half, ...loris].every(({ closed }) => closed),
    );
    clearInterval(drip);
    await ingester.untilReady();
  });

  it('responds to 16 pipelined requests of a connection, then hangs up', async () => {
    const request = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const floods = Array.from({ length: 5 }, () => answerTo(request.repeat(360)));
    for (const answer of await Promise.all(floods)) {
      const statuses = answer.match(/HTTP\/1\.1 \d+/g) ?? [];
      expect(statuses.length).toBeLessThanOrEqual(17);
      expect(answer).toMatch(/HTTP\/1\.1 503[^]*retry-after: 1/i);
    }
    expect((await ingester.get('/metrics')).status).toBe(200);
  });

  it('ends the response to HEAD, even where a GET stays open', async () => {
    for (const path of PATHS) {
      const { status } = await fetch(ingester.url + path, { method: 'HEAD' });
      expect({ path, status }).toEqual({ path, status: 200 });
    }
  });

  it('serves the page under no name that could be rebound, and health under any', async () => {
    const get = (path: string) =>
      answerTo(`GET ${path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`);
    for (const path of ['/', '/page/live', '/page/page.js'])
      expect(await get(path)).toMatch(/^HTTP\/1.1 403 /);
    for (const path of ['/health', '/metrics']) expect(await get(path)).toMatch(/^HTTP\/1.1 200 /);
  });

  it('serves the page to this machine, and health to the network, over IPv6 and IPv4', async () => {
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const outer = addresses.filter(({ internal, scopeid }) => !internal && (scopeid ?? 0) === 0);
    const other = await scenario.launchIngester({
      METRICS_HOST: '',
      KAFKA_BOOTSTRAP_SERVER: '127.0.0.1:1',
      DUCKDB_PATH: `${scenario.duckdbPath}.other`,
    });
    await other.until('answers', async () => (await other.get('/health/live')).status === 200);
    const { port } = new URL(other.url);
    for (const { address, internal } of [...outer, ...addresses.filter((each) => each.internal)]) {
      const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
      const statuses = await Promise.all(
        ['/health/live', '/'].map(async (path) => (await fetch(url + path)).status),
      );
      expect({ address, statuses }).toEqual({ address, statuses: [200, internal ? 200 : 403] });
    }
    expect(other.output).toMatch(/Metrics and health on http:\/\/(\[::1\]|127\.0\.0\.1):\d+/);
    expect(await other.stop()).toBe(0);
  });

  it('logs none of this, and still drains', async () => {
    expect(await ingester.stop()).toBe(0);
    // On a busy machine a flood may delay the poll of the log ends, which the service reports.
    const told = ingester
      .log()
      .filter(({ event, stage }) => event !== 'kafka_client' && stage !== 'log_ends');
    expect(told.filter(({ level }) => level !== 'info')).toEqual([]);
    expect(ingester.output).not.toMatch(/CANARY|evil\.example|^\s+at /m);
    expect(await scenario.query('SELECT count(*) AS N FROM RAW_EVENTS_STREAM')).toEqual([{ N: '500' }]);
  });
});

function statusesIn(answer: string): string[] {
  return answer.match(/HTTP\/1\.1 (\d+)/g) ?? [];
}
