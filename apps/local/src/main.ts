import { parseArguments, USAGE } from './arguments.js';
import { runLocally } from './local-run.js';
import { Screen } from './screen.js';
import { stopSignal } from './stop-signal.js';

// kafkajs sets timers in the past, harmlessly; Node 24 would write a warning into the live view.
process.removeAllListeners('warning');

const parsed = parseArguments(process.argv.slice(2));
switch (parsed.kind) {
  case 'help':
    process.stdout.write(USAGE);
    break;
  case 'invalid':
    process.stderr.write(`${parsed.faults.join('\n')}\nSee npm start -- --help.\n`);
    process.exitCode = 2;
    break;
  case 'run':
    // Ends also what a failed start left running: the exit hook of each child process.
    process.exit(await runLocally(parsed.arguments, new Screen(process.stdout), stopSignal()));
}
