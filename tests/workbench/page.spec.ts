import type { Browser } from 'puppeteer-core';
import { validOrder } from '../support/bad-input.js';
import { describeInBrowser, launchBrowser, Visit, type VisitOptions } from '../support/browser.js';
import type { Ingester } from '../support/ingester.js';
import { Scenario } from '../support/scenario.js';
import { TOKEN } from './client.js';

const SCRIPT = '<script>window.ran=1</script>';
const IMAGE = '<img src=x onerror="window.ran=1">';
const OTHER_PAGE = '"><a href="javascript:window.ran=1">';

describeInBrowser('the workbench in a browser', () => {
  let scenario: Scenario;
  let ingester: Ingester;
  let browser: Browser;
  const visits: Visit[] = [];
  const order = JSON.parse(validOrder().value) as Record<string, unknown>;

  beforeAll(async () => {
    scenario = await Scenario.create('workbench-page');
    ingester = await scenario.startIngester({ ADMIN_TOKEN: TOKEN, DLQ_MAX_RUN: '8', BATCH_MIN_EVENTS: '1' });
    const hostile = { ...order, customer_id: SCRIPT, quantity: null, emoji: IMAGE };
    await scenario.produce([
      {
        value: JSON.stringify(hostile, null, 2),
        key: IMAGE,
        headers: { [SCRIPT]: OTHER_PAGE, source_service: IMAGE },
      },
      { value: `{"event_type": "${SCRIPT}", "note": "\\ud800"}` },
      { value: `${IMAGE} is no JSON` },
      { value: '{"event_type":"ORDER_CREATED",}' },
    ]);
    await ingester.untilMetric('dlq_messages_total', 4);
    await scenario.untilSettled(ingester);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await scenario.cleanUp();
  });
  afterEach(async () => {
    for (const visit of visits.splice(0)) {
      expect(await visit.value('window.ran ?? null')).toBeNull();
      expect(visit.complaints).toEqual([]);
      const origins = new Set(visit.requests.map((url) => new URL(url).origin));
      expect([...origins]).toEqual([ingester.url]);
      await visit.close();
    }
  });

  const at = (offset: number) => `${scenario.topic}-0@${offset}`;

  async function visitPage(path = '', options: VisitOptions = {}): Promise<Visit> {
    const visit = await Visit.to(browser, `${ingester.url}/page/workbench${path}`, options);
    visits.push(visit);
    return visit;
  }

  async function unlock(visit: Visit, token = TOKEN): Promise<void> {
    await visit.page.type('#token', token);
    await visit.page.type('#user', 'anna');
    await visit.page.click('#unlock button');
  }

  async function open(path = '', options: VisitOptions = {}): Promise<Visit> {
    const visit = await visitPage(path, options);
    await unlock(visit);
    await ingester.until('listed', () => visit.value(`document.querySelector('#range').innerText !== ''`));
    return visit;
  }

  async function shows(visit: Visit, selector: string, text: string): Promise<void> {
    await ingester.until(`${selector} shows ${text}`, async () =>
      (await visit.text(selector)).includes(text),
    );
  }

  async function openLetter(visit: Visit, offset: number): Promise<void> {
    await visit.page.click(`#letters ::-p-text(${at(offset)})`);
    await shows(visit, '#letter-id', at(offset));
    await ingester.until('checked', () => visit.value(`document.querySelector('#verdict').innerText !== ''`));
  }

  it('opens with the token only, keeps it in memory, and is linked from the page', async () => {
    const visit = await visitPage();
    await unlock(visit, 'not-the-right-token');
    await shows(visit, '#locked-out', 'This is not the token');
    expect(visit.complaints.splice(0).join()).toMatch(/401/);
    expect(await visit.value(`document.querySelector('#bench').hidden`)).toBe(true);
    await visit.page.type('#token', TOKEN);
    await visit.page.click('#unlock button');
    await shows(visit, '#range', '1 to 4 of 4');
    expect(
      await visit.value('document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })'),
    ).toBe('{}');
    expect(visit.requests.filter((url) => url.includes(TOKEN))).toEqual([]);
    await visit.page.click('#lock');
    expect(await visit.value(`document.querySelector('#bench').hidden`)).toBe(true);
    expect(await visit.value(`document.querySelector('#token').value`)).toBe('');

    await visit.page.goto(ingester.url);
    await shows(visit, '#newest', at(0));
    await visit.page.click(`#newest ::-p-text(${at(0)})`);
    await visit.page.waitForSelector('#token');
    await unlock(visit);
    await shows(visit, '#letter-id', at(0));
  });

  it('shows everything of a hostile letter as text, with its faults marked', async () => {
    const visit = await open();
    await shows(visit, '#groups', IMAGE);
    await shows(visit, '#letters', SCRIPT);
    await openLetter(visit, 0);
    for (const text of [SCRIPT, IMAGE, OTHER_PAGE]) await shows(visit, '#letter', text);
    const marked = `[...document.querySelectorAll('#value mark')].map((mark) => mark.innerText)`;
    expect(await visit.value(marked)).toEqual([JSON.stringify(SCRIPT), 'null']);
    expect(await visit.text('#value')).toBe(
      JSON.stringify({ ...order, customer_id: SCRIPT, quantity: null, emoji: IMAGE }, null, 2),
    );
    await shows(visit, '#verdict', 'would be a dead letter again');
    expect(await visit.value(`document.querySelectorAll('main script, main img, main a').length`)).toBe(0);
    await visit.page.keyboard.press('Escape');
    await openLetter(visit, 3);
    expect(await visit.value(marked)).toEqual(['}']);
  });

  it('filters by reason', async () => {
    const visit = await open();
    await visit.page.click('#groups ::-p-text(json_decode)');
    await shows(visit, '#range', '1 to 2 of 2');
    await visit.page.click('#filter [type=reset]');
    await shows(visit, '#range', '1 to 4 of 4');
    await visit.page.type('#filter [name=field]', 'quantity');
    await visit.page.click('#filter .buttons button');
    await shows(visit, '#range', '1 to 1 of 1');
  });

  it('shows what an edit changes while it is typed, sends it, and shows when it is stored and who did it', async () => {
    const visit = await open();
    await openLetter(visit, 0);
    const button = `document.querySelector('#act [value=redrive]').disabled`;
    expect(await visit.value(button)).toBe(true);
    await visit.page.click('#edit');
    const type = (expression: string) =>
      visit.value(`(() => {
        const edited = document.querySelector('#edited');
        edited.value = ${expression};
        edited.dispatchEvent(new InputEvent('input', { bubbles: true }));
      })()`);
    await type(`edited.value.replace(${JSON.stringify(JSON.stringify(SCRIPT))}, '63')`);
    await shows(visit, '#verdict', '+ customer_id: 63');
    await shows(visit, '#verdict', 'quantity');
    expect(await visit.value(button)).toBe(true);
    await type(`edited.value.replace('null', '2')`);
    await shows(visit, '#verdict', 'The service would store it like this.');
    expect(await visit.text('#verdict .changes')).toContain(`− customer_id: ${JSON.stringify(SCRIPT)}`);
    await visit.page.type('#letter-reason', 'the shop confirmed it');
    await visit.page.click('#act [value=redrive]');
    await shows(visit, '#letter-outcome', 'Sent 1 letter');
    await shows(
      visit,
      '#letter-facts',
      'Sent again by anna (page), changed: customer_id, quantity (the shop confirmed it)',
    );
    await shows(visit, '#letter-facts', 'Stored');
    await shows(visit, '#verdict', 'There is nothing to send: it is already stored.');
    await shows(visit, '#counts', '1 stored');
  });

  it('closes the chosen letters with a reason', async () => {
    const visit = await open();
    await shows(visit, '#range', '1 to 3 of 3');
    await visit.page.click('#choose-all');
    await visit.page.click('#chosen [value=resolve]');
    await shows(visit, '#outcome', 'reason: expected a few words');
    expect(visit.complaints.splice(0).join()).toMatch(/400/);
    await visit.page.type('#chosen-reason', `tests of the shop ${SCRIPT}`);
    await visit.page.click('#chosen [value=resolve]');
    await shows(visit, '#outcome', 'Resolved 3 letters.');
    await shows(visit, '#range', 'none match');
    await visit.page.select('#filter [name=status]', 'resolved');
    await visit.page.click('#filter .buttons button');
    await shows(visit, '#range', '1 to 3 of 3');
    await openLetter(visit, 2);
    await shows(visit, '#letter-facts', `Resolved by anna (page) (tests of the shop ${SCRIPT})`);
  });

  it.each(['light', 'dark'] as const)('fits a telephone, in %s colours', async (scheme) => {
    const visit = await open(`#${at(2)}`, { width: 360, height: 740, scheme });
    const width = 'document.documentElement.scrollWidth';
    await shows(visit, '#letter-id', at(2));
    expect(await visit.value(width)).toBeLessThanOrEqual(360);
    const isWide = `(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)(document.querySelector('#letter'))`;
    expect(await visit.value(isWide)).toBe(false);
    await visit.page.click('#letter .head button');
    expect(await visit.value(width)).toBeLessThanOrEqual(360);
  });

  it('shows that the dead-letter limit holds events, and lifts it', async () => {
    const visit = await open();
    await scenario.produce(Array.from({ length: 20 }, () => ({ value: 'no JSON' })));
    await shows(visit, '#held-why', 'DLQ_MAX_RUN=8');
    await visit.page.type('#held-reason', 'a known test');
    await visit.page.click('#held button');
    await shows(visit, '#outcome', 'The limit is lifted');
    await scenario.untilSettled(ingester);
    await ingester.until('log', () =>
      ingester.output.includes('anna (page) lifted the dead-letter limit: a known test'),
    );
    expect(await visit.value(`document.querySelector('#held').hidden`)).toBe(true);
  });
});
