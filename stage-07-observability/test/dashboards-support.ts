import { parser } from '@prometheus-io/lezer-promql';
import type { Registry } from 'prom-client';

/** Each series that can be asked for by name, and the labels that it has. */
export type Series = ReadonlyMap<string, ReadonlySet<string>>;

type Node = ReturnType<typeof parser.parse>['topNode'];

/** What Prometheus itself puts on each series: whom it asked. */
const OF_THE_TARGET = ['job', 'instance'];

/** What a scrape of the registry gives Prometheus to ask for. */
export async function seriesOf(registry: Pick<Registry, 'getMetricsAsJSON' | 'getSingleMetric'>) {
  const series = new Map<string, ReadonlySet<string>>([['up', new Set(OF_THE_TARGET)]]);
  for (const { name, type } of await registry.getMetricsAsJSON()) {
    // Said in the constructor of each metric, and not in the types: those of a metric that has no value yet are here only.
    const { labelNames } = registry.getSingleMetric(name) as unknown as { labelNames: readonly string[] };
    const labels = new Set([...labelNames, ...OF_THE_TARGET]);
    // By its string: the types declare an enum that is not there when the program runs.
    if (String(type) === 'histogram') {
      series.set(`${name}_bucket`, new Set([...labels, 'le']));
      series.set(`${name}_sum`, labels).set(`${name}_count`, labels);
    } else series.set(name, labels);
  }
  return series;
}

/** Reads a query of Prometheus: the labels that its answer has, and what is wrong with it. */
export function readQuery(query: string, series: Series) {
  const faults: string[] = [];
  const textOf = ({ from, to }: Node) => query.slice(from, to);
  const top = parser.parse(query).topNode;
  for (const node of within(top, ({ type }) => type.isError)) {
    faults.push(`is no PromQL at character ${node.from}: ${query.slice(node.from, node.from + 20)}`);
  }

  function want(labels: readonly string[], there: ReadonlySet<string>, where: Node): void {
    for (const label of labels) if (!there.has(label)) faults.push(`no label "${label}" on ${textOf(where)}`);
  }

  const listed = (node: Node | null | undefined) =>
    node ? within(node, ({ name }) => name === 'LabelName').map(textOf) : [];

  function ofSelector(node: Node): ReadonlySet<string> {
    const identifier = node.getChild('Identifier');
    const name = identifier ? textOf(identifier) : '';
    const labels = series.get(name);
    if (!labels) faults.push(`no metric "${name}" in ${textOf(node)}`);
    else want(listed(node.getChild('LabelMatchers')), labels, node);
    return labels ?? new Set();
  }

  function ofAggregate(node: Node): ReadonlySet<string> {
    const inner = ofChildren(node);
    const modifier = node.getChild('AggregateModifier');
    const named = listed(modifier?.getChild('GroupingLabels'));
    want(named, inner, node);
    return modifier?.getChild('Without') ? without(inner, named) : new Set(named);
  }

  function ofCall(node: Node): ReadonlySet<string> {
    const inner = ofChildren(node);
    const called = node.getChild('FunctionIdentifier');
    if (!called || textOf(called) !== 'histogram_quantile') return inner;
    want(['le'], inner, node);
    return without(inner, ['le']);
  }

  /** Both sides have what they are compared by; the answer is about the left side, where that has labels. */
  function ofPair(node: Node): ReadonlySet<string> {
    const sides = childrenOf(node).filter(({ name }) => name !== 'MatchingModifierClause');
    const [left, right] = [sides.at(0), sides.at(-1)].map((side) =>
      side ? labelsOf(side) : new Set<string>(),
    );
    const clause = node.getChild('MatchingModifierClause');
    for (const side of [left, right])
      want(listed(clause?.getChild('GroupingLabels')), side ?? new Set(), node);
    return left && left.size > 0 ? left : (right ?? new Set());
  }

  function ofChildren(node: Node): ReadonlySet<string> {
    return new Set(childrenOf(node).flatMap((child) => [...labelsOf(child)]));
  }

  function labelsOf(node: Node): ReadonlySet<string> {
    const read = {
      VectorSelector: ofSelector,
      AggregateExpr: ofAggregate,
      FunctionCall: ofCall,
      BinaryExpr: ofPair,
    };
    return Object.hasOwn(read, node.name) ? read[node.name as keyof typeof read](node) : ofChildren(node);
  }

  return { labels: labelsOf(top), faults };
}

/** The labels that a text of Grafana (`{{route}}`) or of an alert (`{{ $labels.topic }}`) puts in. */
export function labelsInText(text: string): string[] {
  return [...text.matchAll(/\{\{(\w+)\}\}|\$labels\.(\w+)/g)].map(
    ([, legend, alert]) => legend ?? alert ?? '',
  );
}

function within(node: Node, isWanted: (node: Node) => boolean): Node[] {
  return [...(isWanted(node) ? [node] : []), ...childrenOf(node).flatMap((child) => within(child, isWanted))];
}

function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child);
  return children;
}

function without(labels: ReadonlySet<string>, gone: readonly string[]): ReadonlySet<string> {
  return new Set([...labels].filter((label) => !gone.includes(label)));
}
