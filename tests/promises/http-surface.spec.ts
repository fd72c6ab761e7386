import { connect, type Socket } from 'node:net';
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

/** What must not come back: where the code is, what it is made of, a stack. */
const REVEALING = /node_modules|dist\/|\.[jt]s:\d+|^\s+at /m;

const MALFORMED: Record<string, string | Buffer> = {
  'no HTTP at all': 'EHLO caves\r\n\r\n',
  'the hello of TLS': Buffer.from('16030100f5010000f10303', 'hex'),
  'random bytes': Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 197 + 11) % 256)),
  'a version that is none': 'GET /health HTTP/9.9\r\nHost: a\r\n\r\n',
  'a method that is none': 'FETCH /health HTTP/1.1\r\nHost: a\r\n\r\n',
  'no host': 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n',
  'a NUL in a header': 'GET /health HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n',
  'both lengths':
    'POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'a chunk without a size': 'POST /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'a header of 1 MB': `GET /health HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(1_000_000)}\r\n\r\n`,
  '10,000 headers': `GET /health HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(10_000)}\r\n`,
  'an address of 100 KB': `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
};

describe('the HTTP port of the service', () => {
  let scenario: Scenario;
  let ingester: Ingester;
  const open = new Set<Socket>();

  /** A connection that outlives whatever the service does to it. */
  function dial(): Socket {
    const socket = connect(Number(new URL(ingester.url).port), '127.0.0.1');
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
    open.add(socket);
    return socket;
  }

  /** Everything that comes back until the service hangs up. */
  async function answerTo(bytes: string | Buffer): Promise<string> {
    const socket = dial();
    socket.write(bytes);
    return text(socket).catch(() => '');
  }

  beforeAll(async () => {
    scenario = await Scenario.create('http');
    // As patient as by default: on a slow machine 10,000 requests keep one core busy for seconds.
    ingester = await scenario.startIngester({
      KAFKA_SESSION_TIMEOUT_MS: '30000',
      KAFKA_HEARTBEAT_INTERVAL_MS: '3000',
    });
  });
  afterAll(async () => {
    for (const socket of open) socket.destroy();
    await scenario.cleanUp();
  });

  it.each(PATHS)('answers a GET of %s as nothing to embed, sniff or keep', async (path) => {
    const response = await fetch(ingester.url + path);
    await response.body?.cancel();
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject(HEADERS);
    expect(response.headers.has('x-powered-by')).toBe(false);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'])('knows no %s', async (method) => {
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
    const answer = await answerTo(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toMatch(/content-type: application\/json/i);
    expect(answer).toMatch(/x-content-type-options: nosniff/i);
    expect(answer).not.toMatch(/x-powered-by/i);
    expect(answer).not.toMatch(REVEALING);
  });

  it('takes nothing from query, body or headers of a GET', async () => {
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

  it('stores on and answers probes under 10,000 requests at once, broken ones, half ones and slow ones', async () => {
    const half = Array.from({ length: 200 }, () => dial().resume());
    for (const socket of half) socket.write('GET /metrics HTTP/1.1\r\nHost: a\r\n');
    const loris = Array.from({ length: 200 }, () => dial().resume());
    for (const socket of loris) socket.write('GET /health HTTP/1.1\r\nX: ');
    const drip = setInterval(() => {
      for (const socket of loris) if (socket.writable) socket.write('a');
    }, 250).unref();
    const broken = Object.values(MALFORMED).flatMap((bytes) =>
      Array.from({ length: 20 }, () => answerTo(bytes)),
    );

    // Ten requests a connection, sent together: as many as this are under way, with few open files here.
    const paths = ['/health', '/health/live', '/nothing', '/metrics', '/page/page.css'];
    const requests = Array.from(
      { length: 10 },
      (_, index) =>
        `GET ${paths[index % paths.length] ?? '/'} HTTP/1.1\r\nHost: a\r\n${index === 9 ? 'Connection: close\r\n' : ''}\r\n`,
    ).join('');
    const flood = Array.from({ length: 1_000 }, () => answerTo(requests));
    const stored = scenario.produce(Array.from({ length: 500 }, () => validOrder()));
    const probes = ['/health', '/health/live'].map(async (path) => (await fetch(ingester.url + path)).status);

    expect(await Promise.all(probes)).toEqual([200, 200]);
    const right = paths
      .concat(paths)
      .map((path) => `HTTP/1.1 ${path === '/nothing' ? 404 : 200}`)
      .join();
    const statuses = (await Promise.all(flood)).map(
      (answer) => answer.match(/HTTP\/1\.1 \d+/g)?.join() ?? '',
    );
    // A machine that is slow enough hangs up on some: nobody is answered wrongly, and hardly anybody not at all.
    const answered = statuses.filter((status) => status !== '');
    expect(new Set(answered)).toEqual(new Set([right]));
    expect(answered.length).toBeGreaterThan(0.98 * statuses.length);
    await Promise.all(broken);
    await stored;
    await ingester.untilMetric('batch_size_events_sum', 500);
    await ingester.until('those who are slow are hung up on', () =>
      [...half, ...loris].every(({ closed }) => closed),
    );
    clearInterval(drip);
    await ingester.untilReady();
  });

  it('of all that the log says nothing, and the service drains', async () => {
    expect(await ingester.stop()).toBe(0);
    const told = ingester.log().filter(({ event }) => event !== 'kafka_client');
    expect(told.filter(({ level }) => level !== 'info')).toEqual([]);
    expect(ingester.output).not.toMatch(/CANARY|evil\.example|^\s+at /m);
    expect(await scenario.query('SELECT count(*) AS N FROM RAW_EVENTS_STREAM')).toEqual([{ N: '500' }]);
  });
});
