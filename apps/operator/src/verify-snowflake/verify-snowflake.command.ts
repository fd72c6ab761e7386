import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import type { SnowflakeSettings } from '#settings';
import { EMULATORS, SnowflakeVerification, type ClaimOutcome, type Emulator } from '#warehouse';
import { command, JSON_OPTION, OperatorCommand } from '../commands/operator-command.js';
import { Connections } from '../connections.js';
import { OperatorContext } from '../context.js';
import { OperationError, ReportedFailure, UsageError } from '../failures.js';
import { Terminal } from '../output/terminal.js';
import { parseWord } from '../parse.js';
import { Interruption } from '../commands/interruption.js';
import { claimLine, summaryLine } from './report.js';

interface VerifyOptions {
  emulator?: Emulator;
  only?: string;
  slow?: true;
  streaming?: true;
  json?: true;
}

const EXAMPLES = ['verify-snowflake', 'verify-snowflake --only lock --slow', 'verify-snowflake --streaming'];

@Injectable()
export class VerifySnowflakeCommand extends OperatorCommand {
  constructor(
    private readonly connections: Connections,
    private readonly context: OperatorContext,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  override define(): Command {
    return command(
      'verify-snowflake',
      'check on a real account what the service relies on, in a schema that is created in SNOWFLAKE_DATABASE ' +
        '(the role needs CREATE SCHEMA there) and dropped at the end',
      EXAMPLES,
    )
      .option(
        '--streaming',
        'check what SNOWFLAKE_INGEST=streaming relies on, instead of the SQL transactions',
      )
      .option('--slow', 'include the claims that take minutes')
      .option('--only <text>', 'check only the claims whose names contain this text')
      .option(
        '--emulator <name>',
        `the server is this emulator: skip what it does not support (${EMULATORS.join(', ')})`,
        (text) => parseWord('--emulator', text, EMULATORS),
      )
      .option(...JSON_OPTION)
      .action((options: VerifyOptions) => this.run(options));
  }

  async run(options: VerifyOptions): Promise<void> {
    const outcomes: ClaimOutcome[] = [];
    const interruption = new Interruption(this.context.signals);
    const verification = new SnowflakeVerification(this.#settings(), {
      emulator: options.emulator ?? null,
      slow: options.slow === true,
      streaming: options.streaming === true,
      only: options.only ?? null,
      signal: interruption.signal,
      done: (outcome) => {
        if (!options.json) this.terminal.line(claimLine(outcome, outcomes.at(-1), this.terminal));
        outcomes.push(outcome);
      },
    });
    this.terminal.note(`Creating the schema ${verification.place}; Ctrl-C stops and drops it.`);
    interruption.beforeExit(() => {
      this.terminal.note(leftText(verification));
    });
    let holds: boolean;
    try {
      holds = await verification.run();
    } finally {
      interruption.stopListening();
      if (verification.leftToDrop.length > 0) this.terminal.note(leftText(verification));
    }
    if (options.json) this.terminal.json({ claims: outcomes, leftToDrop: verification.leftToDrop });
    else this.terminal.line(summaryLine(outcomes, interruption.signal.aborted));
    if (options.only !== undefined && outcomes.length === 0) {
      throw new UsageError(`--only is "${options.only}", but no claim has this text in its name.`);
    }
    if (!holds || verification.leftToDrop.length > 0) throw new ReportedFailure();
  }

  #settings(): SnowflakeSettings {
    const { snowflake } = this.connections.settings;
    if (snowflake === null)
      throw new OperationError('WAREHOUSE=duckdb: there is no Snowflake account to verify.');
    return snowflake;
  }
}

function leftText({ leftToDrop }: SnowflakeVerification): string {
  return `Left behind; drop it yourself:\n${leftToDrop.map((sql) => `  ${sql};`).join('\n')}`;
}
