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
export { isRunning, readLocalRun, writeLocalRun, type LocalRun } from './local-run.js';
