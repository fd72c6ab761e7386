const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
/** Without wrapping a line stays one row, however narrow the terminal is. */
const NO_WRAP = '\u001B[?7l';
const WRAP = '\u001B[?7h';
const ERASE_LINE_END = '\u001B[K';
const ERASE_BELOW = '\u001B[J';

/** The last lines of a terminal's output, which are drawn anew in the same place. */
export class LiveArea {
  #rows = 0;
  readonly #onExit = () => {
    this.end();
  };

  constructor(private readonly output: { write(text: string): unknown }) {}

  /** Draws these lines over the last ones. */
  show(lines: readonly string[]): void {
    if (this.#rows === 0) {
      this.output.write(HIDE_CURSOR + NO_WRAP);
      process.once('exit', this.#onExit);
    } else this.#moveToTop();
    this.output.write(`${lines.map((line) => `${line}${ERASE_LINE_END}\n`).join('')}${ERASE_BELOW}`);
    this.#rows = lines.length;
  }

  /** Erases what was drawn. */
  clear(): void {
    if (this.#rows === 0) return;
    this.#moveToTop();
    this.output.write(ERASE_BELOW);
    this.end();
  }

  /** Leaves what was drawn last, and restores the terminal. */
  end(): void {
    if (this.#rows === 0) return;
    this.#rows = 0;
    process.off('exit', this.#onExit);
    this.output.write(WRAP + SHOW_CURSOR);
  }

  #moveToTop(): void {
    this.output.write(`\r\u001B[${this.#rows}A`);
  }
}
