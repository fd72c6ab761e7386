/** How well the warehouse can be reached. All shares are in [0, 1]. */
export interface Conditions {
  isDown: boolean;
  /** The mean extra delay of requests. */
  slowMs: number;
  /** The share of requests that never arrive. */
  lostRequests: number;
  /** The share of requests that are executed, but whose response never arrives. */
  lostAnswers: number;
  /** The share of requests that arrive up to a minute late, perhaps when nobody waits for them any more. */
  lateRequests: number;
  /** The share of requests that the network duplicates. */
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
