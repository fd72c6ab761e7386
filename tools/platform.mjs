// Runs before `npm start` and `npm test`, and says what to do where they do not work. Windows has no `exec`, with which the
// scripts themselves begin.
if (process.platform === 'win32') {
  console.error(
    'This needs Linux or macOS: a POSIX shell, signals and Unix sockets. On Windows, use WSL 2: run `wsl --install` once, ' +
      'clone the repository inside (not under /mnt/c, which is slow), install Node.js 20 or newer and Java 17 with Maven ' +
      'there, and run the same command. Docker Desktop runs docker/compose.yaml as it is.',
  );
  process.exit(1);
}
if (process.platform !== 'linux' && process.env.npm_lifecycle_event === 'pretest') {
  console.error('Some tests read /proc or use setpriv, and fail here: npm run test:unit needs neither.');
}
