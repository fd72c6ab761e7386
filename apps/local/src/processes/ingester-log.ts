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
const KEPT_LINES = 10;
const LEVELS_TO_SEE = new Set(['warn', 'error', 'fatal']);

/** Reads the ingester's log as it is written. */
export class IngesterLog {
  #lastBatch: CommittedBatch | null = null;
  readonly #notices: string[] = [];
  readonly #lines: string[] = [];

  get lastBatch(): CommittedBatch | null {
    return this.#lastBatch;
  }

  /** The last warnings and errors, and what was written that is no log line. */
  get notices(): readonly string[] {
    return this.#notices;
  }

  /** The last lines, as a person reads them. */
  get lastLines(): string {
    return this.#lines.join('\n');
  }

  read(line: string): void {
    const entry = parse(line);
    const text = entry === null ? line : `${localTime(entry.time ?? '')} ${entry.msg ?? ''}`;
    keep(this.#lines, text, KEPT_LINES);
    const { event, level, events = 0, totalSeconds = 0, time = '' } = entry ?? { level: 'error' };
    if (event === 'batch_committed') {
      this.#lastBatch = { events, seconds: totalSeconds, atMs: Date.parse(time) };
    }
    if (LEVELS_TO_SEE.has(level ?? '') || event === 'recovered') keep(this.#notices, text, KEPT_NOTICES);
  }
}

function keep(lines: string[], line: string, most: number): void {
  lines.push(line);
  if (lines.length > most) lines.shift();
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
