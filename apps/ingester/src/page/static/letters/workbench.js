import { hintAtScrolling } from '../scrolling.js';
import { say } from '../tables.js';
import { get, post, useToken } from './api.js';
import { LetterDialog } from './letter-dialog.js';
import { LetterList } from './letter-list.js';

/** How often the page asks whether the dead-letter limit holds events; the service has it in memory. */
const LIMIT_EVERY_MS = 5_000;
const UNAUTHORIZED = 401;

const byId = (id) => document.getElementById(id);

const user = () => byId('user').value;
const list = new LetterList({ onOpen: (id) => dialog.open(id), user, onError });
const dialog = new LetterDialog({ user, onChange: () => list.show(), onError });
let isOpen = false;

function show(isNowOpen) {
  isOpen = isNowOpen;
  byId('unlock').hidden = isOpen;
  byId('bench').hidden = !isOpen;
  byId('lock').disabled = !isOpen;
}

function lock(why) {
  useToken(null);
  byId('token').value = '';
  dialog.close();
  show(false);
  say(byId('locked-out'), why);
}

/** A token that no longer counts locks the page; everything else is said where the letters are. */
function onError({ status, message }) {
  if (status === UNAUTHORIZED) lock(message);
  else say(byId('outcome'), message);
}

async function showLimit() {
  try {
    const { held } = await get('limit');
    byId('held').hidden = held === null;
    if (held !== null) say(byId('held-why'), held);
  } catch (error) {
    onError(error);
  }
}

async function unlock(event) {
  event.preventDefault();
  say(byId('locked-out'), '');
  useToken(byId('token').value);
  try {
    await get('limit');
  } catch (error) {
    lock(error.message);
    return;
  }
  byId('token').value = '';
  show(true);
  void showLimit();
  await list.show(0);
  if (location.hash !== '') await dialog.open(decodeURIComponent(location.hash.slice(1)));
}

async function lift(event) {
  event.preventDefault();
  try {
    await post('limit/lift', { user: user(), reason: byId('held-reason').value });
    say(byId('outcome'), 'The limit is lifted until the traffic is within it again.');
    byId('held-reason').value = '';
  } catch (error) {
    onError(error);
  }
  await showLimit();
}

byId('unlock').addEventListener('submit', unlock);
byId('held').addEventListener('submit', lift);
byId('lock').addEventListener('click', () => lock(''));
addEventListener('hashchange', () => {
  if (isOpen && location.hash !== '') void dialog.open(decodeURIComponent(location.hash.slice(1)));
});
setInterval(() => {
  if (isOpen && !document.hidden) void showLimit();
}, LIMIT_EVERY_MS);
hintAtScrolling();
