import { readFile } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { Option, type Command } from 'commander';
import { text as wholeText } from 'node:stream/consumers';
import type { SqlReader, Statement } from '#warehouse';
import { Interruption } from '../commands/interruption.js';
import { command, OperatorCommand } from '../commands/operator-command.js';
import { Connections } from '../connections.js';
import { OperatorContext } from '../context.js';
import { messageOf, OperationError, UsageError } from '../failures.js';
import { parseInteger, parseWord } from '../parse.js';
import { FORMATS, type Format } from './row-writer.js';
import { SqlConsole } from './sql-console.js';
import { SqlRunner, type SqlOutput } from './sql-runner.js';

interface SqlOptions {
  file?: string;
  format?: Format;
  limit?: number;
}

const EXAMPLES = [
  'sql "SELECT EVENT_TYPE, COUNT(*) FROM RAW_EVENTS_STREAM GROUP BY EVENT_TYPE"',
  'sql --format csv "SELECT * FROM ORDER_ANALYTICS"',
  'sql --file report.sql',
  'sql',
];

/** A table is for people. */
const TABLE_LIMIT = 1_000;

@Injectable()
export class SqlCommand extends OperatorCommand {
  constructor(
    private readonly connections: Connections,
    private readonly context: OperatorContext,
    private readonly runner: SqlRunner,
    private readonly console: SqlConsole,
  ) {
    super();
  }

  override define(): Command {
    return command(
      'sql',
      'query the tables; reads only. Without a statement: interactive, or the statements on standard input',
      EXAMPLES,
    )
      .argument('[statement]', 'one statement, or several separated by semicolons')
      .option('--file <path>', 'run the statements of this file')
      .addOption(
        new Option('--format <format>', 'how to print rows (default: table)')
          .choices(FORMATS)
          .argParser((text) => parseWord('--format', text, FORMATS)),
      )
      .option(
        '--limit <rows>',
        `most rows to print of a statement, or all (default: ${TABLE_LIMIT} as a table, else all)`,
        (text) => (text === 'all' ? Infinity : parseInteger('--limit', text, 1)),
      )
      .action((statement: string | undefined, options: SqlOptions) => this.run(statement, options));
  }

  async run(statement: string | undefined, options: SqlOptions): Promise<void> {
    if (statement !== undefined && options.file !== undefined) {
      throw new UsageError('Give either a statement or --file.');
    }
    const { format = 'table' } = options;
    const output = { format, limit: options.limit ?? (format === 'table' ? TABLE_LIMIT : Infinity) };
    if (statement !== undefined) await this.#runAll(statement, null, output);
    else if (options.file !== undefined)
      await this.#runAll(await contentOf(options.file), options.file, output);
    else await this.#runInput(output);
  }

  async #runInput(output: SqlOutput): Promise<void> {
    const { stdin } = this.context;
    const input = stdin?.open?.();
    if (input === undefined) throw new UsageError('Give a statement or --file.');
    if (stdin?.isTTY === true) await this.console.run(await this.connections.sql(), output, input);
    else await this.#runAll(await wholeText(input), 'standard input', output);
  }

  /** @param source where the text comes from, as errors name it; null for the command line */
  async #runAll(text: string, source: string | null, output: SqlOutput): Promise<void> {
    const reader = await this.connections.sql();
    const statements = reader.statements(text);
    if (statements.length === 0) throw new UsageError('There is no statement.');
    const interruption = new Interruption(this.context.signals);
    try {
      for (const [index, statement] of statements.entries()) {
        if (index > 0 && output.format === 'table') this.context.stdout.write('\n');
        await this.#runOne(reader, statement, source, output, interruption.signal);
      }
    } finally {
      interruption.stopListening();
    }
  }

  async #runOne(
    reader: SqlReader,
    statement: Statement,
    source: string | null,
    output: SqlOutput,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.runner.run(reader, statement, output, signal);
    } catch (error) {
      if (source === null || !(error instanceof OperationError)) throw error;
      throw new OperationError(`${source}, line ${statement.line}: ${error.message}`);
    }
  }
}

async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new OperationError(`The file cannot be read: ${messageOf(error)}`);
  }
}
