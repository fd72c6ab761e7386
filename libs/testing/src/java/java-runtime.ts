import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const OLDEST_JAVA = 17;

const run = promisify(execFile);

/** The command that runs Java: that of JAVA_HOME if it is set. */
export function javaCommand(): string {
  const home = process.env['JAVA_HOME'];
  return home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
}

/** Why this Java cannot run the program, such as `Kafka`; null if it can. */
export async function javaFault(java: string, program: string): Promise<string | null> {
  try {
    const { stderr } = await run(java, ['-version']);
    const version = /version "(\d+)/.exec(stderr)?.[1];
    if (version === undefined || Number(version) >= OLDEST_JAVA) return null;
    return `Java is ${version}, and ${program} needs ${OLDEST_JAVA} or newer`;
  } catch {
    return `there is no Java (${OLDEST_JAVA} or newer)`;
  }
}

/** Why Maven cannot fetch the program, such as `Apache Kafka`; null if it can. */
export async function mavenFault(program: string): Promise<string | null> {
  try {
    await run('mvn', ['--version']);
    return null;
  } catch {
    return `there is no Maven (mvn), which fetches ${program} once`;
  }
}
