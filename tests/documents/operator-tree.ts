import type { CommanderCommand } from '#apps/operator';

/** The operator's real commands; none of them runs, and nothing ends the process. */
export async function operatorTree(): Promise<CommanderCommand> {
  // nest-commander is CommonJS and finds Nest loaded: Jest cannot require an ES module inside a cycle.
  await import('@nestjs/core');
  const { CommandFactory } = await import('nest-commander');
  const { OperatorModule, Program } = await import('#apps/operator');
  const application = await CommandFactory.createWithoutRunning(OperatorModule);
  const { command } = application.get(Program);
  quieten(command);
  return command;
}

function quieten(command: CommanderCommand): void {
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  for (const each of command.commands) quieten(each);
}

/** What the command shows for --help. */
export function helpOf(command: CommanderCommand): string {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  return help;
}

/** What the operator would say against these arguments before it does anything; null where nothing. */
export function argumentFault(program: CommanderCommand, args: readonly string[]): string | null {
  const [name = '', ...rest] = args;
  const below = program.commands.find((each) => each.name() === name);
  if (below !== undefined) return argumentFault(below, rest);
  if (program.commands.length > 0 && name !== '' && !name.startsWith('-')) return `no command ${name}`;
  if (rest.includes('--help') || name === '--help') return null;
  try {
    const { operands, unknown } = program.parseOptions([...args]);
    if (unknown.length > 0) return `no option ${unknown.join(' ')}`;
    const most = program.registeredArguments.some(({ variadic }) => variadic)
      ? Infinity
      : program.registeredArguments.length;
    const least = program.registeredArguments.filter(({ required }) => required).length;
    return operands.length < least || operands.length > most ? `${operands.length} arguments` : null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The commands that do something, each with the words that name it. */
export function leaves(
  command: CommanderCommand,
  names: readonly string[] = [],
): { path: string; command: CommanderCommand }[] {
  if (command.commands.length === 0) return [{ path: names.join(' '), command }];
  return command.commands.flatMap((each) => leaves(each, [...names, each.name()]));
}
