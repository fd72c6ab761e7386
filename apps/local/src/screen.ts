import { styleText } from 'node:util';
import { duration } from './words.js';

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

/** Colours a text, or leaves it as it is where the output has no colours. */
export type Paint = (style: Style, text: string) => string;

const STEP_WIDTH = 44;
const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
/** Without wrapping a line stays one row, however narrow the terminal is. */
const NO_WRAP = '\u001B[?7l';
const WRAP = '\u001B[?7h';

/** What the person sees: lines that stay, steps with the time they took, and on a terminal a part that is redrawn. */
export class Screen {
  readonly #hasColors: boolean;
  #liveRows = 0;
  #openStep = false;

  constructor(private readonly output: NodeJS.WriteStream) {
    this.#hasColors = output.isTTY && output.hasColors();
    process.once('exit', () => {
      this.endLive();
    });
  }

  /** Whether {@link showLive} can draw over what it drew before. */
  get isLive(): boolean {
    return this.output.isTTY;
  }

  readonly paint: Paint = (style, text) =>
    this.#hasColors ? styleText(style, text, { validateStream: false }) : text;

  say(text: string): void {
    this.output.write(`${text}\n`);
  }

  /** Says what is done, and when it is done, how long it took. */
  async step<T>(label: string, work: Promise<T>): Promise<T> {
    const startedAt = performance.now();
    this.output.write(`  ${label} ${this.paint('dim', '.'.repeat(Math.max(3, STEP_WIDTH - label.length)))} `);
    this.#openStep = true;
    const result = await work;
    this.#openStep = false;
    this.say(this.paint('green', duration((performance.now() - startedAt) / 1000)));
    return result;
  }

  problem(text: string): void {
    if (this.#openStep) this.say(`${this.paint('red', 'failed')}\n`);
    this.#openStep = false;
    this.say(`${this.paint('red', indented(text))}\n`);
  }

  /** Draws these lines over the last ones. */
  showLive(lines: readonly string[]): void {
    const up = this.#liveRows > 0 ? `\r\u001B[${this.#liveRows}A` : HIDE_CURSOR + NO_WRAP;
    const rows = lines.map((line) => `${line}\u001B[K\n`).join('');
    this.output.write(`${up}${rows}\u001B[J`);
    this.#liveRows = lines.length;
  }

  /** Leaves what was drawn last, and gives the terminal back as it was. */
  endLive(): void {
    if (this.#liveRows > 0) this.output.write(`${WRAP}${SHOW_CURSOR}\n`);
    this.#liveRows = 0;
  }
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
