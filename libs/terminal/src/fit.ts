import { stripVTControlCharacters } from 'node:util';
import { displayWidth } from './display-width.js';

const MORE = ' …';
/** Ends all colours. */
const RESET = '\u001B[0m';
/** A continuation is never indented beyond this share of the columns. */
const MOST_INDENT = 0.5;

/**
 * Breaks a line between words so that it fits. Continuations are indented like the line, plus `hanging`. A word that is
 * longer than a line stays whole.
 */
export function wrapLine(line: string, columns: number, hanging = 0): string[] {
  if (displayWidth(line) <= columns) return [line];
  const [indent = ''] = /^ */.exec(stripVTControlCharacters(line)) ?? [];
  const lead = ' '.repeat(Math.min(indent.length + hanging, Math.floor(columns * MOST_INDENT)));
  const lines: string[] = [];
  let current = '';
  for (const [spaceAndWord, word = ''] of line.matchAll(/ *([^ ]+)/g)) {
    const longer = current + spaceAndWord;
    if (displayWidth(longer) <= columns || displayWidth(current) <= indent.length) current = longer;
    else {
      lines.push(current);
      current = lead + word;
    }
  }
  return [...lines, current];
}

/** Breaks each line of a text between words. */
export function wrapText(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, columns))
    .join('\n');
}

/** Leaves out the last words of a line that does not fit, never a part of a word or number. */
export function cutLine(line: string, columns: number): string {
  if (displayWidth(line) <= columns) return line;
  const [first = ''] = wrapLine(line, columns - MORE.length);
  if (displayWidth(first) > columns - MORE.length) return '…';
  return first + (first.includes('\u001B') ? RESET : '') + MORE;
}
