import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

export const EXIT_USAGE = 2;

/** What is wrong with a command line, a sentence each. */
export interface Invalid {
  kind: 'invalid';
  faults: string[];
}

/** What a command line asks for. */
export type CommandLine<Arguments> =
  { kind: 'run'; arguments: Arguments } | { kind: 'help' } | { kind: 'version' } | Invalid;

/** The options as texts, or what is wrong with them. */
export function optionsOf<const Options extends ParseArgsOptionsConfig>(args: string[], options: Options) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    // Advice on arguments that begin with a dash follows, which none of ours does.
    return `${(error as Error).message.split(/[.\n]/)[0] ?? ''}.`;
  }
}

/**
 * Does what a command line asks for, and returns the exit code.
 *
 * @param help how the usage is asked for
 */
export async function codeOf<Arguments>(
  parsed: CommandLine<Arguments>,
  { usage, version = '', help = '--help' }: { usage: string; version?: string; help?: string },
  run: (given: Arguments) => Promise<number>,
): Promise<number> {
  switch (parsed.kind) {
    case 'help':
      process.stdout.write(usage);
      return 0;
    case 'version':
      process.stdout.write(`${version}\n`);
      return 0;
    case 'invalid':
      process.stderr.write(`${parsed.faults.join('\n')}\nSee ${help}.\n`);
      return EXIT_USAGE;
    case 'run':
      return run(parsed.arguments);
  }
}
