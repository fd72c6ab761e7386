import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The files of the page: the name in the URL, the type, and the location. */
const FILES = [
  ['index.html', 'html', './static/index.html'],
  ['page.css', 'css', './static/page.css'],
  ['page.js', 'js', './static/page.js'],
  ['charts.js', 'js', './static/charts.js'],
  ['commands.js', 'js', './static/commands.js'],
  ['errors.js', 'js', './static/errors.js'],
  ['figures.js', 'js', './static/figures.js'],
  ['history.js', 'js', './static/history.js'],
  ['scrolling.js', 'js', './static/scrolling.js'],
  ['tables.js', 'js', './static/tables.js'],
  ['state.js', 'js', './static/state.js'],
  ['words.js', 'js', './static/words.js'],
  ['workbench.html', 'html', './static/workbench.html'],
  ['workbench.css', 'css', './static/workbench.css'],
  ['letters/workbench.js', 'js', './static/letters/workbench.js'],
  ['letters/api.js', 'js', './static/letters/api.js'],
  ['letters/letter-dialog.js', 'js', './static/letters/letter-dialog.js'],
  ['letters/letter-list.js', 'js', './static/letters/letter-list.js'],
  ['letters/letter-text.js', 'js', './static/letters/letter-text.js'],
  ['letters/outcome.js', 'js', './static/letters/outcome.js'],
  ['icon.svg', 'svg', './static/icon.svg'],
  ['uplot.js', 'js', 'uplot/dist/uPlot.esm.js'],
  ['uplot.css', 'css', 'uplot/dist/uPlot.min.css'],
] as const;

/** Only these files may run, style or be requested, so no text of an event can become script. */
export const PAGE_HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    // The tab icon must change even when the service is unreachable.
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
} as const;

const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

/** A file by its name in the URL; null for every other name. */
export function pageFile(name: string): { type: string; text: string } | null {
  const found = FILES.find(([known]) => known === name);
  if (found === undefined) return null;
  const [, kind, place] = found;
  return { type: TYPES[kind], text: readFileSync(fileURLToPath(import.meta.resolve(place)), 'utf8') };
}
