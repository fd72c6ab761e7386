import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { NestFactory } from '@nestjs/core';
import type { Command } from 'commander';
import { OperatorModule, OperatorProgram } from '#apps/operator';

/** The operator's real commands; none of them runs. */
export async function operatorTree(): Promise<Command> {
  const context = {
    env: {},
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    signals: new EventEmitter(),
  };
  const application = await NestFactory.createApplicationContext(OperatorModule.in(context), {
    logger: false,
    abortOnError: false,
  });
  const { command } = application.get(OperatorProgram);
  await application.close();
  return command;
}

/** What the command shows for --help. */
export function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  return help;
}

/** What the operator would say against these arguments before it does anything; null where nothing. */
export function argumentFault(program: Command, args: readonly string[]): string | null {
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
  command: Command,
  names: readonly string[] = [],
): { path: string; command: Command }[] {
  if (command.commands.length === 0) return [{ path: names.join(' '), command }];
  return command.commands.flatMap((each) => leaves(each, [...names, each.name()]));
}
