// Installs the locked dependencies once. Runs before node_modules exists and on whatever Node
// started npm, so it uses built-in modules only.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';

const lock = new URL('../package-lock.json', import.meta.url);
const stamp = new URL('../node_modules/.installed-lock', import.meta.url);

const isInstalled = existsSync(stamp) && readFileSync(stamp).equals(readFileSync(lock));
if (!isInstalled) {
  console.log('Installing the locked dependencies (once, about a minute) ...');
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: 'inherit',
    cwd: new URL('..', import.meta.url),
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => npm.kill(signal));
  const [status, signal] = await once(npm, 'exit');
  if (status !== 0) {
    if (signal === null)
      console.error('npm ci failed: see the lines above. Is the npm registry reachable from here?');
    process.exit(status ?? 1);
  }
  copyFileSync(lock, stamp);
}
