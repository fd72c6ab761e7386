import { element, fill, say } from '../tables.js';
import { count } from '../words.js';
import { get, post } from './api.js';
import { time } from './letter-text.js';
import { outcomeOf } from './outcome.js';

const HOUR_MS = 3_600_000;
const STATUSES = ['open', 'redriven', 'stored', 'resolved'];

const byId = (id) => document.getElementById(id);

/** The list of letters: by reason, filtered, page by page, and what is done with those that are chosen. */
export class LetterList {
  #from = 0;
  /** How many letters the service lists at a time. */
  #size = 0;
  #reading = 0;
  #letters = [];
  #onOpen;
  #user;
  #onError;

  /**
   * @param onOpen called with the id of a letter to show
   * @param user returns the name to record
   * @param onError called with each error
   */
  constructor({ onOpen, user, onError }) {
    this.#onOpen = onOpen;
    this.#user = user;
    this.#onError = onError;
    const filter = byId('filter');
    filter.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.show(0);
    });
    // The fields are empty only after this event.
    filter.addEventListener('reset', () => setTimeout(() => this.show(0)));
    byId('previous').addEventListener('click', () => this.show(this.#from - this.#size));
    byId('next').addEventListener('click', () => this.show(this.#from + this.#size));
    byId('choose-all').addEventListener('change', ({ target }) => {
      for (const box of this.#boxes) box.checked = target.checked;
      this.#showChosen();
    });
    byId('letters').addEventListener('change', () => this.#showChosen());
    byId('chosen').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#act(event.submitter.value);
    });
  }

  /** Shows the groups, and the letters from this number on; without it, what is shown is read again. */
  async show(from = this.#from) {
    this.#reading += 1;
    const reading = this.#reading;
    const { hours, ...filter } = Object.fromEntries(new FormData(byId('filter')));
    const since = hours === '' ? '' : Date.now() - Number(hours) * HOUR_MS;
    try {
      const overview = await get('groups', { status: filter.status, since });
      const page = await get('letters', { ...filter, since, from: Math.max(0, from) });
      // A later request may have been answered first.
      if (reading !== this.#reading) return;
      if (page.letters.length === 0 && page.total > 0) {
        await this.show(Math.max(0, page.total - page.size));
        return;
      }
      this.#showGroups(overview);
      this.#showPage(page);
    } catch (error) {
      this.#onError(error);
    }
  }

  get #boxes() {
    return [...byId('letters').querySelectorAll('input')];
  }

  #showGroups({ counts, groups }) {
    say(byId('counts'), STATUSES.map((status) => `${count(counts[status])} ${status}`).join(', '));
    const body = byId('groups').tBodies[0];
    fill(
      body,
      groups.map(({ type, count: letters, eventType, field, producer, lastFailedAt }) => [
        type,
        count(letters),
        eventType ?? '–',
        field ?? '–',
        producer ?? '–',
        time(lastFailedAt),
      ]),
    );
    for (const [index, row] of [...body.rows].entries()) {
      const choose = element('button', 'plain', groups[index].type);
      choose.type = 'button';
      choose.addEventListener('click', () => this.#chooseGroup(groups[index]));
      row.cells[0].replaceChildren(choose);
    }
  }

  #chooseGroup(group) {
    const { elements } = byId('filter');
    for (const name of ['type', 'eventType', 'field', 'producer']) elements[name].value = group[name] ?? '';
    elements.id.value = '';
    void this.show(0);
  }

  #showPage({ total, from, size, letters }) {
    this.#from = from;
    this.#size = size;
    this.#letters = letters;
    const last = from + letters.length;
    say(
      byId('range'),
      total === 0 ? 'none match' : `${count(from + 1)} to ${count(last)} of ${count(total)}`,
    );
    byId('previous').disabled = from === 0;
    byId('next').disabled = last >= total;
    byId('choose-all').checked = false;
    byId('letters').replaceChildren(...letters.map((letter) => this.#item(letter)));
    this.#showChosen();
  }

  #item({ id, status, errorType, eventType, reason, attempt, failedAt }) {
    const box = element('input', '');
    box.type = 'checkbox';
    box.setAttribute('aria-label', `Choose ${id}`);
    const open = element('button', 'plain', id);
    open.type = 'button';
    open.addEventListener('click', () => this.#onOpen(id));
    const what = element('div', '', element('span', 'type', errorType), reason);
    const notes = [eventType, status, attempt > 1 ? `attempt ${attempt}` : null, time(failedAt)];
    const aside = element('p', 'aside', notes.filter((note) => note !== null).join(' · '));
    return element('li', '', element('div', 'where', box, ' ', open), element('div', '', what, aside));
  }

  #showChosen() {
    const isAny = this.#boxes.some((box) => box.checked);
    for (const button of byId('chosen').querySelectorAll('button')) button.disabled = !isAny;
  }

  async #act(action) {
    const keys = this.#letters.filter((_, index) => this.#boxes[index].checked).map(({ key }) => key);
    const reason = byId('chosen-reason').value;
    const outcome = byId('outcome');
    say(outcome, '');
    try {
      const body = { keys, user: this.#user(), ...(reason !== '' && { reason }) };
      say(outcome, outcomeOf(await post(action, body)));
      await this.show();
    } catch (error) {
      say(outcome, error.message);
      this.#onError(error);
    }
  }
}
