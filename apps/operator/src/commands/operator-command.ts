import { CommandRunner, Option } from 'nest-commander';
import { EXIT_OK, EXIT_USAGE } from '../failures.js';

export type CommanderCommand = Parameters<CommandRunner['setCommand']>[0];

/** commander ends the process itself after help and after a wrong option, which is 1 by its count. */
export function endWithOurCodes(command: CommanderCommand): void {
  command.exitOverride(({ exitCode }) => {
    process.exit(exitCode === 0 ? EXIT_OK : EXIT_USAGE);
  });
  command.showHelpAfterError('See --help.');
}

/** A command that does something. */
export abstract class OperatorCommand extends CommandRunner {
  override setCommand(command: CommanderCommand): this {
    endWithOurCodes(command);
    command.allowExcessArguments(false);
    return super.setCommand(command);
  }
}

/** A command whose answer can be had as JSON. */
export abstract class AnsweringCommand extends OperatorCommand {
  @Option({ flags: '--json', description: 'answer with JSON' })
  parseJson(): true {
    return true;
  }
}

/** A command that only holds others together. */
export abstract class CommandGroup extends OperatorCommand {
  override setCommand(command: CommanderCommand): this {
    super.setCommand(command);
    command.allowExcessArguments();
    return this;
  }

  override async run([unknown]: string[]): Promise<void> {
    if (unknown !== undefined) this.command.error(`error: unknown command '${unknown}'`);
    this.command.help({ error: true });
  }
}
