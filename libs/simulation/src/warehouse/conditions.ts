/** How well the warehouse can be reached. All shares are of [0, 1]. */
export interface Conditions {
  isDown: boolean;
  /** By how much each request takes longer than usual, on average. */
  slowMs: number;
  /** The share of requests that never arrive. */
  lostRequests: number;
  /** The share of requests that are carried out and whose answer never arrives. */
  lostAnswers: number;
  /** The share of requests that arrive up to a minute late, when nobody waits for them any more. */
  lateRequests: number;
  /** The share of requests that something on the way sends a second time. */
  doubledRequests: number;
}

export const FAIR: Conditions = {
  isDown: false,
  slowMs: 0,
  lostRequests: 0,
  lostAnswers: 0,
  lateRequests: 0,
  doubledRequests: 0,
};
