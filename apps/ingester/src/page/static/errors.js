import { element, say } from './tables.js';
import { clock, count, duration } from './words.js';

const STAGES = {
  dead_letter: 'Dead-letter topic',
  warehouse: 'Warehouse',
  assignment: 'Partition assignment',
  kafka: 'Kafka',
  log_ends: 'Poll of the log ends',
  partition: 'Held partition',
  dead_letter_limit: 'Dead-letter limit',
  retention: 'Retention',
};

const CLASSES = {
  transient: 'passes by itself',
  setup: 'somebody must act',
  data: 'the messages are at fault',
};

const byId = (id) => document.getElementById(id);

let shown = '';
/** Shows the newest faults with what to do about them. */
export function showErrors({ faults, warehouseErrors }) {
  const errors = warehouseErrors === 1 ? '1 warehouse error' : `${count(warehouseErrors)} warehouse errors`;
  say(byId('errors-note'), `${errors} since the start`);
  byId('errors-none').hidden = faults.length > 0;
  const key = JSON.stringify(faults);
  if (key === shown) return;
  shown = key;
  byId('errors').replaceChildren(...faults.map(errorItem));
}

function errorItem({
  stage,
  class: kind,
  code,
  message,
  remedy,
  count: times,
  firstAtMs,
  lastAtMs,
  endedAtMs,
}) {
  const isOver = endedAtMs !== null;
  const where = element('div', 'where', element('span', 'type', STAGES[stage] ?? stage));
  where.append(element('code', '', code), element('br'), CLASSES[kind] ?? kind);
  const lasting = isOver ? `over since ${clock(endedAtMs / 1000)}` : 'not over';
  const since = duration(Math.max(0, (lastAtMs - firstAtMs) / 1000));
  const often = times === 1 ? '' : `${count(times)} times in ${since}, `;
  const what = element('div', '', element('p', '', message));
  if (remedy !== null) what.append(element('p', 'remedy', remedy));
  what.append(element('p', 'aside', `${often}last at ${clock(lastAtMs / 1000)}; ${lasting}`));
  return element('li', isOver ? 'is-over' : '', where, what);
}
