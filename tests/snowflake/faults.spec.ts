import { describeFaults, STATEMENTS } from './faults.js';

const COMMIT = STATEMENTS.length - 1;

/** COMMIT, and one of the others by turns. fault-matrix.spec.ts has each fault at each statement. */
describeFaults('run-both', (place) =>
  [place % COMMIT, COMMIT].flatMap((index) => STATEMENTS.slice(index, index + 1)),
);
