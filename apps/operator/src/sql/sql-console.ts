import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { SqlReader } from '#warehouse';
import { explain } from '../failures.js';
import { Terminal } from '../output/terminal.js';
import { SqlRunner, type SqlOutput } from './sql-runner.js';

const PROMPT = 'sql> ';
const CONTINUED = '...> ';
const HELP =
  'Statements end with ; and only read. SHOW TABLES lists the tables. Ctrl-C cancels, exit or Ctrl-D ends.';
const WORDS_THAT_END = new Set(['exit', 'quit', '\\q']);

/** Runs what a person types, statement by statement. */
@Injectable()
export class SqlConsole {
  constructor(
    private readonly runner: SqlRunner,
    private readonly terminal: Terminal,
  ) {}

  /** Resolves when the person ends it. */
  async run(reader: SqlReader, output: SqlOutput, input: Readable): Promise<void> {
    this.terminal.note(HELP);
    const lines = createInterface({ input, output: this.terminal.stderr, prompt: PROMPT, terminal: true });
    const { promise: ended, resolve: end } = Promise.withResolvers<undefined>();
    let text = '';
    let running: AbortController | null = null;
    let turn: Promise<unknown> = Promise.resolve();
    const prompt = () => {
      lines.setPrompt(text === '' ? PROMPT : CONTINUED);
      lines.prompt();
    };
    const take = async (line: string): Promise<void> => {
      if (text === '' && WORDS_THAT_END.has(line.trim().replace(/;$/, '').toLowerCase())) {
        lines.close();
        return;
      }
      text += `${line}\n`;
      const statements = reader.statements(text);
      const ready = statements.filter(({ isEnded }) => isEnded);
      text = statements.find(({ isEnded }) => !isEnded)?.sql ?? '';
      if (text !== '') text += '\n';
      for (const { sql } of ready) {
        running = new AbortController();
        await this.#runOne(reader, sql, output, running.signal);
        running = null;
      }
      prompt();
    };
    lines
      .on('line', (line) => {
        turn = turn.then(() => take(line));
      })
      .on('SIGINT', () => {
        if (running !== null) {
          running.abort();
          return;
        }
        // After the lines that were typed before it.
        turn = turn.then(() => {
          text = '';
          clearLine(lines);
          prompt();
        });
      })
      .on('close', () => {
        running?.abort();
        end(undefined);
      });
    prompt();
    await ended;
    await turn;
  }

  async #runOne(reader: SqlReader, sql: string, output: SqlOutput, signal: AbortSignal): Promise<void> {
    try {
      const { rows, seconds } = await this.runner.run(reader, { sql }, output, signal);
      this.terminal.note(
        `(${rows.toLocaleString('en')} row${rows === 1 ? '' : 's'}, ${seconds.toFixed(2)} s)`,
      );
    } catch (error) {
      this.terminal.note(explain(error) ?? '');
    }
  }
}

/** What was typed on this line is given up, on a line that stays. */
function clearLine(lines: Interface): void {
  lines.write(null, { ctrl: true, name: 'e' });
  lines.write(null, { ctrl: true, name: 'u' });
}
