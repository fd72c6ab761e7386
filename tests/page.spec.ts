import type { Browser } from 'puppeteer-core';
import { freePort } from '#testing';
import { describeInBrowser, launchBrowser, Visit, type VisitOptions } from './support/browser.js';
import type { Ingester } from './support/ingester.js';
import { Scenario } from './support/scenario.js';

const STORED = '{"event_type":"CELLAR_VISITED"}';
const PRIVATE = 'Romanée-Conti 1945';
const SCRIPT = '<script>window.ran=1</script>';
const IMAGE = '<img src=x onerror="window.ran=1">';
/** DuckDB rejects a lone surrogate, so a producer's own text can become a dead letter's event type. */
const refused = (eventType: string) =>
  JSON.stringify({ event_type: eventType, note: '?' }).replace('?', '\\ud800');

describe('the page at /', () => {
  let scenario: Scenario;
  let ingester: Ingester;
  beforeAll(async () => {
    scenario = await Scenario.create('page', { partitions: 2 });
    ingester = await scenario.startIngester();
  });
  afterAll(() => scenario.cleanUp());

  async function produce(...values: string[]): Promise<void> {
    await scenario.produce(values.map((value, index) => ({ value, partition: index % 2 })));
  }

  it('serves each file with security headers', async () => {
    for (const path of ['/', '/page/page.js', '/page/page.css', '/page/uplot.js', '/page/icon.svg']) {
      const { status, headers } = await fetch(ingester.url + path);
      expect({ path, status }).toEqual({ path, status: 200 });
      const policy = headers.get('content-security-policy');
      for (const directive of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]) {
        expect(policy).toContain(directive);
      }
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
    expect((await ingester.get('/page/..%2fpage-files.js')).status).toBe(404);
    expect((await ingester.get('/page/package.json')).status).toBe(404);
  });

  it('responds with 404 if it is off, as in production by default', async () => {
    for (const off of [{ STATUS_PAGE: 'false' }, { NODE_ENV: 'production' }]) {
      const other = await scenario.launchIngester({
        ...off,
        KAFKA_BOOTSTRAP_SERVER: `127.0.0.1:${await freePort()}`,
        DUCKDB_PATH: `${scenario.duckdbPath}.other`,
      });
      await other.until('answers', async () => (await other.get('/health/live')).status === 200);
      const unknown = await other.get('/nowhere');
      for (const path of ['/', '/page/live', '/page/page.js']) {
        const { status, body } = await other.get(path);
        expect({ status, body }).toEqual({ status: 404, body: unknown.body.replace('/nowhere', path) });
      }
      await other.kill();
    }
  });

  describeInBrowser('in a browser', () => {
    let browser: Browser;
    const visits: Visit[] = [];
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser.close());
    afterEach(async () => {
      for (const visit of visits.splice(0)) {
        expect(visit.complaints).toEqual([]);
        const origins = new Set(visit.requests.map((url) => new URL(url).origin));
        expect([...origins]).toEqual([ingester.url]);
        await visit.close();
      }
    });

    async function open(options: VisitOptions = {}): Promise<Visit> {
      const visit = await Visit.to(browser, ingester.url, options);
      visits.push(visit);
      await shows(visit, '#connection', 'Live');
      return visit;
    }

    async function shows(visit: Visit, selector: string, text: string): Promise<void> {
      await ingester.until(`${selector} shows ${text}`, async () =>
        (await visit.text(selector)).includes(text),
      );
    }

    it('shows what was stored before it was opened, and updates by itself', async () => {
      await produce(STORED, STORED, STORED);
      await ingester.untilMetric('snowflake_events_inserted_total', 3);
      const visit = await open();
      await shows(visit, '#stored-more', '3 since the start');
      expect(await visit.text('#readiness')).toBe('Ready');
      const drawn = `[...document.querySelectorAll('canvas')].map((canvas) =>
        canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte > 0))`;
      expect(await visit.value(drawn)).toEqual([true, true, true, true]);
      await produce(STORED, STORED, 'no json', STORED, STORED);
      await shows(visit, '#stored-more', '7 since the start');
      await shows(visit, '#ledger tfoot', '2 partitions');
      const ledger = `[...document.querySelectorAll('#ledger tbody tr')].map((row) =>
        [...row.cells].slice(2).map((cell) => cell.innerText))`;
      await shows(visit, '#newest', 'json_decode');
      expect(await visit.value(ledger)).toEqual([
        ['0', '5', '4', '1', '0', '0', '0', '✓'],
        ['0', '3', '3', '0', '0', '0', '0', '✓'],
      ]);
    });

    it('shows how far behind the service is, since when, whose pod it is, and what to do', async () => {
      const visit = await open();
      await shows(visit, '#whose', scenario.group);
      await shows(visit, '#lag-time-more', 'age of the oldest unsettled');
      await shows(visit, '#catch-up-more', 'caught up');
      await shows(visit, '#memory-more', ' of ');
      await shows(visit, '#rebalances', '1');
      await produce(JSON.stringify({ event_type: 'ORDER_CREATED' }), STORED);
      const types = `[...document.querySelectorAll('#types tbody tr')].map(({ cells }) =>
        cells[0].innerText + ' ' + (cells[3].innerText > 0))`;
      await ingester.until('types', async () =>
        (await visit.value<string[]>(types)).includes('ORDER_CREATED true'),
      );
      await shows(visit, '#latency-more', 'newest row');
      const letters = await ingester.metric('dlq_messages_total');
      await shows(visit, '#open', String(letters));
      const [id] = /\S+@\d+/.exec(await visit.text('#newest li')) ?? [];
      await shows(visit, '#commands', `npm run -s operator -- dead-letters show ${id}`);
    });

    it('copies a command', async () => {
      const visit = await open();
      const granted = ['clipboard-read', 'clipboard-write'].map((name) => ({
        permission: { name },
        state: 'granted' as const,
      }));
      await browser.setPermission(ingester.url, ...granted);
      await visit.page.click('#commands .copy');
      await shows(visit, '#commands .copy', 'Copied');
      expect(await visit.value('navigator.clipboard.readText()')).toBe(
        await visit.text('#commands .command code'),
      );
    });

    it('shows a script in an event as text, and nothing of the value of a dead letter', async () => {
      const bad = JSON.stringify({ event_type: 'ORDER_CREATED', customer_id: PRIVATE });
      await produce(refused(SCRIPT), refused(IMAGE), bad);
      const visit = await open();
      for (const text of [SCRIPT, IMAGE, 'warehouse_rejected', 'customer_id']) {
        await shows(visit, '#newest', text);
      }
      expect(await visit.value('window.ran ?? null')).toBeNull();
      expect(await visit.value(`document.querySelectorAll('main script, main img').length`)).toBe(0);
      expect(await visit.value('document.body.innerText')).not.toContain(PRIVATE);
    });

    it('can be used by the keyboard alone', async () => {
      const visit = await open();
      const { keyboard } = visit.page;
      const order: string[] = [];
      for (let step = 0; step < 30 && order.at(-1) !== 'Metrics'; step += 1) {
        await keyboard.press('Tab');
        const focused = `(({ id, innerText, ariaLabel, className }) =>
          id || ariaLabel?.split(':')[0] || className || innerText)(document.activeElement)`;
        const name = await visit.value<string>(focused);
        if (name !== order.at(-1)) order.push(name);
      }
      expect(order).toEqual([
        'skip',
        'pause',
        'Throughput',
        'Lag',
        'Lag in time',
        'Batch times',
        'Copy',
        'scroll',
        'Configuration',
        'Health',
        'Liveness',
        'Metrics',
      ]);
      const outline = `getComputedStyle(document.activeElement).outlineStyle`;
      expect(await visit.value(outline)).toBe('solid');

      await visit.page.focus('#throughput .plot');
      await keyboard.press('ArrowLeft');
      expect(await visit.text('#throughput .reading')).toMatch(
        /^\d\d:\d\d:\d\d\s*arriving [\d.,–/s]+\s*stored/,
      );
      await keyboard.press('Tab');
      expect(await visit.text('#throughput .reading')).toMatch(/^arriving/);

      await visit.page.focus('#pause');
      await keyboard.press('Space');
      expect(await visit.text('#connection')).toBe('Paused');
      const before = await visit.text('#stored-more');
      const stored = await ingester.metric('snowflake_events_inserted_total');
      await produce(STORED);
      await ingester.untilMetric('snowflake_events_inserted_total', stored + 1);
      expect(await visit.text('#stored-more')).toBe(before);
      await keyboard.press('Space');
      await shows(visit, '#stored-more', `${stored + 1} since the start`);
    });

    it.each(['light', 'dark'] as const)('is readable in %s colours', async (scheme) => {
      const visit = await open({ scheme });
      const colors = await visit.value<Record<string, string>>(
        `(() => {
          const style = getComputedStyle(document.documentElement);
          const names = ['paper', 'ink', 'muted', 'wine', 'amber', 'slate', 'leaf', 'red'];
          return Object.fromEntries(names.map((name) => [name, style.getPropertyValue('--' + name)]));
        })()`,
      );
      const { paper = '', ...others } = colors;
      expect(luminance(paper) > 0.5).toBe(scheme === 'light');
      for (const [name, color] of Object.entries(others)) {
        expect({ name, isReadable: contrast(color, paper) >= 4.5 }).toEqual({ name, isReadable: true });
      }
    });

    it.each([375, 320])('fits a width of %i, and says which table scrolls', async (width) => {
      const visit = await open({ width });
      await shows(visit, '#newest', 'customer_id');
      expect(await visit.value('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      await shows(visit, '.hint', 'scroll it sideways');
      await visit.value(`document.querySelector('.scroll').scrollLeft = 9_999`);
      await ingester.until('hint disappears', () => visit.value(`document.querySelector('.hint').hidden`));
    });

    it('does not delay the shutdown of the service, shows that it is unreachable, and reconnects', async () => {
      const visit = await open();
      const samples = () =>
        visit.value<number>(`JSON.parse(sessionStorage['history ${scenario.topic}']).at[0]`);
      await ingester.until('history is kept', () =>
        visit.value<boolean>(`'history ${scenario.topic}' in sessionStorage`),
      );
      const begin = await samples();
      const mark = () => visit.value<string>(`document.querySelector('link[rel=icon]').href`);
      const inPeace = await mark();
      expect(await ingester.stop()).toBe(0);
      await shows(visit, '#connection', 'No response');
      await shows(visit, '#readiness', 'Unreachable');
      await shows(visit, '#reasons', 'The service has not responded since');
      expect(await visit.page.title()).toMatch(/^Unreachable: /);
      expect(await mark()).not.toBe(inPeace);
      expect(
        await visit.value('getComputedStyle(document.querySelector("#ledger").closest("section")).opacity'),
      ).not.toBe('1');
      await scenario.launchIngester({ METRICS_PORT: new URL(ingester.url).port });
      await shows(visit, '#connection', 'Live');
      await shows(visit, '#readiness', 'Ready');
      expect(await visit.page.title()).toMatch(/^Ready: /);
      expect(await mark()).toBe(inPeace);
      // The charts go on: the new process knows nothing of the time before, but the page does, also when it is reloaded.
      await visit.page.reload();
      await shows(visit, '#connection', 'Live');
      expect(await samples()).toBe(begin);
      // The browser reports the requests that failed while the service was unreachable.
      expect(visit.complaints.filter((text) => !text.includes('net::ERR_'))).toEqual([]);
      visit.complaints.length = 0;
    });
  });
});

/** The WCAG 2 contrast ratio of two colours `#rrggbb`: 1 to 21. */
function contrast(first: string, second: string): number {
  const [low = 0, high = 0] = [luminance(first), luminance(second)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => parseInt(color.trim().slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
