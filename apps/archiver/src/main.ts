import { setSourceMapsSupport } from 'node:module';
import { catchEarlySignals } from '#service/early-signals';

// Comes first: the imports below take a second, and a signal in that second must not be lost.
catchEarlySignals();
setSourceMapsSupport(true);

await import('reflect-metadata');
const { exitCodeOf } = await import('#command-line');
const { parseCommandLine } = await import('./command-line.js');
const commandLine = parseCommandLine(process.argv.slice(2));
if (commandLine.kind === 'run') await run();
else process.exitCode = await exitCodeOf(commandLine, async () => 0);

async function run(): Promise<void> {
  const { exitIfRefused, loadArchiverSettings } = await import('#settings');
  exitIfRefused(() => loadArchiverSettings(process.env));
  const { runArchiver } = await import('./service.js');
  await runArchiver();
}
