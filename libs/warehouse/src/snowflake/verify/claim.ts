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

/** The claim does not hold; the message says what was seen instead. */
export class Broken extends Error {
  override name = 'Broken';
}

/** The claim cannot be tried with these rights; the message says why. */
export class NotTried extends Error {
  override name = 'NotTried';
}

/** @throws Broken with what was seen, unless the claim holds */
export function must(holds: boolean, seen: string): asserts holds {
  if (!holds) throw new Broken(seen);
}
