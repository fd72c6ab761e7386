import 'reflect-metadata';
import { loadSettings, SettingsError } from '#settings';
import { runService } from './service.js';

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
