import type { Paint } from '#terminal';
import { displayWidth, wrapLine } from '#terminal';

const LABEL_WIDTH = 14;
const VALUE_WIDTH = 11;
const BESIDE = 2 + LABEL_WIDTH + VALUE_WIDTH + 3;
const BELOW = 4;
/** What is said about a value stands beside it if there is this much room, else below. */
const LEAST_ROOM = 30;
const NO_BREAK = '\u00a0';

export interface Figure {
  label: string;
  value: string;
  /** What is said about it, in parts that stay whole. */
  about?: readonly string[];
}

/** A labelled number for a terminal of this width. What does not fit beside the number continues below. */
export function figureLines({ label, value, about = [] }: Figure, columns: number, paint: Paint): string[] {
  const head = `  ${paint('dim', label.padEnd(LABEL_WIDTH))}${paint('bold', value.padStart(VALUE_WIDTH))}   `;
  const indent = indentOf(columns);
  const room = columns - indent;
  const whole = (part: string) => (displayWidth(part) < room ? part.replaceAll(' ', NO_BREAK) : part);
  const lines = wrapLine(about.map(whole).join(', '), room).map((line) => line.replaceAll(NO_BREAK, ' '));
  const beside = indent === BESIDE ? (lines.shift() ?? '') : '';
  const below = lines.filter((line) => line !== '').map((line) => ' '.repeat(indent) + line.trimStart());
  const isOnlyBelow = label === '' && beside === '' && below.length > 0;
  return isOnlyBelow ? below : [(head + beside).trimEnd(), ...below];
}

/** How many columns there are for what is said about a number. */
export function roomBeside(columns: number): number {
  return columns - indentOf(columns);
}

function indentOf(columns: number): number {
  return columns < BESIDE + LEAST_ROOM ? BELOW : BESIDE;
}
