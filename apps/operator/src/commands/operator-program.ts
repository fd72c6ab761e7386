import { Injectable } from '@nestjs/common';
import { Command } from 'commander';
import { serviceVersion } from '#settings';
import { CheckpointsCommand } from '../checkpoints/checkpoints.command.js';
import { CompletionCommand } from '../completion/completion.command.js';
import { OperatorContext, type OutputStream } from '../context.js';
import { ContractsCommand } from '../contracts/contracts.command.js';
import { DeadLettersCommand } from '../dead-letters/dead-letters.command.js';
import { LakeCommand } from '../lake/lake.command.js';
import { SchemaCommand } from '../schema/schema.command.js';
import { SqlCommand } from '../sql/sql.command.js';
import { VerifySnowflakeCommand } from '../verify-snowflake/verify-snowflake.command.js';
import { VerifyCommand } from '../verify/verify.command.js';

const DESCRIPTION = `Inspects and repairs the pipeline that loads sales events from Kafka into the warehouse.
Reads the same environment variables as the service.`;
const EXIT_CODES = `
Exit codes: 0 success; 1 failure; 2 invalid command line; 69 contracts check could not
read every record; 78 invalid configuration.`;

/** The program `operator` with all its commands. */
@Injectable()
export class OperatorProgram {
  readonly command: Command;

  constructor(
    { stdout, stderr }: OperatorContext,
    deadLetters: DeadLettersCommand,
    schema: SchemaCommand,
    checkpoints: CheckpointsCommand,
    lake: LakeCommand,
    contracts: ContractsCommand,
    completion: CompletionCommand,
    sql: SqlCommand,
    verify: VerifyCommand,
    verifySnowflake: VerifySnowflakeCommand,
  ) {
    this.command = new Command('operator')
      .description(DESCRIPTION)
      .version(serviceVersion(), '--version', 'print the version')
      .addHelpText('afterAll', EXIT_CODES)
      .showHelpAfterError('See --help.')
      .exitOverride()
      .configureOutput({
        writeOut: (text) => stdout.write(text),
        writeErr: (text) => stderr.write(text),
        getOutHelpWidth: () => widthOf(stdout),
        getErrHelpWidth: () => widthOf(stderr),
      });
    for (const each of [
      ...[deadLetters, sql, schema, checkpoints, lake, contracts, completion, verify, verifySnowflake],
    ]) {
      this.command.addCommand(each.define());
    }
    inheritSettings(this.command);
  }

  /** @throws CommanderError after commander has printed help or rejected the arguments */
  async run(args: readonly string[]): Promise<void> {
    await this.command.parseAsync(args, { from: 'user' });
  }
}

/** commander hands its settings down only to commands that it creates itself. */
function inheritSettings(command: Command): void {
  for (const each of command.commands) inheritSettings(each.copyInheritedSettings(command));
}

function widthOf(stream: OutputStream & { columns?: number }): number {
  return stream.columns ?? 80;
}
