export { exitCodeOf, parse, program, type CommandLine } from './command-line.js';
export {
  Faults,
  integer,
  listOf,
  oneOf,
  orMax,
  positiveNumber,
  SHARE,
  someOf,
  type Reader,
} from './readers.js';
export { isRunning } from './is-running.js';
export { readLocalRun, writeLocalRun, type LocalRun } from './local-run.js';
export { PlainError } from './plain-error.js';
export { stopSignal } from './stop-signal.js';
export { takeRunLock } from './run-lock.js';
