import { say } from '../tables.js';
import { get, post } from './api.js';
import { isEditable, letterFacts, markedValue, valueTitle, verdictOf } from './letter-text.js';
import { outcomeOf } from './outcome.js';

/** A check waits for a pause in the typing. */
const PAUSE_MS = 300;
/** How often a sent letter is read again until it is stored. */
const REREAD_MS = 2_000;
const MOST_REREADS = 10;

const byId = (id) => document.getElementById(id);

/** One letter: what it is, what is wrong with it, and what can be done. */
export class LetterDialog {
  #letter = null;
  /** What sending it would do; null if that is not known yet. */
  #plan = null;
  #checking = 0;
  #timer = null;
  #user;
  #onChange;
  #onError;

  /**
   * @param user returns the name to record
   * @param onChange called when a letter may have another status
   * @param onError called with each error
   */
  constructor({ user, onChange, onError }) {
    this.#user = user;
    this.#onChange = onChange;
    this.#onError = onError;
    byId('edit').addEventListener('click', () => this.#startEditing());
    byId('edited').addEventListener('input', () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#check(), PAUSE_MS);
    });
    byId('force').addEventListener('change', () => this.#showActions());
    byId('act').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#act(event.submitter.value);
    });
    byId('letter').addEventListener('close', () => {
      clearTimeout(this.#timer);
      this.#letter = null;
      history.replaceState(null, '', location.pathname);
    });
  }

  /** @param id of the letter; of several, as a recreated topic reuses its offsets, the last one is shown */
  async open(id) {
    say(byId('letter-outcome'), '');
    byId('letter-reason').value = '';
    if (!(await this.#read(id))) return;
    history.replaceState(null, '', `#${id}`);
    byId('letter').showModal();
    byId('letter').scrollTop = 0;
    await this.#check();
  }

  close() {
    byId('letter').close();
  }

  async #read(id) {
    try {
      const { letters } = await get('letter', { id });
      this.#letter = letters.at(-1);
    } catch (error) {
      this.#onError(error);
      return false;
    }
    const letter = this.#letter;
    say(byId('letter-id'), `${letter.id} · ${letter.errorType}`);
    byId('letter-facts').replaceChildren(...letterFacts(letter));
    say(byId('value-title'), valueTitle(letter));
    byId('value').replaceChildren(...markedValue(letter));
    byId('value').hidden = letter.value === null;
    byId('edited').hidden = true;
    byId('edited').value = letter.value?.text ?? '';
    byId('edit').disabled = !isEditable(letter) || letter.refusal !== null;
    byId('force').checked = false;
    byId('verdict').replaceChildren();
    this.#showActions(null);
    return true;
  }

  #startEditing() {
    const { height } = byId('value').getBoundingClientRect();
    byId('edited').style.height = `${height}px`;
    byId('value').hidden = true;
    byId('edit').disabled = true;
    byId('edited').hidden = false;
    byId('edited').focus();
  }

  /** The new value; undefined if nothing changed. A text area turns every line break into a line feed. */
  get #edited() {
    const text = byId('edited').value;
    const original = (this.#letter.value?.text ?? '').replace(/\r\n?/g, '\n');
    return byId('edited').hidden || text === original ? undefined : text;
  }

  /** Shows what sending it would do. */
  async #check() {
    if (this.#letter.refusal !== null) {
      byId('verdict').replaceChildren(`There is nothing to send: ${this.#letter.refusal}.`);
      return;
    }
    this.#checking += 1;
    const checking = this.#checking;
    const edited = this.#edited;
    try {
      const plan = await post('check', { key: this.#letter.letterKey, edited });
      if (checking !== this.#checking || this.#letter === null) return;
      byId('verdict').replaceChildren(...verdictOf(plan, edited !== undefined));
      this.#showActions(plan);
    } catch (error) {
      this.#onError(error);
    }
  }

  #showActions(plan = this.#plan) {
    this.#plan = plan;
    const mayForce = plan?.why === 'would-fail-again' || plan?.why === 'not-whole';
    byId('force-label').hidden = !mayForce;
    const [redrive, resolve] = byId('act').querySelectorAll('button');
    redrive.disabled = plan?.outcome !== 'send' && !(mayForce && byId('force').checked);
    resolve.disabled = !['open', 'redriven'].includes(this.#letter.status);
  }

  async #act(action) {
    const { id, letterKey } = this.#letter;
    const reason = byId('letter-reason').value;
    const body = { keys: [letterKey], user: this.#user(), ...(reason !== '' && { reason }) };
    const redrive = { ...body, edited: this.#edited, force: byId('force').checked };
    say(byId('letter-outcome'), '');
    try {
      const report = await post(action, action === 'redrive' ? redrive : body);
      say(byId('letter-outcome'), outcomeOf(report));
      await this.#reread(id, report.sent > 0 ? MOST_REREADS : 0);
    } catch (error) {
      say(byId('letter-outcome'), error.message);
      this.#onError(error);
    }
  }

  /** Reads the letter again, until the service has stored it or it takes too long. */
  async #reread(id, times) {
    const isShown = this.#letter?.id === id && (await this.#read(id));
    this.#onChange();
    if (!isShown) return;
    await this.#check();
    if (times === 0 || this.#letter?.status !== 'redriven') return;
    this.#timer = setTimeout(() => this.#reread(id, times - 1), REREAD_MS);
  }
}
