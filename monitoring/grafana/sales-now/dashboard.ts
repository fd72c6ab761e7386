import { DatasourceVariableBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, environment, firingPanel, runbookPanel, type DashboardInput } from '../frame.js';
import { flinkPanels } from './flink-panels.js';
import { salesFigures, salesPanels } from './sql-panels.js';

/** What is sold now, by the tables of the aggregations; and whether Flink keeps them up to date. */
export function salesNow({ alerts, runbook }: DashboardInput) {
  return dashboard({
    uid: 'sales-now',
    title: 'Sales now',
    description: 'What is sold this hour, against last week. Generated: see monitoring/README.md.',
    tags: ['sales-events', 'aggregations'],
    runbook,
    variables: [
      new DatasourceVariableBuilder('postgres').label('PostgreSQL').type('grafana-postgresql-datasource'),
      ...environment('flink_jobmanager_job_numRestarts'),
    ],
    sections: [
      { panels: [...salesFigures, ...salesPanels] },
      { title: 'Flink', panels: [firingPanel('aggregating'), ...flinkPanels, runbookPanel(alerts)] },
    ],
  });
}
