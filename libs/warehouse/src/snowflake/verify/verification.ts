import { setTimeout as delay } from 'node:timers/promises';
import { FaultError, faultText } from '#pipeline';
import type { SnowflakeSettings } from '#settings';
import { snowflakeOptions } from '../session/options-from-settings.js';
import { SnowflakeError } from '../session/snowflake-error.js';
import type { Claim, Emulator } from './claim.js';
import { Broken, NotTried } from './must.js';
import { CLAIM_GROUPS, STREAMING_CLAIM_GROUPS } from './claims.js';
import { Scratch } from './scratch.js';
import { ScratchSchema } from './scratch-schema.js';

export interface ClaimOutcome {
  group: string;
  claim: string;
  result: 'holds' | 'broken' | 'not tried' | 'not supported';
  /** What was seen, or why it was not tried. */
  seen: string;
  /** What a broken claim means for the user, and what to do. */
  ifBroken?: string;
  seconds: number;
}

export interface VerificationOptions {
  /** The emulator that stands in for Snowflake, if any: what it does not support is not tried. */
  emulator: Emulator | null;
  /** Whether to try the claims that take minutes as well. */
  slow: boolean;
  /** Whether to try the claims about Snowpipe Streaming, instead of those about SQL. */
  streaming: boolean;
  /** Only the claims with this in their names; null tries all. */
  only: string | null;
  /** Aborts the current claim and all that would follow; what was created is dropped all the same. */
  signal: AbortSignal;
  /** Called after each claim. */
  done: (outcome: ClaimOutcome) => void;
}

/** How long an interrupted claim may take to notice. */
const LONGEST_END_MS = 5_000;

const CONSUMER_GROUP = 'verify';

/** Tries every claim about Snowflake in a schema that is created for this, and dropped again. */
export class SnowflakeVerification {
  readonly #schema: ScratchSchema;

  /** @param settings address and credentials; the schema that they name is not touched */
  constructor(
    private readonly settings: SnowflakeSettings,
    private readonly options: VerificationOptions,
  ) {
    this.#schema = new ScratchSchema(snowflakeOptions(settings, CONSUMER_GROUP), options.streaming);
  }

  /** The created schema, with its database. */
  get place(): string {
    return `${this.settings.database}.${this.#schema.name}`;
  }

  /** The statements that drop what is left, for somebody else to run. */
  get leftToDrop(): readonly string[] {
    return this.#schema.leftToDrop;
  }

  /**
   * Returns whether the run was complete and every claim that was tried holds.
   *
   * @throws FaultError if the schema cannot be created
   */
  async run(): Promise<boolean> {
    try {
      await this.#schema.create();
      return await this.#tryAll();
    } finally {
      await this.#schema.drop();
    }
  }

  async #tryAll(): Promise<boolean> {
    const { only, signal, done, streaming } = this.options;
    let holds = true;
    let number = 0;
    for (const { title, claims } of streaming ? STREAMING_CLAIM_GROUPS : CLAIM_GROUPS) {
      for (const claim of claims.filter(({ name }) => name.includes(only ?? ''))) {
        if (signal.aborted) return false;
        const startedAt = performance.now();
        const outcome = await this.#outcomeOf(claim, `claim-${++number}`);
        holds &&= outcome.result !== 'broken';
        const seconds = (performance.now() - startedAt) / 1000;
        const { ifBroken } = claim;
        const isExplained = outcome.result === 'broken' && ifBroken !== undefined;
        done({ group: title, claim: claim.name, ...outcome, ...(isExplained && { ifBroken }), seconds });
      }
    }
    return holds && !signal.aborted;
  }

  async #outcomeOf(claim: Claim, topic: string): Promise<Pick<ClaimOutcome, 'result' | 'seen'>> {
    const { emulator, slow } = this.options;
    if (emulator !== null && !claim.shownBy.includes(emulator)) {
      return { result: 'not supported', seen: `${emulator} does not support it` };
    }
    if (claim.isSlow === true && !slow) return { result: 'not tried', seen: 'takes minutes: --slow' };
    const scratch = new Scratch(this.#schema, this.#claimOptions(), topic);
    const work = claim.run(scratch);
    try {
      return { result: 'holds', seen: await this.#orAborted(work) };
    } catch (error) {
      if (error instanceof NotTried) return { result: 'not tried', seen: error.message };
      return { result: 'broken', seen: words(error) };
    } finally {
      await scratch.close();
      // An interrupted claim fails on its ended sessions. What it creates until then must be dropped after it.
      await Promise.race([work.catch(() => undefined), delay(LONGEST_END_MS, undefined, { ref: false })]);
    }
  }

  #claimOptions() {
    return { ...snowflakeOptions(this.settings, CONSUMER_GROUP), schema: this.#schema.name };
  }

  async #orAborted<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.options;
    const { promise, reject } = Promise.withResolvers<never>();
    const abort = () => {
      reject(new NotTried('interrupted'));
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    try {
      return await Promise.race([work, promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}

/** Claims use only data of our own, so Snowflake's messages may be shown. */
function words(error: unknown): string {
  if (error instanceof Broken) return error.message;
  if (error instanceof FaultError) return faultText(error.fault);
  if (error instanceof SnowflakeError) return `${error.code} ${error.text.replace(/\s+/g, ' ')}`.trim();
  throw error;
}
