import { describeFaults, statementsOf } from './faults.js';

const recovery: string[] = [];
const note = (what: string, recoveryMs: readonly number[]) => recovery.push(line(what, recoveryMs));

const standard = statementsOf('standard');
describeFaults({ resends: 'dedupe' }, () => standard, note);
describeFaults({ resends: 'run-both' }, () => standard, note);

/** Where a session is new, its first read may be old; the retries outlast it. */
describeFaults({ resends: 'dedupe', oldReadsMs: 50 }, () => standard.slice(-2));

/** The statements that differ, and the one whose lost response matters most. */
const ofHybrid = statementsOf('hybrid').slice(-3);
describeFaults({ resends: 'run-both' }, () => ofHybrid, undefined, 'hybrid');

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
