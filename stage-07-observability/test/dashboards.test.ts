import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { variables } from '../src/config/index.ts';
import { createMetrics } from '../src/observability/index.ts';
import { labelsInText, readQuery, seriesOf } from './dashboards-support.ts';

const FOLDER = new URL('../observability/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, FOLDER), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Service {
  readonly image: string;
  readonly ports: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

const rules = (parse(read('alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const { panels } = JSON.parse(read('grafana/dashboards/medcenter.json')) as { panels: Panel[] };
const { services, volumes } = parse(read('compose.yaml')) as {
  services: Record<string, Service>;
  volumes: object;
};

/** All that a stage has which watches everything. */
const series = await (() => {
  const metrics = createMetrics('api');
  metrics.watch({
    pendingEvents: async () => 0,
    lags: async () => [],
    pool: () => ({ busy: 0, idle: 0, waiting: 0 }),
  });
  return seriesOf(metrics.registry);
})();

/** Grafana puts a time there; which one, the grammar does not mind. */
const faultsOf = (query: string, shown: string) => {
  const { labels, faults } = readQuery(query.replaceAll('$__rate_interval', '1m'), series);
  const unknown = labelsInText(shown).filter((label) => !labels.has(label));
  return [
    ...faults,
    ...unknown.map((label) => `"${shown}" shows "${label}", which the answer does not have`),
  ];
};

suite('a query', () => {
  const planted = [
    ['a metric that is not there', 'rate(http_request_total[1m])', 'no metric "http_request_total"'],
    [
      'a histogram without its suffix',
      'http_request_duration_seconds',
      'no metric "http_request_duration_seconds"',
    ],
    ['a label that is not there', 'http_requests_total{path="/"}', 'no label "path"'],
    ['a sum by such a label', 'sum by (status) (http_requests_total)', 'no label "status"'],
    [
      'a sum by what an inner sum left out',
      'sum by (route) (sum by (method) (http_requests_total))',
      'no label "route"',
    ],
    [
      'a quantile without buckets',
      'histogram_quantile(0.9, sum(http_request_duration_seconds_bucket))',
      'no label "le"',
    ],
    ['a match by a label of one side', 'up unless on (topic) dead_letters_total', 'no label "topic" on up'],
    ['half a query', 'sum(rate(http_requests_total[1m])', 'is no PromQL'],
  ] as const;
  for (const [what, query, fault] of planted) {
    test(`with ${what} is found`, () => {
      assert.ok(
        faultsOf(query, '').some((found) => found.includes(fault)),
        JSON.stringify(faultsOf(query, '')),
      );
    });
  }

  test('whose text shows a label that its answer lost is found', () => {
    assert.deepEqual(faultsOf('sum by (method) (http_requests_total)', '{{method}} {{route}}'), [
      '"{{method}} {{route}}" shows "route", which the answer does not have',
    ]);
    assert.equal(faultsOf('up == 0', '{{ $labels.topic }}').length, 1);
  });
});

suite('the alerts', () => {
  test('have names of their own, and there are enough', () => {
    assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
    assert.ok(rules.length >= 9, String(rules.length));
  });
  for (const { alert, expr, labels, annotations, for: patience } of rules) {
    test(`${alert} asks for what there is, and says what to do`, () => {
      assert.deepEqual(faultsOf(expr, annotations.summary), []);
      assert.match(patience, /^\d+[sm]$/);
      assert.match(labels.severity, /^(critical|warning)$/);
      assert.match(annotations.summary, /^\S.*\.$/);
      assert.match(annotations.runbook, /^[A-Z].{60,}\.$/);
      for (const [job] of expr.matchAll(/(?<=\bjob=")[^"]+/g)) assert.equal(job, 'medcenter');
    });
  }
});

suite('the dashboard', () => {
  test('has panels that say what they show, each in a place of its own', () => {
    const places = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    assert.equal(new Set(places).size, places.length);
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const { type, title, description = '' } of panels) {
      assert.ok(type === 'row' || /^[A-Z].+\.$/.test(description), title);
    }
  });
  for (const { title, datasource, targets = [] } of panels.filter(({ type }) => type !== 'row')) {
    test(`${title}: asks for what there is`, () => {
      assert.equal(datasource?.uid, 'prometheus');
      assert.ok(targets.length > 0);
      assert.deepEqual(
        targets.flatMap(({ expr, legendFormat }) => faultsOf(expr, legendFormat)),
        [],
      );
    });
  }
});

suite('what the containers are given', () => {
  test('is YAML, and names what is there', () => {
    const files = globSync('**/*.yml', { cwd: fileURLToPath(FOLDER) });
    assert.ok(files.length >= 4, files.join());
    for (const file of files) assert.equal(typeof parse(read(file)), 'object', file);
    const { rule_files, scrape_configs } = parse(read('prometheus.yml')) as {
      rule_files: string[];
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    };
    for (const file of rule_files) assert.ok(existsSync(new URL(file, FOLDER)), file);
    const targets = scrape_configs.map(({ job_name, static_configs }) => [job_name, static_configs]);
    const port = variables.PORT.fallback;
    assert.deepEqual(targets, [['medcenter', [{ targets: [`host.docker.internal:${port}`] }]]]);
  });

  test('leads Grafana to the other two, by their names and ports', () => {
    const { datasources } = parse(read('grafana/provisioning/datasources/prometheus.yml')) as {
      datasources: { type: string; uid: string; url: string }[];
    };
    for (const { type, uid, url } of datasources) {
      assert.equal(uid, type);
      const { hostname, port } = new URL(url);
      assert.ok(
        services[hostname]?.ports.some((published) => published.endsWith(`:${port}`)),
        url,
      );
    }
    assert.equal(datasources.length, 2);
  });

  for (const [name, { image, ports, environment = {}, volumes: mounts = [] }] of Object.entries(services)) {
    test(`${name}: one version, this machine alone, no password, and no writing to our files`, () => {
      assert.match(image, /^[a-z]+\/[a-z]+:v?\d+\.\d+\.\d+$/);
      for (const port of ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/);
      for (const variable of Object.keys(environment)) assert.doesNotMatch(variable, /PASSWORD|SECRET|TOKEN/);
      for (const mount of mounts) {
        const [from = '', , mode] = mount.split(':');
        if (Object.hasOwn(volumes, from)) continue;
        assert.equal(mode, 'ro', mount);
        assert.ok(statSync(new URL(from, FOLDER)), mount);
      }
    });
  }
});
