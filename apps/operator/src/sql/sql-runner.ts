import { once } from 'node:events';
import { Injectable } from '@nestjs/common';
import { faultText, FaultError } from '#pipeline';
import { QueryError, type SqlReader, type Statement } from '#warehouse';
import { OperationError } from '../failures.js';
import { printable } from '#terminal';
import { Terminal } from '../output/terminal.js';
import { rowWriter, type Format } from './row-writer.js';

export interface SqlOutput {
  format: Format;
  /** The most rows to print of a statement. */
  limit: number;
}

export interface Printed {
  rows: number;
  seconds: number;
}

/** Runs statements and prints their rows. */
@Injectable()
export class SqlRunner {
  constructor(private readonly terminal: Terminal) {}

  /** @throws OperationError which says what the warehouse refuses, and where */
  async run(
    reader: SqlReader,
    { sql }: Pick<Statement, 'sql'>,
    { format, limit }: SqlOutput,
    signal: AbortSignal,
  ): Promise<Printed> {
    const startedAt = performance.now();
    try {
      const { columns, rows } = await reader.query(sql, signal);
      const { stdout } = this.terminal;
      const writer = rowWriter(format, columns, stdout.isTTY === true ? (stdout.columns ?? 80) : null);
      await this.#write(writer.begin());
      let printed = 0;
      let hasMore = false;
      for await (const row of rows) {
        signal.throwIfAborted();
        hasMore = printed === limit;
        if (hasMore) break;
        await this.#write(writer.row(row));
        printed++;
      }
      await this.#write(writer.end());
      if (hasMore)
        this.terminal.note(`Only the first ${limit.toLocaleString('en')} rows; --limit all prints all.`);
      if (writer.isCut)
        this.terminal.note('… stands for what does not fit; --format json prints values whole.');
      return { rows: printed, seconds: (performance.now() - startedAt) / 1000 };
    } catch (error) {
      if (signal.aborted) throw new OperationError('Cancelled.');
      throw explained(error);
    }
  }

  async #write(text: string): Promise<void> {
    if (text !== '' && !this.terminal.stdout.write(text)) await once(this.terminal.stdout, 'drain');
  }
}

/** DuckDB marks the position below the statement. */
function explained(error: unknown): unknown {
  if (error instanceof FaultError) return new OperationError(faultText(error.fault));
  if (error instanceof QueryError) return new OperationError(printable(error.message, { lines: true }));
  return error;
}
