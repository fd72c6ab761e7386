import { setSourceMapsSupport } from 'node:module';
import { parseCommandLine, USAGE } from './command-line.js';
import { catchEarlySignals } from './early-signals.js';

// First of all: what is loaded below takes a second, and a signal in that second must count.
catchEarlySignals();
// For stack traces of our own modules. Node's flag keeps the maps of all libraries as well, which are 10 MB.
setSourceMapsSupport(true);

const EXIT_USAGE = 2;
/** sysexits.h EX_CONFIG: nothing but another configuration helps. */
const EXIT_CONFIGURATION = 78;

const commandLine = parseCommandLine(process.argv.slice(2));
switch (commandLine.kind) {
  case 'help':
    process.stdout.write(USAGE);
    break;
  case 'version':
    await import('reflect-metadata');
    process.stdout.write(`${(await import('#settings')).serviceVersion()}\n`);
    break;
  case 'invalid':
    process.stderr.write(`${commandLine.fault}\nSee --help.\n`);
    process.exitCode = EXIT_USAGE;
    break;
  case 'check':
    await import('reflect-metadata');
    process.exitCode = await (await import('./check/check.js')).check(process.env);
    break;
  case 'run':
    await run();
    break;
}

async function run(): Promise<void> {
  await import('reflect-metadata');
  const { loadSettings, SettingsError } = await import('#settings');
  const { runService } = await import('./service.js');
  try {
    loadSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    console.error(error.message);
    process.exit(EXIT_CONFIGURATION);
  }
  await runService();
}
