import { FaultError, faultText, type Fault } from '#pipeline';
import { SettingsError } from '#settings';

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
/** sysexits.h EX_CONFIG: nothing but another configuration helps. */
export const EXIT_CONFIGURATION = 78;

/** The command line is not right: what was given, and what is expected. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** What was asked for cannot be done, or not all of it. */
export class OperationError extends Error {
  override name = 'OperationError';

  static of(faults: readonly Fault[]): OperationError {
    return new OperationError(faults.map(faultText).join('\n'));
  }
}

/** What the user reads: never a stack trace. */
export function explain(error: Error): string {
  if (error instanceof UsageError) return `${error.message}\nSee --help.`;
  if (error instanceof OperationError || error instanceof SettingsError) return error.message;
  if (error instanceof FaultError) return faultText(error.fault);
  return `This should not have happened: ${error.message}`;
}

export function exitCodeOf(error: Error): number {
  if (error instanceof UsageError) return EXIT_USAGE;
  if (error instanceof SettingsError) return EXIT_CONFIGURATION;
  return EXIT_FAILED;
}
