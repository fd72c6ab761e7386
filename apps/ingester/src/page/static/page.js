import { chart } from './charts.js';
import { showCommands } from './commands.js';
import { showErrors } from './errors.js';
import { showFigures } from './figures.js';
import { History } from './history.js';
import { hintAtScrolling } from './scrolling.js';
import { reasonsOf, showState, stateOf, unreachableText } from './state.js';
import { fill, ledgerRows, ledgerTotal, letterItem, say, typeRows } from './tables.js';
import { count, duration, rate, seconds } from './words.js';

/** There is a snapshot every second: after this long without one the connection counts as lost. */
const SILENCE_MS = 5_000;
const RETRY_MS = 5_000;

const LEDGER_NOTE = 'next − first = stored + dead letters + skipped + gaps + lost';
const OTHERS_NOTE =
  'as this process left it: it is not in its group now, and others may read these partitions';

const STAGES = {
  judge: 'Validate a fetch',
  wait: 'Wait in the buffer',
  dead_letter: 'Dead-letter topic',
  warehouse: 'Warehouse',
  kafka_commit: 'Kafka commit',
};

const byId = (id) => document.getElementById(id);
const body = (id) => byId(id).tBodies[0];

const charts = [
  chart(
    byId('throughput'),
    [
      { field: 'arriving', name: 'arriving', color: 'slate', words: (value) => `${rate(value)}/s` },
      { field: 'stored', name: 'stored', color: 'wine', words: (value) => `${rate(value)}/s` },
      {
        field: 'deadLetters',
        name: 'dead letters',
        color: 'amber',
        dashed: true,
        words: (value) => `${rate(value)}/s`,
      },
    ],
    rate,
  ),
  chart(
    byId('lag-chart'),
    [
      { field: 'lag', name: 'lag', color: 'slate', words: count },
      { field: 'buffered', name: 'in the buffer', color: 'amber', dashed: true, words: count },
    ],
    rate,
  ),
  chart(
    byId('ages'),
    [
      { field: 'lagSeconds', name: 'oldest unsettled', color: 'slate', words: seconds },
      {
        field: 'latencySeconds',
        name: 'event to warehouse',
        color: 'wine',
        dashed: true,
        sparse: true,
        words: seconds,
      },
    ],
    seconds,
  ),
  chart(
    byId('batches'),
    [
      { field: 'batchSeconds', name: 'whole batch', color: 'wine', sparse: true, words: seconds },
      {
        field: 'warehouseSeconds',
        name: 'warehouse',
        color: 'slate',
        dashed: true,
        sparse: true,
        words: seconds,
      },
    ],
    seconds,
  ),
];

const history = new History();
let greeting = null;
let newest = null;
let isPaused = false;
/** When the page last heard from the service, by its monotonic clock and by the time of day. */
let heard = { at: performance.now(), since: null };
let isLost = false;

/** The contents of a greeting are shown until the next one, as a new version may have replaced the service. */
function greet(given) {
  greeting = given;
  history.greet(given.topic, given.history);
  say(byId('whose'), `${given.pod} · group ${given.group}`);
  byId('workbench').hidden = !given.hasWorkbench;
  say(byId('topic'), given.topic);
  say(byId('warehouse'), { snowflake: 'Snowflake', duckdb: 'DuckDB' }[given.warehouse] ?? given.warehouse);
  fill(body('settings'), Object.entries(given.settings));
}

function remember(snapshot) {
  newest = snapshot;
  history.add(snapshot.sample);
}

function show() {
  if (isPaused || newest === null) return;
  say(byId('about'), ` · version ${greeting.version} · up ${duration(newest.uptimeSeconds)}`);
  showFigures(greeting, newest);
  for (const each of charts) each.show(history.columns);
  showErrors(newest);
  showCommands(byId('commands'), greeting, newest);
  fill(body('types'), typeRows(newest.byType));
  fill(body('ledger'), ledgerRows(newest.partitions));
  fill(byId('ledger').tFoot, ledgerTotal(newest.partitions));
  byId('ledger').classList.toggle('is-old', !newest.isMember);
  say(byId('ledger-note'), newest.isMember ? LEDGER_NOTE : OTHERS_NOTE);
  byId('ledger-none').hidden = newest.partitions.length > 0;
  fill(
    body('stages'),
    newest.stages.map(({ stage, count: times, meanSeconds, maxSeconds }) => [
      STAGES[stage] ?? stage,
      count(times),
      times === 0 ? '–' : seconds(meanSeconds),
      times === 0 ? '–' : seconds(maxSeconds),
    ]),
  );
  showLetters(newest.deadLetters);
}

let shownLetters = '';
function showLetters({ byType, byFault, newest: letters }) {
  fill(
    body('reasons-table'),
    byType.map(({ errorType, count: times }) => [errorType, count(times)]),
  );
  fill(
    body('faults'),
    byFault.map(({ field, rule, count: times }) => [field, rule, count(times)]),
  );
  byId('faults-none').hidden = byFault.length > 0;
  byId('newest-none').hidden = letters.length > 0;
  const key = letters.map(({ partition, offset }) => `${partition}@${offset}`).join(' ');
  if (key === shownLetters) return;
  shownLetters = key;
  byId('newest').replaceChildren(...letters.map((letter) => letterItem(letter, greeting.hasWorkbench)));
}

function showConnection() {
  const isLive = !isLost && performance.now() - heard.at < SILENCE_MS;
  const words = !isLive ? 'No response; retrying' : newest === null ? '' : isPaused ? 'Paused' : 'Live';
  say(byId('connection'), words);
  document.body.classList.toggle('is-stale', isPaused || !isLive);
  // The state of the service is also shown while the figures are paused.
  if (!isLive) showState('unreachable', [unreachableText(heard.since)]);
  else if (newest !== null) showState(stateOf(newest.readiness), reasonsOf(newest.readiness));
}

function connect() {
  const source = new EventSource('page/live');
  source.addEventListener('greeting', ({ data }) => greet(JSON.parse(data)));
  source.addEventListener('snapshot', ({ data }) => {
    heard = { at: performance.now(), since: Date.now() / 1000 };
    isLost = false;
    remember(JSON.parse(data));
    show();
    showConnection();
  });
  // The browser reconnects by itself, but not after it was rejected.
  source.addEventListener('error', () => {
    isLost = true;
    showConnection();
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, RETRY_MS);
  });
}

byId('pause').addEventListener('click', ({ currentTarget }) => {
  isPaused = !isPaused;
  currentTarget.setAttribute('aria-pressed', String(isPaused));
  show();
  showConnection();
});
addEventListener('pagehide', () => history.save());
hintAtScrolling();
setInterval(showConnection, 1_000);
connect();
