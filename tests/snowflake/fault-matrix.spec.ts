import { describeFaults, STATEMENTS } from './faults.js';

const recovery: string[] = [];
const note = (what: string, recoveryMs: readonly number[]) => recovery.push(line(what, recoveryMs));

describeFaults('dedupe', () => STATEMENTS, note);
describeFaults('run-both', () => STATEMENTS, note);

/** One line of the table. */
function line(what: string, cells: readonly (string | number)[]): string {
  return `${what.padEnd(40)}${cells.map((cell) => String(cell).padStart(15)).join('')}`;
}

afterAll(() => {
  const head = line(
    'Milliseconds from the fault to COMMIT',
    STATEMENTS.map(({ name }) => name),
  );
  process.stdout.write(`\n${[head, ...recovery].join('\n')}\n`);
});
