import uPlot from './uplot.js';
import { element } from './tables.js';
import { clock, hourAndMinute } from './words.js';

const LEAST_SPAN_SECONDS = 120;
const SPAN_SECONDS = 600;

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);

/**
 * A time chart in a figure. The caption shows the newest values, or those under the pointer or selected with the arrow
 * keys; screen readers announce values selected with the keys.
 *
 * @param figure with a caption
 * @param lines each `{ field, name, color, dashed, words }`; `field` is a column of the history
 * @param axis formats a value for the vertical axis
 */
export function chart(figure, lines, axis) {
  const reading = element('p', 'reading');
  figure.querySelector('figcaption').append(reading);
  const place = element('div', 'plot');
  const title = figure.querySelector('h3').firstChild.textContent.trim();
  place.tabIndex = 0;
  place.setAttribute('role', 'group');
  place.setAttribute('aria-label', `${title}: chart of the last ten minutes. Arrow keys read its values.`);
  figure.append(place);
  const time = element('time');
  const values = lines.map(({ color: name, dashed }) => element('span', dashed ? `${name} dashed` : name));
  reading.append(time, ...values);

  let columns = null;
  const plot = new uPlot(options(lines, axis, read), [[]], place);

  function read() {
    if (columns === null || columns.at.length === 0) return;
    const chosen = plot.cursor.idx;
    const index = chosen ?? columns.at.length - 1;
    time.textContent = chosen == null ? '' : clock(columns.at[index]);
    time.hidden = chosen == null;
    for (const [place, { field, name, sparse, words }] of lines.entries()) {
      const value = sparse && chosen == null ? lastKnown(columns[field]) : columns[field][index];
      values[place].textContent = `${name} ${value == null ? '–' : words(value)}`;
    }
  }

  place.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -30, PageDown: 30 }[event.key];
    if (step === undefined || columns === null || columns.at.length === 0) return;
    event.preventDefault();
    reading.setAttribute('aria-live', 'polite');
    const last = columns.at.length - 1;
    const index = Math.min(last, Math.max(0, (plot.cursor.idx ?? last) + step));
    plot.setCursor({ left: plot.valToPos(columns.at[index], 'x'), top: 0 });
  });
  place.addEventListener('blur', () => {
    reading.removeAttribute('aria-live');
    plot.setCursor({ left: -10, top: -10 });
  });
  new ResizeObserver(() => plot.setSize(sizeOf(place))).observe(place);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => plot.redraw(false));

  return {
    show(newest) {
      columns = newest;
      plot.setData([columns.at, ...lines.map(({ field }) => columns[field])]);
      read();
    },
  };
}

/** The last known value: not every second has a batch. */
function lastKnown(column) {
  return column.findLast((value) => value !== null);
}

function sizeOf(place) {
  return { width: Math.max(100, place.clientWidth), height: Math.max(80, place.clientHeight) };
}

function options(lines, axis, read) {
  const font = '11px system-ui, sans-serif';
  const common = { stroke: () => color('muted'), font, ticks: { show: false } };
  const grid = { stroke: () => color('rule'), width: 1 };
  return {
    width: 100,
    height: 80,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    hooks: { setCursor: [read] },
    scales: {
      x: {
        range: (_, from, to) => [Math.max(to - SPAN_SECONDS, Math.min(from, to - LEAST_SPAN_SECONDS)), to],
      },
      y: { range: (_, __, most) => [0, most > 0 ? most * 1.15 : 1] },
    },
    axes: [
      {
        ...common,
        grid: { show: false },
        size: 24,
        space: 40,
        incrs: [60, 120, 300],
        values: (_, marks) => marks.map(hourAndMinute),
      },
      { ...common, grid, size: 56, space: 32, values: (_, marks) => marks.map(axis) },
    ],
    series: [
      {},
      ...lines.map(({ color: name, dashed, sparse }) => ({
        stroke: () => color(name),
        width: 1.5,
        ...(dashed ? { dash: [5, 4] } : {}),
        spanGaps: sparse === true,
        points: { show: false },
      })),
    ],
  };
}
