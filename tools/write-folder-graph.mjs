// Writes the graph of folders in docs/architecture.md from the imports of the code, without tests and without edges that
// follow from others. With --check it writes nothing and fails if the document differs.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const PAGE = new URL('../docs/architecture.md', import.meta.url);
const PART = /(<!-- folders -->\n)[^]*(<!-- end of folders -->)/;
const ROOMS = { apps: 'Apps', libs: 'Libraries', tests: 'Libraries for tests, never in the image' };
const FOR_TESTS = new Set(['testing', 'simulation', 'snowflake-endpoint']);

const edges = importsBetweenFolders();
for (const from of edges.keys()) {
  if (reachable(from).has(from)) throw new Error(`${from} imports itself through ${[...edges.get(from)]}`);
}
const page = readFileSync(PAGE, 'utf8');
const updated = page.replace(
  PART,
  (_all, begin, end) => `${begin}\n\`\`\`mermaid\n${mermaid()}\`\`\`\n\n${end}`,
);
if (!process.argv.includes('--check')) writeFileSync(PAGE, updated);
else if (updated !== page) {
  console.error('The graph in docs/architecture.md differs from the code: run npm run folders.');
  process.exitCode = 1;
}

function importsBetweenFolders() {
  const args = ['apps', 'libs', '--include-only', '^(apps|libs)/', '--exclude', '\\.spec\\.ts$'];
  const collapsed = [...args, '--collapse', '^(apps|libs)/[^/]+', '--output-type', 'json'];
  const program = new URL('../node_modules/.bin/depcruise', import.meta.url).pathname;
  const { stdout } = spawnSync(program, collapsed, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const { modules } = JSON.parse(stdout);
  return new Map(
    modules
      .map(({ source, dependencies }) => [
        source,
        new Set(
          dependencies
            .map(({ resolved }) => resolved)
            .filter((resolved) => resolved !== source)
            .sort(),
        ),
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Every folder that this one reaches through at least one import. */
function reachable(from) {
  const found = new Set();
  const next = [...(edges.get(from) ?? [])];
  while (next.length > 0) {
    const folder = next.pop();
    if (found.has(folder)) continue;
    found.add(folder);
    next.push(...(edges.get(folder) ?? []));
  }
  return found;
}

function mermaid() {
  const rooms = Object.entries(ROOMS).map(([room, title]) => {
    const names = [...edges.keys()].filter((folder) => roomOf(folder) === room);
    return `  subgraph ${room} ["${title}"]\n${names.map((folder) => `    ${node(folder)}\n`).join('')}  end\n`;
  });
  const arrows = [...edges].flatMap(([from, targets]) =>
    [...targets]
      .filter((to) => ![...targets].some((other) => other !== to && reachable(other).has(to)))
      .map((to) => `  ${idOf(from)} --> ${idOf(to)}\n`),
  );
  return `flowchart TB\n${rooms.join('')}${arrows.join('')}`;
}

function roomOf(folder) {
  const [room, name] = folder.split('/');
  return FOR_TESTS.has(name) ? 'tests' : room;
}

function node(folder) {
  return `${idOf(folder)}["${folder}"]`;
}

function idOf(folder) {
  return folder.replaceAll(/[/-]/g, '_');
}
