import { describeFaults, STATEMENTS } from './faults.js';

/** COMMIT, where an answer that is lost matters most. fault-matrix.spec.ts has each fault at each statement. */
describeFaults('run-both', () => STATEMENTS.slice(-1));
