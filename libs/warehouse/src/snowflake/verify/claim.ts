import type { Scratch } from './scratch.js';

/** Servers that emulate a part of Snowflake: fakesnow, and the endpoint of our tests. */
export const EMULATORS = ['fakesnow', 'endpoint'] as const;
export type Emulator = (typeof EMULATORS)[number];

/** A behaviour of Snowflake that the adapter relies on, or that only Snowflake can show. */
export interface Claim {
  name: string;
  /** The page of Snowflake's documentation that promises it; null if there is none. */
  documentation: string | null;
  /** The emulators that have shown it. */
  shownBy: readonly Emulator[];
  /** What it means for the user if it does not hold, and what to do; unset if the service reports it by itself. */
  ifBroken?: string;
  /** Takes minutes; tried only on request. */
  isSlow?: true;
  /**
   * Returns what was seen, in a few words.
   *
   * @throws Broken, NotTried; SnowflakeError and FaultError, which break the claim as well
   */
  run(scratch: Scratch): Promise<string>;
}
