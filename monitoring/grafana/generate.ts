import { writeFile } from 'node:fs/promises';
import { dashboardFiles } from './files.js';

// Writes the dashboards, and rules and dashboards as Kubernetes objects. Run from the repository root.
for (const [path, text] of await dashboardFiles()) {
  await writeFile(path, text);
  console.log(`written: ${path}`);
}
