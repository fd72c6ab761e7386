import type { Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import { GRID, type PanelSource } from './panels.js';

export interface Section {
  /** Title of the section; the first one has none. */
  title?: string;
  panels: PanelSource[];
}

/** Places panels side by side across the grid, section by section, and numbers them. */
export function arrange(sections: Section[]): (Panel | RowPanel)[] {
  const placed: (Panel | RowPanel)[] = [];
  let y = 0;
  for (const { title, panels } of sections) {
    if (title !== undefined) {
      const gridPos = { x: 0, y, w: GRID, h: 1 };
      placed.push({ id: placed.length + 1, type: 'row', title, collapsed: false, gridPos, panels: [] });
      y += 1;
    }
    let x = 0;
    let height = 0;
    for (const panel of panels.map((source) => source.build())) {
      const { w, h } = panel.gridPos ?? { w: GRID, h: 1 };
      if (x + w > GRID) {
        x = 0;
        y += height;
        height = 0;
      }
      placed.push({ ...panel, id: placed.length + 1, gridPos: { x, y, w, h } });
      x += w;
      height = Math.max(height, h);
    }
    y += height;
  }
  return placed;
}
