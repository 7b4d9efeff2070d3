/**
 * The outcome of a whole conformance run as a page: a row for each case, a column for each venue and market.
 *
 * Entry point: `conformanceTable`.
 */

/** The part that is read of vitest's JSON report. */
export interface ConformanceReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      /** Venue with market, then theme. */
      readonly ancestorTitles: readonly string[];
      /** Begins with the number of the case. */
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

interface Case {
  readonly number: string;
  readonly titles: Set<string>;
  /** Statuses by column; a case may run several times, with one side and the other. */
  readonly statuses: Map<string, string[]>;
}

/** Markdown. A case that a market does not run is skipped by what its venue declares it cannot do. */
export function conformanceTable(report: ConformanceReport): string {
  const columns = new Set<string>();
  const themes = new Map<string, Map<string, Case>>();
  for (const { ancestorTitles, title, status } of report.testResults.flatMap(
    (file) => file.assertionResults,
  )) {
    const [column = '', theme = ''] = ancestorTitles;
    const { number, text } = numbered(title);
    columns.add(column);
    const cases = themes.get(theme) ?? new Map<string, Case>();
    themes.set(theme, cases);
    const entry = cases.get(number) ?? { number, titles: new Set(), statuses: new Map() };
    cases.set(number, entry);
    entry.titles.add(text);
    entry.statuses.set(column, [...(entry.statuses.get(column) ?? []), status]);
  }
  const sorted = [...columns].toSorted();
  // Which venue ends first must not move a line of the page.
  const ordered = [...themes].toSorted(([, left], [, right]) => firstOf(left) - firstOf(right));
  return [
    '# Conformance',
    '',
    'Every case of the conformance suite (`src/venues/conformance`) at every venue and market, as `npm run conformance` found it.',
    '`yes`: it holds. A dash: it does not apply, by what the venue declares that it can do ([the exchanges](../README.md)).',
    '`npm run docs:conformance` writes this page from the last run.',
    '',
    ...table(
      ['case', ...sorted],
      ordered.flatMap(([theme, cases]) => rows(theme, cases, sorted)),
    ),
    '',
  ].join('\n');
}

function rows(
  theme: string,
  cases: ReadonlyMap<string, Case>,
  columns: readonly string[],
): readonly string[][] {
  const inOrder = [...cases.values()].toSorted((left, right) => order(left.number) - order(right.number));
  return [
    [`**${theme}**`, ...columns.map(() => '')],
    ...inOrder.map(({ number, titles, statuses }) => [
      `${number} ${common([...titles])}`,
      ...columns.map((column) => word(statuses.get(column) ?? [])),
    ]),
  ];
}

function word(statuses: readonly string[]): string {
  if (statuses.includes('failed')) return 'FAILED';
  return statuses.includes('passed') ? 'yes' : '–';
}

function numbered(title: string): { readonly number: string; readonly text: string } {
  const space = title.indexOf(' ');
  return { number: title.slice(0, space), text: title.slice(space + 1) };
}

function order(number: string): number {
  return Number(number.slice(1));
}

function firstOf(cases: ReadonlyMap<string, Case>): number {
  return Math.min(...[...cases.keys()].map(order));
}

/** The words that titles share, from either end. */
function common(titles: readonly string[]): string {
  const [first = '', ...others] = titles;
  const words = first.split(' ');
  const isShared = (index: number, fromEnd: boolean): boolean =>
    others.every(
      (title) => title.split(' ').at(fromEnd ? -1 - index : index) === words.at(fromEnd ? -1 - index : index),
    );
  let head = 0;
  while (head < words.length && isShared(head, false)) head += 1;
  if (head === words.length) return first;
  let tail = 0;
  while (tail < words.length - head && isShared(tail, true)) tail += 1;
  return [...words.slice(0, head), '…', ...words.slice(words.length - tail)].join(' ');
}

/** As the formatter of the repository pads it. */
function table(header: readonly string[], body: readonly (readonly string[])[]): readonly string[] {
  const widths = header.map((_, column) =>
    Math.max(3, ...[header, ...body].map((cells) => (cells[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(header), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)];
}
