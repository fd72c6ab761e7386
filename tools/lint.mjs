// All that lint means, side by side: types, rules, format, who may import whom. Each prints only what is wrong.
import { spawn } from 'node:child_process';

const CHECKS = [
  ['tsc', '--noEmit'],
  ['eslint', '.'],
  ['prettier', '--check', '--log-level', 'warn', '.'],
  ['depcruise', 'apps', 'libs', '--output-type', 'err'],
];

const results = await Promise.all(
  CHECKS.map(
    ([command, ...args]) =>
      new Promise((settle) => {
        let output = '';
        const child = spawn(command, args);
        for (const stream of [child.stdout, child.stderr]) {
          stream.setEncoding('utf8').on('data', (text) => {
            output += text;
          });
        }
        child.on('error', ({ message }) => settle({ command, code: 1, output: `${message}\n` }));
        child.on('close', (code) => settle({ command, code, output }));
      }),
  ),
);

for (const { command, code, output } of results) {
  if (code === 0) continue;
  console.error(`${command} finds:\n${output}`);
  process.exitCode = 1;
}
