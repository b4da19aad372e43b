import { parser } from '@prometheus-io/lezer-promql';

/** What an expression asks of one metric. */
export interface SelectedMetric {
  readonly name: string;
  /** Labels of its matchers. */
  readonly labels: readonly string[];
}

export interface ParsedExpression {
  readonly metrics: readonly SelectedMetric[];
  /** Labels of `by`, `without`, `on` and `ignoring`. */
  readonly grouping: readonly string[];
}

/** Parses PromQL with Prometheus's own grammar. Throws where it is none. */
export function parsePromql(expression: string): ParsedExpression {
  const metrics: { name: string; labels: string[] }[] = [];
  const grouping: string[] = [];
  const textOf = ({ from, to }: { readonly from: number; readonly to: number }): string => expression.slice(from, to);
  parser.parse(expression).iterate({
    enter(node) {
      if (node.type.isError) throw new SyntaxError(`no PromQL at ${node.from}: ${expression}`);
      if (node.name === 'VectorSelector') {
        const name = node.node.getChild('Identifier');
        if (name === null) throw new SyntaxError(`a selector without a name: ${expression}`);
        metrics.push({ name: textOf(name), labels: [] });
      }
      if (node.name !== 'LabelName') return;
      const parent = node.node.parent?.name;
      if (parent === 'GroupingLabels') grouping.push(textOf(node));
      else metrics.at(-1)?.labels.push(textOf(node));
    },
  });
  return { metrics, grouping };
}
