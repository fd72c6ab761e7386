import { Command, Option } from 'nest-commander';
import type { SnowflakeSettings } from '#settings';
import { EMULATORS, SnowflakeVerification, type ClaimOutcome, type Emulator } from '#warehouse';
import { AnsweringCommand } from '../commands/operator-command.js';
import { Connections } from '../connections.js';
import { EXIT_FAILED, OperationError, UsageError } from '../failures.js';
import { terminal } from '../output/terminal.js';
import { parseWord } from '../parse.js';
import { interruption } from '../commands/interruption.js';
import { claimLine, summaryLine } from './report.js';

interface VerifyOptions {
  emulator?: Emulator;
  only?: string;
  slow?: true;
  json?: true;
}

@Command({
  name: 'verify-snowflake',
  description:
    'try on a real account what the service relies on: in a schema that is made for it in SNOWFLAKE_DATABASE ' +
    '(the role needs CREATE SCHEMA there) and dropped at the end',
})
export class VerifySnowflakeCommand extends AnsweringCommand {
  override readonly examples = ['verify-snowflake', 'verify-snowflake --only lock --slow'];

  constructor(private readonly connections: Connections) {
    super();
  }

  @Option({ flags: '--slow', description: 'try what takes minutes as well' })
  parseSlow(): true {
    return true;
  }

  @Option({ flags: '--only <text>', description: 'try only the claims with this text in their names' })
  parseOnly(text: string): string {
    return text;
  }

  @Option({
    flags: '--emulator <name>',
    description: `the server is not Snowflake: leave out what it cannot play (${EMULATORS.join(', ')})`,
  })
  parseEmulator(text: string): Emulator {
    return parseWord('--emulator', text, EMULATORS);
  }

  override async run(_none: string[], options: VerifyOptions): Promise<void> {
    const outcomes: ClaimOutcome[] = [];
    const stop = interruption();
    const verification = new SnowflakeVerification(this.#settings(), {
      emulator: options.emulator ?? null,
      slow: options.slow === true,
      only: options.only ?? null,
      signal: stop.signal,
      done: (outcome) => {
        if (!options.json) terminal.line(claimLine(outcome, outcomes.at(-1)));
        outcomes.push(outcome);
      },
    });
    terminal.note(`Making the schema ${verification.place}; Ctrl-C ends and drops it.`);
    stop.onSecond(() => {
      terminal.note(leftText(verification));
    });
    try {
      const holds = await verification.run();
      if (!holds) process.exitCode = EXIT_FAILED;
    } finally {
      stop.forget();
      if (verification.leftToDrop.length > 0) terminal.note(leftText(verification));
    }
    if (options.json) terminal.json({ claims: outcomes, leftToDrop: verification.leftToDrop });
    else terminal.line(summaryLine(outcomes, stop.signal.aborted));
    if (verification.leftToDrop.length > 0) process.exitCode = EXIT_FAILED;
    if (options.only !== undefined && outcomes.length === 0) {
      throw new UsageError(`--only is "${options.only}", and no claim has that in its name.`);
    }
  }

  #settings(): SnowflakeSettings {
    const { snowflake } = this.connections.settings;
    if (snowflake === null) throw new OperationError('WAREHOUSE=duckdb: there is no Snowflake to verify.');
    return snowflake;
  }
}

function leftText({ leftToDrop }: SnowflakeVerification): string {
  return `Left behind; run this yourself:\n${leftToDrop.map((sql) => `  ${sql};`).join('\n')}`;
}
