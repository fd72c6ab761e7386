import { serviceVersion } from '#settings';
import { codeOf } from '#command-line';
import { parseArguments, USAGE } from './arguments.js';
import { run } from './run.js';

const parsed = parseArguments(process.argv.slice(2), process.env);
process.exitCode = await codeOf(parsed, { usage: USAGE, version: serviceVersion() }, run);
