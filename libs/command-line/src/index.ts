export { codeOf, optionsOf, type CommandLine, type Invalid } from './command-line.js';
