import { spawnSync } from 'node:child_process';
import { launch, type Browser, type Page } from 'puppeteer-core';

const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).error === undefined,
);

/**
 * `describe` if Chromium is installed; otherwise skips the tests with one line of explanation. In continuous integration
 * nothing may be skipped: the tests run, and fail without Chromium.
 */
export function describeInBrowser(title: string, tests: () => void): void {
  const mayBeLeftOut = ['', 'false', undefined].includes(process.env['CI']);
  if (CHROMIUM !== undefined || !mayBeLeftOut) {
    describe(title, tests);
    return;
  }
  process.stderr.write(`left out: ${title} (needs chromium: tools/install-system-tools.sh)\n`);
  describe.skip(title, tests);
}

export function launchBrowser(): Promise<Browser> {
  const executablePath = spawnSync('which', [CHROMIUM ?? 'chromium'], { encoding: 'utf8' }).stdout.trim();
  // Root cannot use the sandbox, and continuous integration often runs as root.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return launch({ executablePath, args });
}

export interface VisitOptions {
  width?: number;
  height?: number;
  /** Device pixels per CSS pixel. */
  scale?: number;
  scheme?: 'light' | 'dark';
}

/** A page in the browser, with all its requests and all problems that the browser reported. */
export class Visit {
  readonly requests: string[] = [];
  /** Console errors and warnings, exceptions, and violations of the content security policy. */
  readonly complaints: string[] = [];

  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  static async to(
    browser: Browser,
    url: string,
    { width = 1280, height = 800, scale = 1, scheme = 'light' }: VisitOptions = {},
  ): Promise<Visit> {
    const page = await browser.newPage();
    const visit = new Visit(page);
    page.on('request', (request) => visit.requests.push(request.url()));
    page.on('console', (message) => {
      if (['error', 'warn'].includes(message.type())) visit.complaints.push(message.text());
    });
    page.on('pageerror', (error) => visit.complaints.push(String(error)));
    await page.exposeFunction('violated', (what: string) => visit.complaints.push(what));
    await page.evaluateOnNewDocument(
      `document.addEventListener('securitypolicyviolation', ({ violatedDirective }) => violated(violatedDirective))`,
    );
    await page.setViewport({ width, height, deviceScaleFactor: scale });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.goto(url);
    return visit;
  }

  /** Evaluates an expression in the page. */
  async value<T>(expression: string): Promise<T> {
    return (await this.page.evaluate(expression)) as T;
  }

  text(selector: string): Promise<string> {
    return this.value<string>(`document.querySelector(${JSON.stringify(selector)}).innerText`);
  }

  async close(): Promise<void> {
    await this.page.close();
  }
}
