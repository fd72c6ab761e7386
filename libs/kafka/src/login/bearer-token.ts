import { FaultError } from '#pipeline';

/** A token, and until when it is valid in milliseconds since the epoch; null if it does not say. */
export interface BearerToken {
  value: string;
  expiresAt: number | null;
}

/** The end of a JWT's validity in milliseconds since the epoch; null for another kind of token. */
export function expiryOf(token: string): number | null {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const seconds = typeof claims === 'object' && claims !== null && 'exp' in claims ? claims.exp : null;
    return typeof seconds === 'number' ? 1_000 * seconds : null;
  } catch {
    return null;
  }
}

/**
 * kafkajs logs in again ten seconds before a token ends, so it would log in for each request with one that ends earlier,
 * and brokers refuse a second login within a second.
 */
const SHORTEST_REST_MS = 12_000;
/** The share of its validity after which a token is renewed. */
const RENEWED_AFTER = 0.8;
/** For a token that does not say how long it is valid. */
const ASSUMED_FRESH_MS = 60_000;
const RETRY_MS = 5_000;
/** A longer timer would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

interface Cached extends BearerToken {
  /** When to renew it. */
  renewAt: number;
  /** Whether a connection has logged in with it. */
  isUsed: boolean;
}

/**
 * Keeps a token for all connections and renews it while it is still valid, so that a token endpoint may be unavailable
 * for a fifth of that time unnoticed. A token that no connection uses is not renewed.
 */
export class TokenCache {
  #cached: Cached | null = null;
  #pending: Promise<Cached> | null = null;

  constructor(
    private readonly request: () => Promise<BearerToken>,
    /** Told of each failure that a valid token conceals. */
    private readonly onConcealed: (fault: FaultError) => void,
  ) {}

  /**
   * Returns a valid token for a login.
   *
   * @throws FaultError if there is none, and none can be had
   */
  async token(): Promise<BearerToken> {
    const cached = this.#cached;
    const token = cached !== null && isUsable(cached) ? cached : await this.#renewed();
    token.isUsed = true;
    return token;
  }

  /** One request for all connections that ask at the same time. */
  #renewed(): Promise<Cached> {
    this.#pending ??= this.#renew().finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  async #renew(): Promise<Cached> {
    const since = Date.now();
    const { value, expiresAt } = await this.request();
    const freshMs = expiresAt === null ? ASSUMED_FRESH_MS : RENEWED_AFTER * (expiresAt - since);
    const token = { value, expiresAt, renewAt: since + freshMs, isUsed: false };
    this.#cached = token;
    if (expiresAt !== null && isUsable(token)) this.#renewIn(freshMs, token);
    return token;
  }

  #renewIn(ms: number, old: Cached): void {
    setTimeout(
      () => {
        if (this.#cached !== old || !old.isUsed || !isUsable(old)) return;
        this.#renewed().catch((error: unknown) => {
          if (!(error instanceof FaultError)) throw error;
          this.onConcealed(error);
          this.#renewIn(RETRY_MS, old);
        });
      },
      Math.min(ms, LONGEST_TIMER_MS),
    ).unref();
  }
}

/** Whether a token that is still valid ends too soon for a login. */
export function endsSoon(expiresAt: number): boolean {
  const rest = expiresAt - Date.now();
  return rest > 0 && rest < SHORTEST_REST_MS;
}

function isUsable({ expiresAt, renewAt }: Cached): boolean {
  const now = Date.now();
  return expiresAt === null ? now < renewAt : expiresAt > now && !endsSoon(expiresAt);
}
