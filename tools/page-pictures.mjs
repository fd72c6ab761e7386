// Takes the README's screenshots of the status page from a running service, ideally after ten minutes of npm start:
//   node tools/page-pictures.mjs [http://127.0.0.1:8000/]
import { launchBrowser, Visit } from '../tests/support/browser.ts';

const PICTURES = [
  { name: 'page-light', scheme: 'light', width: 1280, height: 1180 },
  { name: 'page-dark', scheme: 'dark', width: 1280, height: 1180 },
  { name: 'page-phone', scheme: 'light', width: 375, height: 812, scale: 2 },
];

const [url = 'http://127.0.0.1:8000/'] = process.argv.slice(2);
const browser = await launchBrowser();
for (const { name, ...options } of PICTURES) {
  const { page } = await Visit.to(browser, url, options);
  for (const selector of ['#ledger tfoot tr', '#connection ::-p-text(Live)', '::-p-text(as of )'])
    await page.waitForSelector(selector);
  await page.screenshot({ path: `docs/images/${name}.png` });
}
await browser.close();
