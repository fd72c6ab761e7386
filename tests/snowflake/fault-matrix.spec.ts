import { describeFaults, statementsOf } from './faults.js';

const recovery: string[] = [];
const note = (what: string, recoveryMs: readonly number[]) => recovery.push(line(what, recoveryMs));

const standard = statementsOf('standard');
describeFaults('dedupe', () => standard, note);
describeFaults('run-both', () => standard, note);

/** The statements that differ, and the one whose lost response matters most. */
const ofHybrid = statementsOf('hybrid').slice(-3);
describeFaults('run-both', () => ofHybrid, undefined, 'hybrid');

/** One line of the table. */
function line(what: string, cells: readonly (string | number)[]): string {
  return `${what.padEnd(40)}${cells.map((cell) => String(cell).padStart(15)).join('')}`;
}

afterAll(() => {
  const head = line(
    'Milliseconds from the fault to COMMIT',
    standard.map(({ name }) => name),
  );
  process.stdout.write(`\n${[head, ...recovery].join('\n')}\n`);
});
