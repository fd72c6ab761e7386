import { styleText } from 'node:util';
import { LiveArea } from '#terminal';
import { duration } from './words.js';

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

/** Colours a text, or leaves it as it is where the output has no colours. */
export type Paint = (style: Style, text: string) => string;

const STEP_WIDTH = 44;

/** What the person sees: lines that stay, steps with the time they took, and on a terminal a part that is redrawn. */
export class Screen {
  readonly #hasColors: boolean;
  readonly #live: LiveArea;
  #openStep = false;

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
    this.#live.show(lines);
  }

  /** Leaves what was drawn last. */
  endLive(): void {
    this.#live.end();
    this.say('');
  }
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
