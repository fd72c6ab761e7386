import { setSourceMapsSupport } from 'node:module';
import { catchEarlySignals } from '#service/early-signals';

// Comes first: the imports below take a second, and a signal in that second must not be lost.
catchEarlySignals();
// For stack traces of our own modules. Node's flag would also keep the source maps of all libraries, which take 10 MB.
setSourceMapsSupport(true);

await import('reflect-metadata');
const { exitCodeOf } = await import('#command-line');
const { parseCommandLine } = await import('./command-line.js');
const commandLine = parseCommandLine(process.argv.slice(2));
if (commandLine.kind === 'run' && commandLine.arguments === 'run') await run();
else process.exitCode = await exitCodeOf(commandLine, check);

async function check(): Promise<number> {
  return (await import('./check/check.js')).check(process.env);
}

async function run(): Promise<void> {
  const { exitIfRefused, loadSettings } = await import('#settings');
  const { runIngester } = await import('./service.js');
  exitIfRefused(() => loadSettings(process.env));
  await runIngester();
}
