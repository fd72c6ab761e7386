import type { Scratch } from './scratch.js';

/** Servers that are not Snowflake, and play a part of it: fakesnow, and the endpoint that our tests use. */
export const EMULATORS = ['fakesnow', 'endpoint'] as const;
export type Emulator = (typeof EMULATORS)[number];

/** Something that the adapter relies on Snowflake for, or that nobody can know without asking it. */
export interface Claim {
  name: string;
  /** The page of Snowflake's documentation that promises it; null where the documentation is silent. */
  documentation: string | null;
  /** The emulators that it was seen on. */
  shownBy: readonly Emulator[];
  /** Takes minutes: tried only where that is asked for. */
  isSlow?: true;
  /**
   * Answers what was seen, in a few words.
   *
   * @throws Broken, NotTried; SnowflakeError and FaultError, which break the claim as well
   */
  run(scratch: Scratch): Promise<string>;
}
