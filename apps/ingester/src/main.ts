import { setSourceMapsSupport } from 'node:module';

// For stack traces of our own modules. Node's flag keeps the maps of all libraries as well, which are 10 MB.
setSourceMapsSupport(true);
await import('reflect-metadata');
const { loadSettings, SettingsError } = await import('#settings');
const { runService } = await import('./service.js');

/** sysexits.h EX_CONFIG: nothing but another configuration helps. */
const EXIT_CONFIGURATION = 78;

try {
  loadSettings(process.env);
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exit(EXIT_CONFIGURATION);
}
await runService();
