import type { Failure } from '../errors.js';
import type { StreamingFault } from './faults.js';
import type { Session } from '../state/sessions.js';

export interface Answer {
  status: number;
  body: object;
  /** Sent as it is, in place of the body. */
  text?: string;
  headers?: Record<string, string>;
  rows: number;
  /** As the journal writes it. */
  outcome: string;
}

/** What a request asks for. */
export interface Action {
  name: string;
  session: Session | null;
  requestId: string | null;
  /** @param extraMs how much longer than usual a statement takes */
  execute(extraMs: number): Promise<Answer>;
  /** The answer of a request that fails without being executed. */
  fail(error: Failure): Answer;
  /** The answer to a request of Snowpipe Streaming that fails by a fault of its own kind. */
  refuse?: (fault: StreamingFault) => Answer;
}
