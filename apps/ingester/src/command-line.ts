import { Argument } from 'commander';
import { parse, program, type CommandLine } from '#command-line';
import { serviceVersion } from '#settings';

export type Task = 'run' | 'check';

const CHECK =
  'check: checks the configuration, Kafka and the warehouse, and names every fault; reads no event, joins no group, ' +
  'stores nothing';
const NOTES = `
Without a command the service runs until SIGTERM. Environment variables configure it; docs/configuration.md lists them.
Exit codes: 0 drained after SIGTERM, or nothing to complain about; 1 a fault; 2 the command line is wrong;
78 the configuration is wrong.`;

export function parseCommandLine(args: string[]): CommandLine<Task> {
  const command = program('ingester', 'Stores sales events from Kafka in the warehouse.')
    .addArgument(new Argument('[command]', CHECK).choices(['check']))
    .version(serviceVersion(), '-V, --version', 'print the version')
    .addHelpText('after', NOTES);
  return parse(command, args, () => (command.args.length === 0 ? 'run' : 'check'));
}
