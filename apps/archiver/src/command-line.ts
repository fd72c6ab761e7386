import { parse, program, type CommandLine } from '#command-line';
import { serviceVersion } from '#settings';

const NOTES = `
The archiver runs until SIGTERM. Environment variables configure it; docs/configuration.md lists them.
Exit codes: 0 drained after SIGTERM; 1 a fault; 2 the command line is wrong; 78 the configuration is wrong.`;

export function parseCommandLine(args: string[]): CommandLine<'run'> {
  const command = program('archiver', 'Keeps every record of the topic in the lake.')
    .version(serviceVersion(), '-V, --version', 'print the version')
    .addHelpText('after', NOTES);
  return parse(command, args, () => 'run');
}
