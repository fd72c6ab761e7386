import { styleText } from 'node:util';
import { Injectable } from '@nestjs/common';
import { OperatorContext, type OutputStream } from '../context.js';
import { table, type TableColumn } from './table.js';

const USUAL_WIDTH = 80;

type Style = Parameters<typeof styleText>[0];

/** Results go to standard output; messages for people go to standard error. */
@Injectable()
export class Terminal {
  constructor(private readonly context: OperatorContext) {}

  get stdout(): OutputStream {
    return this.context.stdout;
  }

  get stderr(): OutputStream {
    return this.context.stderr;
  }

  /** How many columns a line of standard output has: no limit, except in a terminal. */
  get width(): number {
    const { isTTY, columns } = this.stdout;
    return isTTY === true ? (columns ?? USUAL_WIDTH) : Infinity;
  }

  line(text: string): void {
    this.stdout.write(`${text}\n`);
  }

  /** The lines of a table that is as wide as the terminal, less an indent that the caller adds. */
  tableLines(columns: readonly TableColumn[], rows: readonly (readonly string[])[], indent = 0): string[] {
    const text = table(columns, rows, this.width - indent);
    return [...text.titles.map((line) => this.styled('bold', line)), ...text.rows];
  }

  table(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): void {
    for (const line of this.tableLines(columns, rows)) this.line(line);
  }

  /** Also escapes C1 and bidirectional control characters: JSON.stringify keeps them, and terminals interpret them. */
  json(value: unknown): void {
    this.stdout.write(`${jsonText(value, 2)}\n`);
  }

  note(text: string): void {
    this.stderr.write(`${text}\n`);
  }

  /** Coloured in a terminal, unless NO_COLOR is set. */
  styled(style: Style, text: string): string {
    return styleText(style, text, { stream: this.stdout });
  }
}

export function jsonText(value: unknown, indent = 0): string {
  return escaped(JSON.stringify(value, null, indent));
}

/** Escapes what JSON allows in text and terminals interpret. */
export function escaped(json: string): string {
  return json.replace(
    /[\u007f-\u009f\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
