import { Command } from 'commander';

/** A command of the operator. */
export abstract class OperatorCommand {
  /** Declares the name, arguments, options and action. */
  abstract define(): Command;
}

/** @param examples command lines for its help, without the program's name */
export function command(name: string, description: string, examples: readonly string[]): Command {
  const text = ['', 'Examples:', ...examples.map((example) => `  operator ${example}`)].join('\n');
  return new Command(name).description(description).addHelpText('after', text);
}

/** A command that only groups subcommands. */
export function commandGroup(
  name: string,
  description: string,
  commands: readonly OperatorCommand[],
): Command {
  const group = new Command(name).description(description);
  for (const each of commands) group.addCommand(each.define());
  return group;
}

/** The option of every command whose result is available as JSON. */
export const JSON_OPTION = ['--json', 'print the result as JSON'] as const;
