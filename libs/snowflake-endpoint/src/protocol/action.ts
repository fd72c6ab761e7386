import type { Failure } from '../errors.js';
import type { ResponseBody } from './responses.js';
import type { Session } from '../state/sessions.js';

export interface Answer {
  status: number;
  body: ResponseBody;
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
}
