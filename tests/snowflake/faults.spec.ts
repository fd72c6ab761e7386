import { describeFaults, STATEMENTS } from './faults.js';

/** COMMIT, where a lost response matters most. fault-matrix.spec.ts tests each fault at each statement. */
describeFaults('run-both', () => STATEMENTS.slice(-1));
