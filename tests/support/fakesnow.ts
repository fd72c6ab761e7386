import { FakesnowServer, PythonUnavailable } from '#testing';

const isMandatory = process.env['CI'] !== undefined;

/** Without Python a suite is skipped with a message, except where everything must be checked. */
export async function fakesnowFor(suite: string): Promise<FakesnowServer | null> {
  try {
    return await FakesnowServer.start();
  } catch (error) {
    if (!(error instanceof PythonUnavailable) || isMandatory) throw error;
    process.stdout.write(`Left out: ${suite} on fakesnow: ${error.message}\n`);
    return null;
  }
}

/** The placeholder of a skipped file. */
export function itIsLeftOut(): void {
  it('is skipped without Python', () => {
    expect(isMandatory).toBe(false);
  });
}
