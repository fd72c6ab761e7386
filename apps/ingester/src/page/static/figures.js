import { element, say } from './tables.js';
import { bytes, clock, count, duration, percent, rate, seconds } from './words.js';

const byId = (id) => document.getElementById(id);

/** Shows the newest figures of a snapshot. */
export function showFigures(greeting, snapshot) {
  showFlow(snapshot);
  showLetterCounts(snapshot);
  showWork(greeting, snapshot);
  showProcess(snapshot);
}

function showFlow({ sample, session, partitions, lag, catchUp }) {
  const stored = Object.values(session.stored).reduce((sum, each) => sum + each, 0);
  const places = partitions.length === 1 ? '1 partition' : `${count(partitions.length)} partitions`;
  figure('in', known(sample.arriving, rate), sample.arriving === null ? '' : '/s', places);
  figure('stored', rate(sample.stored), '/s', `${count(stored)} since the start`);
  figure(
    'lag',
    known(lag, ({ messages }) => count(messages)),
    '',
    lag?.isOld ? `as of ${clock(lag.asOf)}` : 'unsettled messages',
  );
  const isOld = lag?.isOld ?? false;
  for (const id of ['lag', 'lag-time', 'catch-up']) byId(id).parentElement.classList.toggle('is-old', isOld);
  figure('lag-time', known(sample.lagSeconds, age), '', 'age of the oldest unsettled');
  const [value, more] = catchUpWords(catchUp);
  figure('catch-up', value, '', more);
  mark('catch-up', catchUp.kind === 'never');
}

function catchUpWords({ kind, seconds: left }) {
  if (kind === 'in') return [duration(left), 'at the present rates'];
  if (kind === 'never') return ['never', 'more arrives than is settled'];
  if (kind === 'caught-up') return ['✓', 'caught up'];
  return ['–', 'not known yet'];
}

function showLetterCounts({ sample, session, openLetters }) {
  figure('letters', rate(sample.deadLetters), '/s', `${count(session.errors)} since the start`);
  if (openLetters === null) figure('open', '–', '', 'not counted');
  else if (openLetters.count === null) figure('open', '–', '', openLetters.fault);
  else figure('open', count(openLetters.count), '', `as of ${clock(openLetters.atMs / 1000)}`);
  mark('open', (openLetters?.count ?? 0) > 0);
}

function showWork({ bufferLimits: limits }, { sample, buffer, lastBatch }) {
  const share = Math.max(buffer.events / limits.events, buffer.bytes / limits.bytes);
  figure('buffer', count(buffer.events), '', `${bytes(buffer.bytes)}, ${percent(share)} full`);
  mark('buffer', share >= 1);
  if (lastBatch === null) {
    figure('batch', '–', '', 'none yet');
    figure('latency', '–', '', 'no batch yet');
    return;
  }
  const passed = sample.at - lastBatch.atMs / 1000;
  const when = passed < 1 ? 'just now' : `${duration(passed)} ago`;
  figure('batch', count(lastBatch.events), '', `in ${seconds(lastBatch.totalSeconds)}, ${when}`);
  const { latency } = lastBatch;
  if (latency === null) figure('latency', '–', '', 'the last batch stored no row');
  else figure('latency', age(latency.oldestSeconds), '', `newest row ${age(latency.newestSeconds)}`);
}

function showProcess({ memory, rebalances, sample }) {
  const share = memory.used / memory.limit;
  const whose = memory.isContainers ? '' : ' of the machine';
  figure('memory', percent(share), '', `${bytes(memory.used)} of ${bytes(memory.limit)}${whose}`);
  mark('memory', memory.isContainers && share > 0.9);
  const { count: times, lastAtMs } = rebalances;
  const passed = lastAtMs === null ? null : Math.max(0, sample.at - lastAtMs / 1000);
  figure(
    'rebalances',
    count(times),
    '',
    passed === null ? 'not in the group yet' : `last ${duration(passed)} ago`,
  );
}

function figure(id, value, unit, more) {
  const target = byId(id);
  if (target.textContent !== value + unit)
    target.replaceChildren(value, ...(unit ? [element('small', '', unit)] : []));
  say(byId(`${id}-more`), more);
}

function mark(id, isBad) {
  byId(id).classList.toggle('wrong', isBad);
}

const known = (value, words) => (value === null ? '–' : words(value));

/** Short times exactly, long ones readably. */
const age = (value) => (value < 60 ? seconds(value) : duration(value));
