import { jest } from '@jest/globals';
import { FaultError } from '#pipeline';
import { expiryOf, TokenCache, type BearerToken } from './bearer-token.js';

const HOUR_MS = 3_600_000;

function unavailable(): FaultError {
  return new FaultError({ class: 'transient', code: 'X', message: 'no', remedy: null });
}

/** A cache over an endpoint whose tokens are numbered. */
function cacheWith(lifeMs: number | null) {
  const endpoint = { requests: 0, isFailing: false };
  const concealed: FaultError[] = [];
  const request = (): Promise<BearerToken> => {
    endpoint.requests += 1;
    if (endpoint.isFailing) return Promise.reject(unavailable());
    const expiresAt = lifeMs === null ? null : Date.now() + lifeMs;
    return Promise.resolve({ value: `token ${endpoint.requests}`, expiresAt });
  };
  return { endpoint, concealed, cache: new TokenCache(request, (fault) => concealed.push(fault)) };
}

describe('TokenCache', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('asks once for connections that log in at the same time, and keeps the token for later ones', async () => {
    const { cache, endpoint } = cacheWith(HOUR_MS);
    await Promise.all([cache.token(), cache.token(), cache.token()]);
    expect(await cache.token()).toMatchObject({ value: 'token 1' });
    expect(endpoint.requests).toBe(1);
  });

  it('renews a token in use after four fifths of its validity, and no token that nobody uses', async () => {
    const { cache, endpoint } = cacheWith(HOUR_MS);
    await cache.token();
    await jest.advanceTimersByTimeAsync(0.79 * HOUR_MS);
    expect(endpoint.requests).toBe(1);
    await jest.advanceTimersByTimeAsync(0.02 * HOUR_MS);
    expect(endpoint.requests).toBe(2);
    expect(await cache.token()).toMatchObject({ value: 'token 2' });
    await jest.advanceTimersByTimeAsync(10 * HOUR_MS);
    expect(endpoint.requests).toBe(3);
  });

  it('conceals that the endpoint fails while the last token is valid, and tries on', async () => {
    const { cache, endpoint, concealed } = cacheWith(HOUR_MS);
    await cache.token();
    endpoint.isFailing = true;
    await jest.advanceTimersByTimeAsync(0.9 * HOUR_MS);
    expect(await cache.token()).toMatchObject({ value: 'token 1' });
    expect(concealed.length).toBeGreaterThan(10);
    endpoint.isFailing = false;
    await jest.advanceTimersByTimeAsync(5_000);
    expect(await cache.token()).not.toMatchObject({ value: 'token 1' });
  });

  it('reports that the endpoint fails when the last token has ended, and recovers', async () => {
    const { cache, endpoint } = cacheWith(HOUR_MS);
    await cache.token();
    endpoint.isFailing = true;
    await jest.advanceTimersByTimeAsync(HOUR_MS);
    await expect(cache.token()).rejects.toThrow(FaultError);
    endpoint.isFailing = false;
    expect((await cache.token()).expiresAt).toBe(Date.now() + HOUR_MS);
  });

  it('asks for a new token instead of one that ends before kafkajs would log in again', async () => {
    const { cache, endpoint } = cacheWith(11_000);
    await cache.token();
    await cache.token();
    expect(endpoint.requests).toBe(2);
  });

  it('keeps a token that outlasts the longest timer', async () => {
    const { cache, endpoint } = cacheWith(60 * 24 * HOUR_MS);
    await cache.token();
    await jest.advanceTimersByTimeAsync(20 * 24 * HOUR_MS);
    expect(endpoint.requests).toBe(1);
  });

  it('keeps a token that does not say when it ends for a minute', async () => {
    const { cache, endpoint } = cacheWith(null);
    await cache.token();
    jest.advanceTimersByTime(59_000);
    await cache.token();
    expect(endpoint.requests).toBe(1);
    jest.advanceTimersByTime(2_000);
    await cache.token();
    expect(endpoint.requests).toBe(2);
  });
});

it.each([
  [`e30.${Buffer.from('{"exp":1700000000}').toString('base64url')}.s`, 1_700_000_000_000],
  [`e30.${Buffer.from('{}').toString('base64url')}.s`, null],
  ['an-opaque-token', null],
])('reads the end of the validity of %s', (token, expected) => {
  expect(expiryOf(token)).toBe(expected);
});
