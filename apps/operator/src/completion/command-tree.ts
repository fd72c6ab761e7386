import type { Command } from 'commander';

/** A command with what a shell completes for it. */
export interface CompletedCommand {
  /** `/dead-letters/list`; empty for the program itself. */
  path: string;
  commands: { name: string; description: string }[];
  options: CompletedOption[];
}

export interface CompletedOption {
  /** `--type` */
  flag: string;
  description: string;
  takesValue: boolean;
  /** Empty if any value is allowed. */
  choices: readonly string[];
}

/** The program and all its commands, parents first. */
export function completedCommands(command: Command, path = ''): CompletedCommand[] {
  const help = command.createHelp();
  const completed = {
    path,
    commands: help
      .visibleCommands(command)
      .map((each) => ({ name: each.name(), description: each.description() })),
    options: help.visibleOptions(command).map((option) => ({
      flag: option.long ?? option.flags,
      description: option.description,
      takesValue: option.required,
      choices: option.argChoices ?? [],
    })),
  };
  return [
    completed,
    ...command.commands.flatMap((each) => completedCommands(each, `${path}/${each.name()}`)),
  ];
}
