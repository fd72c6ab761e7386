const isMandatory = process.env['CI'] !== undefined;

/**
 * Starts what a suite needs. If this machine cannot have it, the result is null and a message names the suite, except
 * where everything must be checked.
 *
 * @param isUnavailable tells such an error from others
 */
export async function optional<Started>(
  suite: string,
  start: () => Promise<Started>,
  isUnavailable: (error: Error) => boolean,
): Promise<Started | null> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof Error) || !isUnavailable(error) || isMandatory) throw error;
    process.stdout.write(`Left out: ${suite}: ${error.message}\n`);
    return null;
  }
}

/** The placeholder of a skipped suite. */
export function itIsSkippedWithout(tool: string): void {
  it(`is skipped without ${tool}`, () => {
    expect(isMandatory).toBe(false);
  });
}
