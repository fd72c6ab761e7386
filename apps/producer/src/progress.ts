import { LiveArea, type LiveOutput } from '#terminal';

const TERMINAL_INTERVAL_MS = 250;
const LINES_INTERVAL_MS = 5000;

export interface ProgressState {
  acknowledged: number;
  /** Infinity where there is no end. */
  count: number;
  seconds: number;
  /** Why messages wait; null while they get through. */
  trouble: string | null;
}

/** Shows how far a run is: one line that is written over on a terminal, else a line every few seconds. */
export class Progress {
  readonly #timer: NodeJS.Timeout;
  readonly #live: LiveArea;

  constructor(
    private readonly output: LiveOutput & { isTTY?: boolean },
    private readonly state: () => ProgressState,
  ) {
    this.#live = new LiveArea(output);
    const interval = output.isTTY ? TERMINAL_INTERVAL_MS : LINES_INTERVAL_MS;
    this.#timer = setInterval(() => {
      this.#show();
    }, interval);
  }

  /** Leaves the last state on a line of its own. */
  stop(): void {
    clearInterval(this.#timer);
    this.#show();
    this.#live.end();
  }

  #show(): void {
    const line = progressLine(this.state());
    if (this.output.isTTY) this.#live.show({ lines: () => [line] });
    else this.output.write(`${line}\n`);
  }
}

/** `12,000 of 100,000 messages (12%), 24,013 a second, 4 s to go` */
export function progressLine({ acknowledged, count, seconds, trouble }: ProgressState): string {
  const perSecond = seconds > 0 ? acknowledged / seconds : 0;
  const parts = [
    `${acknowledged.toLocaleString('en')} messages, ${Math.round(perSecond).toLocaleString('en')} a second`,
  ];
  if (Number.isFinite(count)) {
    const percent = Math.floor((acknowledged / count) * 100);
    parts[0] =
      `${acknowledged.toLocaleString('en')} of ${count.toLocaleString('en')} messages (${percent}%), ` +
      `${Math.round(perSecond).toLocaleString('en')} a second`;
    if (perSecond > 0 && acknowledged < count) {
      parts.push(`${Math.ceil((count - acknowledged) / perSecond).toLocaleString('en')} s to go`);
    }
  }
  if (trouble !== null) parts.push(`waiting for the broker: ${trouble}`);
  return parts.join(', ');
}
