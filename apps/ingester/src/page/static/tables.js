import { clock, count, rate } from './words.js';

/** An element that contains text or other elements. Text is never parsed as HTML. */
export function element(name, className, ...content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

/** Sets a text only if it differs, so that a selection in it survives. */
export function say(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * Shows rows of texts in a part of a table, and reuses its elements. The first cell of each row is its heading. A cell is
 * a text, or `{ text, className }`.
 */
export function fill(part, rows) {
  while (part.rows.length > rows.length) part.deleteRow(-1);
  for (const [index, cells] of rows.entries()) {
    const row = part.rows[index] ?? part.insertRow();
    for (const [place, cell] of cells.entries()) {
      const at = row.cells[place] ?? row.appendChild(newCell(place));
      say(at, cell.text ?? cell);
      at.className = cell.className ?? '';
    }
  }
}

function newCell(place) {
  const cell = document.createElement(place === 0 ? 'th' : 'td');
  if (place === 0) cell.scope = 'row';
  return cell;
}

const COUNTERS = ['stored', 'deadLettered', 'skipped', 'gaps', 'lost'];

export function ledgerRows(partitions) {
  return partitions.map((each) => {
    const { topic, partition, lag, logStart, firstOffset, nextOffset } = each;
    const before = Math.max(0, firstOffset - (logStart ?? firstOffset));
    const missing = nextOffset - firstOffset - COUNTERS.reduce((sum, name) => sum + each[name], 0);
    return [
      `${topic}-${partition}`,
      lagCell(lag),
      count(firstOffset),
      count(nextOffset),
      ...COUNTERS.map((name) => ({
        text: count(each[name]),
        className: name === 'lost' && each.lost > 0 ? 'wrong' : '',
      })),
      verdict(missing, before),
    ];
  });
}

function lagCell(lag) {
  if (lag === null) return 'unknown';
  return lag.isOld
    ? { text: `${count(lag.messages)} at ${clock(lag.asOf)}`, className: 'old' }
    : count(lag.messages);
}

function verdict(missing, before) {
  if (missing !== 0) return { text: `off by ${count(missing)}`, className: 'wrong' };
  if (before > 0) return { text: `✓ except ${count(before)} before it`, className: 'wrong' };
  return '✓';
}

export function typeRows(types) {
  return types.map(({ type, perSecond, stored, deadLetters }) => [
    type,
    perSecond === null ? '–' : rate(perSecond),
    count(stored),
    { text: count(deadLetters), className: deadLetters > 0 ? 'wrong' : '' },
  ]);
}

export function ledgerTotal(partitions) {
  if (partitions.length < 2) return [];
  const total = (name) => count(partitions.reduce((sum, each) => sum + each[name], 0));
  const isKnown = partitions.every(({ lag }) => lag !== null && !lag.isOld);
  const lag = partitions.reduce((sum, each) => sum + (each.lag?.messages ?? 0), 0);
  const lagText = isKnown ? count(lag) : 'unknown';
  return [[`${partitions.length} partitions`, lagText, '', '', ...COUNTERS.map(total), '']];
}

/** One dead letter: its coordinates, reason and faults, but nothing of its value. With a workbench it is linked there. */
export function letterItem(
  { topic, partition, offset, errorType, reason, details, eventType, attempt, failedAtMs },
  hasWorkbench,
) {
  const where = element('div', 'where', element('span', 'type', errorType));
  const id = `${topic}-${partition}@${offset}`;
  where.append(hasWorkbench ? workbenchLink(id) : id, `, ${clock(failedAtMs / 1000)}`);
  if (attempt > 1) where.append(`, attempt ${attempt}`);
  const what = element(
    'div',
    '',
    details.length === 0 ? reason : (eventType ?? 'Without a usable event type'),
  );
  if (details.length === 0 && eventType !== null) what.append(element('br'), element('code', '', eventType));
  if (details.length > 0) {
    const faults = details.map(({ field, rule, expected, actualType }) =>
      element('li', '', element('code', '', field), `: ${actualType}, expected ${expected} (${rule})`),
    );
    what.append(element('ul', '', ...faults));
  }
  return element('li', '', where, what);
}

function workbenchLink(id) {
  const link = element('a', '', id);
  link.href = `page/workbench#${encodeURIComponent(id)}`;
  return link;
}
