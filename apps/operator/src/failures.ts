import { FaultError, faultText, type Fault } from '#pipeline';
import { EXIT_CONFIGURATION, SettingsError } from '#settings';

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
/** EX_UNAVAILABLE of sysexits.h, as 78 is its EX_CONFIG. */
export const EXIT_UNAVAILABLE = 69;

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

/** A check came to no result, where a failure means that it found something. The output may already say why. */
export class UnavailableError extends Error {
  override name = 'UnavailableError';

  /** Returns errors about the command line and the configuration as they are. */
  static from(error: unknown): Error {
    if (error instanceof UsageError || error instanceof SettingsError) return error;
    return new UnavailableError(explain(error) ?? '');
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
  if (error instanceof UnavailableError) return error.message === '' ? null : error.message;
  if (error instanceof UsageError) return `${error.message}\nSee --help.`;
  if (error instanceof OperationError || error instanceof SettingsError) return error.message;
  if (error instanceof FaultError) return faultText(error.fault);
  return `Unexpected error: ${messageOf(error)}`;
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT_USAGE;
  if (error instanceof SettingsError) return EXIT_CONFIGURATION;
  if (error instanceof UnavailableError) return EXIT_UNAVAILABLE;
  return EXIT_FAILED;
}
