import type { ScheduledEvent, SimulatedProcess } from '../time/simulated-process.js';
import { theWorld } from '../time/world.js';
import type { Reply } from './group-requests.js';

export const NO_BYTES = Buffer.alloc(0);

export interface Member {
  id: string;
  process: SimulatedProcess | null;
  sessionTimeout: number;
  rebalanceTimeout: number;
  protocol: string;
  metadata: Buffer;
  assignment: Buffer;
  join: Reply | null;
  sync: Reply | null;
  session: ScheduledEvent | null;
}

/** A new member of the current process, without a session yet. */
export function newMember(id: string): Member {
  return {
    id,
    process: theWorld().process,
    sessionTimeout: 0,
    rebalanceTimeout: 0,
    protocol: '',
    metadata: NO_BYTES,
    assignment: NO_BYTES,
    join: null,
    sync: null,
    session: null,
  };
}
