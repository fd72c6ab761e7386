import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { NestFactory } from '@nestjs/core';
import type { Command } from 'commander';
import { OperatorModule, OperatorProgram } from '#apps/operator';

/** The operator's real commands, without running any. */
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

/** The help text of a command. */
export function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  return help;
}

/** The error that the operator would report for these arguments before it does anything, or null. */
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

/** The leaf commands, each with its full name. */
export function leaves(
  command: Command,
  names: readonly string[] = [],
): { path: string; command: Command }[] {
  if (command.commands.length === 0) return [{ path: names.join(' '), command }];
  return command.commands.flatMap((each) => leaves(each, [...names, each.name()]));
}
