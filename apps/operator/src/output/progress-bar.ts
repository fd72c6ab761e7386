import { LiveArea, type LiveOutput } from '#terminal';

const WIDTH = 30;
const INTERVAL_MS = 100;

/** How far a run is: a line that is redrawn on a terminal, and nothing elsewhere. */
export class ProgressBar {
  #shownAt = -Infinity;
  readonly #live: LiveArea;

  constructor(
    private readonly total: number,
    private readonly output: LiveOutput & { isTTY?: boolean },
    private readonly now = () => performance.now(),
  ) {
    this.#live = new LiveArea(output);
  }

  show(done: number): void {
    const isDue = this.now() - this.#shownAt >= INTERVAL_MS || done === this.total;
    if (!this.output.isTTY || !isDue) return;
    this.#shownAt = this.now();
    this.#live.show({ lines: () => [barText(done, this.total)] });
  }

  /** Erases the line. */
  clear(): void {
    this.#live.clear();
  }
}

/** `[#########---------------------]  30%  300 of 1,000` */
export function barText(done: number, total: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.floor(share * WIDTH);
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  return `[${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}] ${percent}  ${done.toLocaleString('en')} of ${total.toLocaleString('en')}`;
}
