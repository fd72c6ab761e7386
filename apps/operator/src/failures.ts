import { FaultError, faultText, type Fault } from '#pipeline';
import { EXIT_CONFIGURATION, SettingsError } from '#settings';

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** The command line is invalid. The message says what was given and what is expected. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** The operation failed, wholly or in part. */
export class OperationError extends Error {
  override name = 'OperationError';

  static of(faults: readonly Fault[]): OperationError {
    return new OperationError(faults.map(faultText).join('\n'));
  }
}

/** Only sets the exit code: the output already says what is wrong. */
export class ReportedFailure extends Error {
  override name = 'ReportedFailure';
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}

/** The message for the user, never a stack trace; null if the output already says it. */
export function explain(error: unknown): string | null {
  if (error instanceof ReportedFailure) return null;
  if (error instanceof UsageError) return `${error.message}\nSee --help.`;
  if (error instanceof OperationError || error instanceof SettingsError) return error.message;
  if (error instanceof FaultError) return faultText(error.fault);
  return `Unexpected error: ${messageOf(error)}`;
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT_USAGE;
  if (error instanceof SettingsError) return EXIT_CONFIGURATION;
  return EXIT_FAILED;
}
