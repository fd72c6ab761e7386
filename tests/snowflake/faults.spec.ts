import { describeFaults, statementsOf } from './faults.js';

/** COMMIT, where a lost response matters most. fault-matrix.spec.ts tests each fault at each statement. */
describeFaults({ resends: 'run-both' }, () => statementsOf('standard').slice(-1));
