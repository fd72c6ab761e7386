/** What a line of the ingester's JSON log may hold that is of interest here. */
interface Entry {
  level?: string;
  time?: string;
  msg?: string;
  event?: string;
  events?: number;
  totalSeconds?: number;
}

export interface CommittedBatch {
  events: number;
  seconds: number;
  /** Milliseconds since 1970. */
  atMs: number;
}

const KEPT_NOTICES = 3;
const LEVELS_TO_SEE = new Set(['warn', 'error', 'fatal']);
/** Expected here and counted in the summary already. */
const QUIET_EVENTS = new Set(['dead_letters_published']);

/** Reads the ingester's log as it is written. */
export class IngesterLog {
  #lastBatch: CommittedBatch | null = null;
  readonly #notices: string[] = [];

  get lastBatch(): CommittedBatch | null {
    return this.#lastBatch;
  }

  /** The last warnings and errors, and what was written that is no log line. */
  get notices(): readonly string[] {
    return this.#notices;
  }

  read(line: string): void {
    const entry = parse(line);
    if (entry === null) {
      this.#notice(line);
      return;
    }
    const { event, events = 0, totalSeconds = 0, time = '', level = '', msg = '' } = entry;
    if (event === 'batch_committed') {
      this.#lastBatch = { events, seconds: totalSeconds, atMs: Date.parse(time) };
    }
    const isToSee = LEVELS_TO_SEE.has(level) || event === 'recovered';
    if (isToSee && !QUIET_EVENTS.has(event ?? '')) this.#notice(`${localTime(time)} ${msg}`);
  }

  #notice(text: string): void {
    this.#notices.push(text);
    if (this.#notices.length > KEPT_NOTICES) this.#notices.shift();
  }
}

function parse(line: string): Entry | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

function localTime(iso: string): string {
  return new Date(iso).toTimeString().slice(0, 8);
}
