import { displayWidth } from './display-width.js';
import { cutLine } from './fit.js';

const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
/** Without wrapping, a line that is too long for a terminal that has just shrunk stays one row. */
const NO_WRAP = '\u001B[?7l';
const WRAP = '\u001B[?7h';
const ERASE_LINE_END = '\u001B[K';
const ERASE_BELOW = '\u001B[J';
const HOME = '\u001B[H';

/** The terminal; `columns` and `rows` are undefined where its size is unknown. */
export interface LiveOutput {
  write(text: string): unknown;
  columns?: number;
  rows?: number;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
}

export interface LiveContent {
  /** The lines, for a terminal with this many columns. */
  lines: (columns: number) => readonly string[];
  /** What stands above them, to be drawn again after a resize. Without it, only the lines are drawn again. */
  above?: (columns: number) => readonly string[];
}

/**
 * The last lines of a terminal's output, which are drawn again in the same place. They always fit: a line that is too long
 * loses its last words.
 */
export class LiveArea {
  #drawn: readonly string[] = [];
  #content: LiveContent | null = null;
  readonly #onExit = () => {
    this.end();
  };
  readonly #onResize = () => {
    this.#resize();
  };

  constructor(private readonly output: LiveOutput) {}

  /** Draws these lines over the last ones. */
  show(content: LiveContent): void {
    if (this.#content === null) {
      this.output.write(HIDE_CURSOR + NO_WRAP);
      process.once('exit', this.#onExit);
      this.output.on?.('resize', this.#onResize);
    }
    this.#content = content;
    this.#draw(this.#toTop());
  }

  /** Erases what was drawn. */
  clear(): void {
    if (this.#content === null) return;
    this.output.write(this.#toTop() + ERASE_BELOW);
    this.end();
  }

  /** Leaves what was drawn last, and restores the terminal. */
  end(): void {
    if (this.#content === null) return;
    this.#content = null;
    this.#drawn = [];
    process.off('exit', this.#onExit);
    this.output.off?.('resize', this.#onResize);
    this.output.write(WRAP + SHOW_CURSOR);
  }

  /**
   * Terminals differ in what a resize does to the lines on the screen: they wrap, cut or move them. So the whole screen is
   * drawn again, line by line: some terminals keep a screen that is erased at once.
   */
  #resize(): void {
    const { above } = this.#content ?? {};
    if (above === undefined) {
      this.#draw(this.#toTop());
      return;
    }
    const lines = this.#lines();
    const room = this.#rows - lines.length;
    const context = room > 0 ? above(this.#columns).slice(-room) : [];
    this.#draw(HOME + text(context), lines);
  }

  #draw(before: string, lines = this.#lines()): void {
    this.output.write(before + text(lines) + ERASE_BELOW);
    this.#drawn = lines;
  }

  #lines(): readonly string[] {
    const lines = this.#content?.lines(this.#columns) ?? [];
    return lines.slice(0, this.#rows).map((line) => cutLine(line, this.#columns));
  }

  /** To the first line that was drawn. A line that no longer fits has been wrapped by the terminal. */
  #toTop(): string {
    const rows = this.#drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / this.#columns)),
      0,
    );
    return rows === 0 ? '' : `\r\u001B[${rows}A`;
  }

  get #columns(): number {
    return known(this.output.columns);
  }

  /** One row is the cursor's. */
  get #rows(): number {
    return Math.max(1, known(this.output.rows) - 1);
  }
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}${ERASE_LINE_END}\n`).join('');
}

/** A terminal that does not know its size may say 0. */
function known(size = 0): number {
  return size > 0 ? size : Infinity;
}
