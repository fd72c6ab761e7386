import { FakesnowServer, FakesnowUnavailable } from '#testing';

const isMandatory = process.env['CI'] !== undefined;

/** Where there is no Python a suite is left out, and says so; but not where everything has to be checked. */
export async function fakesnowFor(suite: string): Promise<FakesnowServer | null> {
  try {
    return await FakesnowServer.start();
  } catch (error) {
    if (!(error instanceof FakesnowUnavailable) || isMandatory) throw error;
    process.stdout.write(`Left out: ${suite} on fakesnow: ${error.message}\n`);
    return null;
  }
}

/** What a file has that is left out. */
export function itIsLeftOut(): void {
  it('is left out without Python', () => {
    expect(isMandatory).toBe(false);
  });
}
