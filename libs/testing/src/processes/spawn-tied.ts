import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';

/** How a process ended: with a code, or by a signal. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

const running = new Set<ChildProcess>();
let setprivWorks: boolean | undefined;

/**
 * Starts a process that does not outlive this one: it is killed when this one exits, and on Linux by the kernel when this
 * one is killed. It has a session of its own, so that Ctrl-C reaches only this process, which then ends the others in the
 * order it wants.
 */
export function spawnTied(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const [file, ...rest] = [...kernelTie(), command, ...args];
  const child = spawn(file, rest, { ...options, detached: true });
  if (running.size === 0) process.once('exit', killAll);
  running.add(child);
  const forget = () => {
    running.delete(child);
    if (running.size === 0) process.off('exit', killAll);
  };
  child.once('exit', forget).once('error', forget);
  return child;
}

function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** setpriv (util-linux) sets the signal that the kernel sends when the parent dies, then executes the command. */
function kernelTie(): [string, ...string[]] | [] {
  setprivWorks ??= spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0;
  return setprivWorks ? ['setpriv', '--pdeathsig', 'KILL', '--'] : [];
}
