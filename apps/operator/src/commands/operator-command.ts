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
  /** Command lines that its help shows, without the program's name. */
  readonly examples: readonly string[] = [];

  override setCommand(command: CommanderCommand): this {
    endWithOurCodes(command);
    command.allowExcessArguments(false);
    if (this.examples.length > 0) command.addHelpText('after', examplesText(this.examples));
    return super.setCommand(command);
  }
}

function examplesText(examples: readonly string[]): string {
  return ['', 'Examples:', ...examples.map((example) => `  operator ${example}`)].join('\n');
}

/** A command whose answer can be had as JSON. */
export abstract class AnsweringCommand extends OperatorCommand {
  @Option({ flags: '--json', description: 'answer with JSON' })
  parseJson(): true {
    return true;
  }
}

/** commander's own refusal, with what was meant; its types leave it out. */
type SuggestingCommand = CommanderCommand & { unknownCommand(): never };

/** A command that only holds others together. */
export abstract class CommandGroup extends OperatorCommand {
  override setCommand(command: CommanderCommand): this {
    super.setCommand(command);
    command.allowExcessArguments().addHelpCommand();
    return this;
  }

  override async run([unknown]: string[]): Promise<void> {
    // commander would say it itself, if nest-commander did not give every command something to do.
    if (unknown !== undefined) (this.command as SuggestingCommand).unknownCommand();
    this.command.help({ error: true });
  }
}
