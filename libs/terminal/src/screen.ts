import { styleText } from 'node:util';
import { wrapText } from './fit.js';
import { LiveArea, type LiveContent } from './live-area.js';
import { duration } from './words.js';

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

/** Colours a text, or leaves it as it is where the output has no colours. */
export type Paint = (style: Style, text: string) => string;

const STEP_WIDTH = 44;
const DURATION_WIDTH = 12;

/**
 * What the person sees: lines that stay, steps with the time they took, and on a terminal a part that is redrawn. On a
 * terminal, lines break between words.
 */
export class Screen {
  readonly #hasColors: boolean;
  readonly #live: LiveArea;
  #openStep = false;
  /** All that was said so far. */
  #said = '';

  constructor(private readonly output: NodeJS.WriteStream) {
    this.#hasColors = output.isTTY && output.hasColors();
    this.#live = new LiveArea(output);
  }

  /** Whether {@link showLive} can draw over what it drew before. */
  get isLive(): boolean {
    return this.output.isTTY;
  }

  readonly paint: Paint = (style, text) =>
    this.#hasColors ? styleText(style, text, { validateStream: false }) : text;

  say(text: string): void {
    this.#write(`${text}\n`);
  }

  /** Says what is done, and when it is done, how long it took. */
  async step<T>(label: string, work: Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const width = Math.min(STEP_WIDTH, this.#columns - DURATION_WIDTH);
    this.#write(`  ${label} ${this.paint('dim', '.'.repeat(Math.max(3, width - label.length)))} `);
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
  showLive(lines: LiveContent['lines']): void {
    const above = (columns: number) => wrapText(this.#said.trimEnd(), columns).split('\n').concat('');
    this.#live.show({ lines, above });
  }

  /** Leaves what was drawn last. */
  endLive(): void {
    this.#live.end();
    this.say('');
  }

  #write(text: string): void {
    this.#said += text;
    this.output.write(wrapText(text, this.#columns));
  }

  get #columns(): number {
    return this.output.isTTY && this.output.columns > 0 ? this.output.columns : Infinity;
  }
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
