/** The transition table as the text that docs/order-lifecycle.md carries; a test holds the two together. */
import {
  isFinished,
  ORDER_EVENT_TYPES,
  ORDER_STATUSES,
  TRANSITIONS,
  type OrderEventType,
  type OrderStatus,
  type TransitionOutcome,
} from './transitions.ts';

/** A Markdown table: one row for each event, one column for each status. */
export function transitionTable(): string {
  const header = ['event', ...ORDER_STATUSES.map((status) => `\`${status}\``)];
  const rows = ORDER_EVENT_TYPES.map((eventType) => [
    `\`${eventType}\``,
    ...ORDER_STATUSES.map((status) => cell(TRANSITIONS[status][eventType])),
  ]);
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cell(outcome: TransitionOutcome): string {
  switch (outcome.kind) {
    case 'becomes':
      return outcome.status;
    case 'contradicts':
      return `**${outcome.status}**`;
    case 'ignored':
      return '-';
    case 'impossible':
      return 'x';
  }
}

/** Why each cell that is ignored, contradicts or is impossible does so: one row for each reason. */
export function transitionReasons(): string {
  const reasons = new Map<string, string[]>();
  for (const status of ORDER_STATUSES) {
    for (const eventType of ORDER_EVENT_TYPES) {
      const outcome = TRANSITIONS[status][eventType];
      if (outcome.kind === 'becomes') continue;
      const key = `${outcome.kind} | ${outcome.why}`;
      reasons.set(key, [...(reasons.get(key) ?? []), `\`${status}\` ${eventType}`]);
    }
  }
  const rows = [...reasons].map(([reason, cells]) => `| ${reason} | ${cells.join(', ')} |`);
  return ['| outcome | why | cells |', '| --- | --- | --- |', ...rows].join('\n');
}

/** A Mermaid state diagram of the ways that contradict nothing. */
export function statusDiagram(): string {
  const edges = new Map<string, string[]>();
  for (const from of ORDER_STATUSES) {
    for (const eventType of ORDER_EVENT_TYPES) {
      const outcome = TRANSITIONS[from][eventType];
      if (outcome.kind !== 'becomes') continue;
      for (const to of targetsOf(outcome.status, from, eventType)) {
        if (to === from) continue;
        const edge = `${from} --> ${to}`;
        edges.set(edge, [...(edges.get(edge) ?? []), eventType]);
      }
    }
  }
  const finished = ORDER_STATUSES.filter(isFinished).map((status) => `  ${status} --> [*]`);
  const lines = [...edges].map(([edge, eventTypes]) => `  ${edge}: ${eventTypes.join(', ')}`);
  return [
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> accepted: approved',
    '  [*] --> denied: refused by us',
    ...lines,
    ...finished,
    '```',
  ].join('\n');
}

/** A partially filled order stays so, and an execution leaves at least a part filled. */
function targetsOf(
  status: OrderStatus | 'working',
  from: OrderStatus,
  eventType: OrderEventType,
): readonly OrderStatus[] {
  if (status !== 'working') return [status];
  return from === 'partially_filled' || eventType === 'fill_booked'
    ? ['partially_filled']
    : ['open', 'partially_filled'];
}
