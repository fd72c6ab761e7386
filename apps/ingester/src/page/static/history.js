/** The charts show this span. */
const SPAN_SECONDS = 600;
const SAVE_EVERY_SAMPLES = 10;

/** Fields that a sample has; a release may add some. */
const FIELDS = [
  'at',
  'arriving',
  'stored',
  'deadLetters',
  'lag',
  'lagSeconds',
  'buffered',
  'batchSeconds',
  'warehouseSeconds',
  'latencySeconds',
];

/**
 * The samples of the last ten minutes as columns. They survive a restart of the service, which begins with an empty
 * history, and a reload of the page: this tab keeps them.
 */
export class History {
  columns = empty();
  #key = null;
  #unsaved = 0;

  /** Takes the history of a service that was just connected to, and keeps what is older. */
  greet(topic, given) {
    this.#key = `history ${topic}`;
    const known = this.columns.at.length > 0 ? this.columns : load(this.#key);
    const first = given.at[0] ?? Infinity;
    const older = known.at.filter((at) => at < first).length;
    const merged = empty();
    append(merged, known, 0, older);
    // Nothing is known of the time between: an empty sample interrupts the lines.
    if (older > 0 && first < Infinity) appendGap(merged, first);
    append(merged, given, 0, given.at.length);
    this.columns = merged;
    this.#trim();
  }

  add(sample) {
    for (const field of FIELDS) this.columns[field].push(sample[field] ?? null);
    this.#trim();
    this.#unsaved += 1;
    if (this.#unsaved >= SAVE_EVERY_SAMPLES) this.save();
  }

  save() {
    this.#unsaved = 0;
    if (this.#key === null) return;
    try {
      sessionStorage.setItem(this.#key, JSON.stringify(this.columns));
    } catch {
      // Storage may be full or forbidden; the page works without it.
    }
  }

  #trim() {
    const { at } = this.columns;
    const oldest = (at.at(-1) ?? 0) - SPAN_SECONDS;
    const gone = at.findIndex((each) => each >= oldest);
    if (gone > 0) for (const field of FIELDS) this.columns[field].splice(0, gone);
  }
}

function empty() {
  return Object.fromEntries(FIELDS.map((field) => [field, []]));
}

function load(key) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key));
    const isWhole = FIELDS.every(
      (field) => Array.isArray(kept[field]) && kept[field].length === kept.at.length,
    );
    return isWhole ? kept : empty();
  } catch {
    return empty();
  }
}

function append(target, source, from, to) {
  for (const field of FIELDS) {
    const column = source[field] ?? [];
    for (let index = from; index < to; index += 1) target[field].push(column[index] ?? null);
  }
}

function appendGap(target, before) {
  const last = target.at.at(-1);
  const at = Math.min(last + 1, (last + before) / 2);
  for (const field of FIELDS) target[field].push(field === 'at' ? at : null);
}
