import { element, say } from './tables.js';
import { clock } from './words.js';

/** The state of the service, shown in the page's head, its title and its icon. */
const STATES = {
  connecting: { words: 'Connecting' },
  ready: { words: 'Ready' },
  retrying: { words: 'Retrying', badge: '#d9820f' },
  'not-ready': { words: 'Not ready', badge: '#d3222a' },
  unreachable: { words: 'Unreachable', badge: '#d3222a' },
};

const byId = (id) => document.getElementById(id);

let glass = null;
/** Fetched once, as an unreachable service cannot serve another icon. */
fetch('page/icon.svg')
  .then((response) => response.text())
  .then((svg) => {
    glass = svg;
    mark();
  })
  .catch(() => undefined);

let shown = 'connecting';

/** @param state a key of STATES; `texts` say why */
export function showState(state, texts) {
  const { words } = STATES[state];
  const isNew = state !== shown;
  shown = state;
  say(byId('readiness'), words);
  byId('readiness').className = `is-${state}`;
  document.title = `${words}: Les Caves d’Albert`;
  if (isNew) mark();
  showReasons(texts, state === 'retrying' || state === 'ready' ? '' : 'is-bad');
}

export const stateOf = ({ isReady, problems }) =>
  !isReady ? 'not-ready' : problems.length > 0 ? 'retrying' : 'ready';

/** Everything that somebody should know; remarks do not change the state. */
export const reasonsOf = ({ problems, remarks }) => [...problems, ...remarks];

/** @param since seconds since 1970; null if the service was never reached */
export function unreachableText(since) {
  return since === null
    ? 'The service does not respond.'
    : `The service has not responded since ${clock(since)}. The figures are from that time.`;
}

function mark() {
  if (glass === null) return;
  const { badge } = STATES[shown];
  const dot = badge ? `<circle cx="23" cy="23" r="8" fill="${badge}" stroke="#fff" stroke-width="2"/>` : '';
  const svg = glass.replace('</svg>', `${dot}</svg>`);
  document.querySelector('link[rel=icon]').href = `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

function showReasons(given, className) {
  const list = byId('reasons');
  const texts = [...new Set(given)];
  const before = [...list.children].map((item) => item.textContent);
  list.className = className;
  if (texts.join('\n') === before.join('\n')) return;
  list.replaceChildren(...texts.map((text) => element('li', '', text)));
  list.hidden = texts.length === 0;
}
