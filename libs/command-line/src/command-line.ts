import { Command, CommanderError } from 'commander';
import { Faults } from './readers.js';

const EXIT_USAGE = 2;
const HELP_WIDTH = 120;

/** What a command line asks for. */
export type CommandLine<Arguments> =
  | { kind: 'run'; arguments: Arguments }
  /** The help or the version. */
  | { kind: 'print'; text: string }
  /** One sentence for each fault. */
  | { kind: 'invalid'; faults: string[] };

/** A program that neither writes nor ends the process: see {@link parse} and {@link exitCodeOf}. */
export function program(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .helpOption('-h, --help', 'print this text')
    .configureHelp({ helpWidth: HELP_WIDTH })
    .exitOverride();
}

/**
 * Parses a command line.
 *
 * @param read makes the arguments out of what `command` has parsed, in its `opts()`: texts, and booleans for flags
 */
export function parse<Arguments>(
  command: Command,
  args: readonly string[],
  read: (faults: Faults, command: Command) => Arguments,
): CommandLine<Arguments> {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part), writeErr: () => undefined });
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'print', text };
    return { kind: 'invalid', faults: [sentence(error.message)] };
  }
  const faults = new Faults();
  const given = read(faults, command);
  return faults.all.length > 0 ? { kind: 'invalid', faults: faults.all } : { kind: 'run', arguments: given };
}

/** Does what a command line asks for, and returns the exit code. */
export async function exitCodeOf<Arguments>(
  parsed: CommandLine<Arguments>,
  run: (given: Arguments) => Promise<number> | number,
): Promise<number> {
  switch (parsed.kind) {
    case 'print':
      process.stdout.write(parsed.text);
      return 0;
    case 'invalid':
      process.stderr.write(`${parsed.faults.join('\n')}\nSee --help.\n`);
      return EXIT_USAGE;
    case 'run':
      return run(parsed.arguments);
  }
}

/** `error: unknown option '--rat'` as a sentence. */
function sentence(message: string): string {
  const text = message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`;
}
