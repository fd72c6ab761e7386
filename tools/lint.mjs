// Runs all lint checks in parallel: types, rules, format and import rules. Each prints only problems.
import { spawn } from 'node:child_process';

/** Skips what has not changed since the last run. A fresh clone, and so CI, checks everything. */
const CACHE = '.local/lint-cache';

const CHECKS = [
  ['npm', 'run', '-s', 'types'],
  ['eslint', '--cache', '--cache-strategy', 'content', '--cache-location', `${CACHE}/eslint`, '.'],
  [
    'prettier',
    '--check',
    '--log-level',
    'warn',
    '--cache',
    '--cache-strategy',
    'content',
    '--cache-location',
    `${CACHE}/prettier`,
    '.',
  ],
  ['depcruise', 'apps', 'libs', 'bench', 'tests', '--output-type', 'err'],
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
  console.error(`${command} found:\n${output}`);
  process.exitCode = 1;
}
