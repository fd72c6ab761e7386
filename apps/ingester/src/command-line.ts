import { parseArgs } from 'node:util';

export type CommandLine =
  | { kind: 'run' }
  | { kind: 'check' }
  | { kind: 'version' }
  | { kind: 'help' }
  | { kind: 'invalid'; fault: string };

export const USAGE = `Stores sales events from Kafka in the warehouse.

Usage: ingester [check] [--help] [--version]

  (no argument)   runs the service until SIGTERM
  check           checks the configuration, Kafka and the warehouse, and names every fault; reads no event, joins no
                  group, stores nothing
  --help          this text
  --version       the version

Environment variables configure it; docs/configuration.md lists them.
Exit codes: 0 drained after SIGTERM, or nothing to complain about; 1 a fault; 2 the command line is wrong;
78 the configuration is wrong.
`;

const COMMANDS = new Map<string, CommandLine>([['check', { kind: 'check' }]]);

export function parseCommandLine(args: string[]): CommandLine {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'V' } },
    });
    if (values.help === true) return { kind: 'help' };
    if (values.version === true) return { kind: 'version' };
    const [command, ...others] = positionals;
    if (command === undefined) return { kind: 'run' };
    const known = others.length === 0 ? COMMANDS.get(command) : undefined;
    return known ?? { kind: 'invalid', fault: `Unknown arguments: ${positionals.join(' ')}.` };
  } catch (error) {
    // Advice on arguments that begin with a dash follows; the ingester takes none.
    return { kind: 'invalid', fault: `${(error as Error).message.split(/[.\n]/)[0] ?? ''}.` };
  }
}
