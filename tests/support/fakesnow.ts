import { FakesnowServer, PythonUnavailable } from '#testing';
import { optional } from './optional.js';

/** Null without Python. */
export async function fakesnowFor(suite: string): Promise<FakesnowServer | null> {
  return optional(
    `${suite} on fakesnow`,
    () => FakesnowServer.start(),
    (error) => error instanceof PythonUnavailable,
  );
}
