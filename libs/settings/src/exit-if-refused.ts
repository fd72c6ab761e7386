import { SettingsError } from './reading/settings-error.js';

/** sysexits.h EX_CONFIG: nothing but another configuration helps. */
export const EXIT_CONFIGURATION = 78;

/**
 * Prints every problem of the settings and ends the process, if `load` refuses them.
 *
 * @param load throws SettingsError
 */
export function exitIfRefused(load: () => unknown): void {
  try {
    load();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    console.error(error.message);
    process.exit(EXIT_CONFIGURATION);
  }
}
