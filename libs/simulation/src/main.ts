// Before anything else: it takes the clocks of this process over.
import './time/take-control.js';
import { installBroker } from './kafka/install.js';

installBroker();
const { runCommand } = await import('./command-line/run-command.js');
process.exitCode = await runCommand(process.argv.slice(2));
