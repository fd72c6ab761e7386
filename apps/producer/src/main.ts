import { serviceVersion } from '#settings';
import { parseArguments, USAGE } from './arguments.js';
import { run } from './run.js';

const parsed = parseArguments(process.argv.slice(2), process.env);
switch (parsed.kind) {
  case 'help':
    process.stdout.write(USAGE);
    break;
  case 'version':
    process.stdout.write(`${serviceVersion()}\n`);
    break;
  case 'invalid':
    process.stderr.write(`${parsed.faults.join('\n')}\nSee --help.\n`);
    process.exitCode = 2;
    break;
  case 'run':
    process.exitCode = await run(parsed.arguments);
    break;
}
