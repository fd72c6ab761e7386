// Runs commands one after another until one fails, like `a && b && c`, with the arguments after -- for the last one. A
// signal reaches the command that runs: npm sends it to its shell only, and a shell would end without its command.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';

const given = process.argv.slice(2);
const commands = given.slice(0, given.indexOf('--'));
const args = given.slice(given.indexOf('--') + 1);

let child = null;
let stopped = null;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    stopped = signal;
    child?.kill(signal);
  });
}

for (const command of commands) {
  const isLast = command === commands.at(-1);
  const line = `exec ${command}${isLast ? ' "$@"' : ''}`;
  child = spawn('sh', ['-c', line, 'sh', ...(isLast ? args : [])], { stdio: 'inherit' });
  const [code, signal] = await once(child, 'exit');
  if (code === 0 && (stopped === null || isLast)) continue;
  process.exit(code || 128 + constants.signals[signal ?? stopped]);
}
