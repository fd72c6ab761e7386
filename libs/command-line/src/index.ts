export { exitCodeOf, parse, program, type CommandLine } from './command-line.js';
export { Faults, integer, listOf, oneOf, positiveNumber, SHARE, someOf, type Reader } from './readers.js';
