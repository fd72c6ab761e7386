import { exitCodeOf } from '#command-line';
import { parseArguments } from './arguments.js';
import { run } from './run.js';

process.exitCode = await exitCodeOf(parseArguments(process.argv.slice(2), process.env), run);
