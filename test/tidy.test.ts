/**
 * House rules, checked: which folder may import which, what core may not touch, test code in the product, names and folders
 * that say nothing, import cycles, files that are too long, files that nothing uses, links in documents that lead nowhere.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const SOURCE = join(ROOT, 'src');

/** The folders and files that each folder of src may import besides itself. The composition root, cli, may import all. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  journal: ['core'],
  venues: ['core'],
  engine: ['core', 'journal/journal.ts', 'venues/gateway.ts'],
  directory: ['core', 'configuration'],
  configuration: ['core'],
  http: [
    'core',
    'engine/desk.ts',
    'journal/journal.ts',
    'journal/history-cursor.ts',
    'directory',
    'configuration',
    'venues/gateway.ts',
    'venues/registry.ts',
    'venues/key-trial.ts',
  ],
  // So that a bug in core is not mirrored by the thing that checks it.
  simulators: ['core/decimal.ts'],
  cli: ['core', 'journal', 'venues', 'engine', 'directory', 'configuration', 'http', 'simulators'],
};

/** Core has no clock, no randomness and no output: they come in as data. */
const BANNED_IN_CORE: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\b/, 'the clock'],
  [/\bnew Date\(\)/, 'the clock'],
  [/\bperformance\.now\b/, 'the clock'],
  [/\bMath\.random\b/, 'chance'],
  [/\bcrypto\b/, 'chance'],
  [/\bset(Timeout|Interval|Immediate)\b/, 'timers'],
  [/\bprocess\./, 'the process'],
  [/\bconsole\./, 'output'],
  [/\bfetch\(/, 'the network'],
  [/from 'node:/, 'the machine'],
];

/** The clock, chance, timers and connections of the machine. */
const OF_THE_MACHINE =
  /\bDate\.now\b|\bnew Date\(\)|\bperformance\.|\bMath\.random\b|\brandom(UUID|Bytes|Int)\b|\bset(Timeout|Interval|Immediate)\b|\bfetch\(|from '(ws|undici|node:(https?|net|timers\/promises))'/;

const EMPTY_FOLDER_NAMES = ['utils', 'helpers', 'common', 'lib', 'types', 'misc', 'shared'];
const EMPTY_NAME_ENDINGS =
  /\b(?:class|interface|type)\s+\w*(?:Service|Manager|Helper|Handler|Processor|Impl|Base)\b/;
const INTERFACE_PREFIX = /\binterface I[A-Z][a-z]/;

/** The folders of src without import cycles; imports of types count as well. */
const ACYCLIC: readonly string[] = ['core'];

/** The code of a file without its comments. */
function codeOf(path: string): string {
  return readFileSync(path, 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\/\/.*$/gm, '');
}

/** A longer file asks to be two, unless its header gives a reason in a line of this form. */
const MAX_LINES = 500;
const LONG_BECAUSE = /^ \* Long because: \S/m;

function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending) && !path.includes('node_modules'))
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile());
}

const lineCount = (text: string): number => text.replace(/\n$/, '').split('\n').length;

/** The block comment that a file begins with; empty without one. */
const headerOf = (text: string): string => /^\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? '';

/** Relative imports of a file, as absolute paths. */
function importsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g);
  return [...found].map(([, target = '']) => resolve(dirname(path), target));
}

/** Tarjan's algorithm: groups in which every file leads to every other by imports; a group of one is no cycle. */
function stronglyConnected(files: readonly string[], edges: (path: string) => readonly string[]): string[][] {
  const members = new Set(files);
  const order = new Map<string, number>();
  const stack: string[] = [];
  const groups: string[][] = [];
  const visit = (path: string): number => {
    const own = order.size;
    order.set(path, own);
    stack.push(path);
    let low = own;
    for (const target of edges(path)) {
      if (!members.has(target)) continue;
      if (!order.has(target)) low = Math.min(low, visit(target));
      else if (stack.includes(target)) low = Math.min(low, order.get(target) ?? own);
    }
    if (low === own) groups.push(stack.splice(stack.indexOf(path)));
    return low;
  };
  for (const path of files) if (!order.has(path)) visit(path);
  return groups;
}

const isTest = (path: string): boolean =>
  path.endsWith('.test.ts') || /\/testing\//.test(path) || /\/conformance/.test(path);
const sources = filesBelow(SOURCE, '.ts');
const bench = filesBelow(join(ROOT, 'bench'), '.ts');
const production = sources.filter((path) => !isTest(path));
/** Everything that runs outside of tests. */
const product = [...production, ...bench.filter((path) => !isTest(path))];
const shown = (path: string): string => relative(ROOT, path);

describe('house rules', () => {
  it('there are sources to check', () => {
    expect(production.length).toBeGreaterThan(50);
  });

  it('every folder of src is in the table of imports', () => {
    const folders = readdirSync(SOURCE, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map((entry) => entry.name).sort()).toEqual(Object.keys(MAY_IMPORT).sort());
  });

  it('imports keep to their directions', () => {
    const offences = production.flatMap((path) => {
      const [folder = ''] = relative(SOURCE, path).split('/');
      const allowed = [folder, ...(MAY_IMPORT[folder] ?? [])];
      return importsOf(path)
        .map((target) => relative(SOURCE, target))
        .filter((target) => !allowed.some((prefix) => target === prefix || target.startsWith(`${prefix}/`)))
        .map((target) => `${shown(path)} imports ${target}`);
    });
    expect(offences).toEqual([]);
  });

  it('product files import nothing that is for tests; the bench may, which opens gateways at simulators as they do', () => {
    const offences = production.flatMap((path) =>
      importsOf(path)
        .filter(isTest)
        .map((target) => `${shown(path)} imports ${shown(target)}`),
    );
    expect(offences).toEqual([]);
  });

  it('there are no import cycles', () => {
    const within = product.filter((path) =>
      ACYCLIC.some((folder) => path.startsWith(join(SOURCE, folder, '/'))),
    );
    const cycles = stronglyConnected(within, importsOf).filter((files) => files.length > 1);
    expect(cycles.map((files) => files.map(shown).sort())).toEqual([]);
  });

  it('core touches no clock, chance, timer, process, output or network', () => {
    const offences = production
      .filter((path) => path.startsWith(join(SOURCE, 'core')))
      .flatMap((path) => {
        const code = codeOf(path);
        return BANNED_IN_CORE.filter(([pattern]) => pattern.test(code)).map(
          ([, what]) => `${shown(path)} uses ${what}`,
        );
      });
    expect(offences).toEqual([]);
  });

  it('gateways take time, timers, chance and connections from the platform they are given', () => {
    const real = ['system-platform.ts', 'web-socket.ts', 'ccxt/dispatcher.ts'];
    const offences = production
      .filter((path) => path.startsWith(join(SOURCE, 'venues', '/')))
      .filter((path) => !path.includes('/conformance/') && !real.some((name) => path.endsWith(`/${name}`)))
      .filter((path) => OF_THE_MACHINE.test(codeOf(path)));
    expect(offences.map(shown)).toEqual([]);
  });

  it('folders and names say what they are', () => {
    const folders = [...sources, ...bench].flatMap((path) => shown(path).split('/').slice(0, -1));
    expect(folders.filter((name) => EMPTY_FOLDER_NAMES.includes(name))).toEqual([]);
    const names = [...production, ...bench].filter((path) => {
      const text = readFileSync(path, 'utf8');
      return EMPTY_NAME_ENDINGS.test(text) || INTERFACE_PREFIX.test(text);
    });
    expect(names.map(shown)).toEqual([]);
  });

  it('every source file is used by another, a test, or is where a process starts', () => {
    const starts = new Set(['src/cli/main.ts', 'src/http/write-error-document.ts', 'bench/run.ts']);
    // Processes of the bench are started by their file's name.
    for (const name of ['bare-ccxt', 'naive-gateway', 'stub-venue']) starts.add(`bench/${name}.ts`);
    const everything = [...sources, ...bench, ...filesBelow(join(ROOT, 'test'), '.ts')];
    const used = new Set(everything.flatMap(importsOf));
    const named = everything.map((path) => readFileSync(path, 'utf8')).join('\n');
    const unused = product.filter(
      (path) =>
        !used.has(path) && !starts.has(shown(path)) && !named.includes(`/${path.split('/').at(-1) ?? ''}'`),
    );
    expect(unused.map(shown)).toEqual([]);
  });

  it('a product file has at most 500 lines, or its header gives the reason for more', () => {
    const long = product.filter((path) => {
      const text = readFileSync(path, 'utf8');
      return lineCount(text) > MAX_LINES && !LONG_BECAUSE.test(headerOf(text));
    });
    expect(long.map((path) => `${shown(path)}: ${lineCount(readFileSync(path, 'utf8'))}`)).toEqual([]);
  });

  it('migrations are numbered without a gap and none twice', () => {
    const numbers = readdirSync(join(SOURCE, 'journal/migrations')).map((name) => Number(name.slice(0, 4)));
    expect(numbers.toSorted((left, right) => left - right)).toEqual(numbers.map((_, index) => index + 1));
  });

  it('no test is skipped or alone', () => {
    const offences = [...sources, ...bench, ...filesBelow(join(ROOT, 'test'), '.ts')]
      .filter((path) => path.endsWith('.test.ts'))
      .filter((path) => /\b(?:it|test|describe)\.(?:only|todo|skip)\b/.test(readFileSync(path, 'utf8')));
    expect(offences.map(shown)).toEqual([]);
  });

  it('links in documents lead somewhere', () => {
    const documents = [
      ...readdirSync(ROOT)
        .filter((name) => name.endsWith('.md'))
        .map((name) => join(ROOT, name)),
      ...filesBelow(join(ROOT, 'docs'), '.md'),
    ];
    const broken = documents.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !existsSync(resolve(dirname(path), target)))
        .map((target) => `${shown(path)} links to ${target}`),
    );
    expect(documents.length).toBeGreaterThan(3);
    expect(broken).toEqual([]);
  });

  it('files that documents name in code marks are there', () => {
    const documents = [
      ...readdirSync(ROOT)
        .filter((name) => name.endsWith('.md'))
        .map((name) => join(ROOT, name)),
      ...filesBelow(join(ROOT, 'docs'), '.md'),
    ];
    const missing = documents.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/`((?:src|test|docs|bench|\.ci)\/[\w./-]+)`/g)]
        .map(([, target = '']) => target)
        .filter((target) => !existsSync(join(ROOT, target)))
        .map((target) => `${shown(path)} names ${target}`),
    );
    expect(missing).toEqual([]);
  });

  it.each([
    ['docs/gateways.md', 'src/venues', ['bybit', 'binance', 'okx']],
    ['docs/simulator.md', 'src/simulators', ['bybit']],
  ])(
    '%s names every file of a venue in %s, with the lines at Bybit right to a tenth',
    (document, folder, venues) => {
      const linesOf = (name: string): number =>
        lineCount(readFileSync(join(ROOT, folder, 'bybit', name), 'utf8'));
      const rows = [
        ...readFileSync(join(ROOT, document), 'utf8').matchAll(
          /^\| (?:\d+ +\| )?(`[^|]+\.ts`)[^\n]*\| +(\d+) +\|$/gm,
        ),
      ].map(([, files = '', lines = '']) => ({
        files: [...files.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
        lines: Number(lines),
      }));
      const named = rows.flatMap(({ files }) => files).toSorted();
      for (const venue of venues) {
        const files = readdirSync(join(ROOT, folder, venue));
        const product = files.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
        expect(named).toEqual(product.toSorted());
      }
      const wrong = rows
        .map(({ files, lines }) => ({
          files,
          said: lines,
          counted: files.map(linesOf).reduce((sum, n) => sum + n, 0),
        }))
        .filter(({ said, counted }) => Math.abs(said - counted) > counted / 10);
      expect(wrong).toEqual([]);
    },
  );

  it('docs/gateways.md says how many lines each venue has, right to a tenth, and which files are its own', () => {
    const document = readFileSync(join(ROOT, 'docs/gateways.md'), 'utf8');
    const said = [...document.matchAll(/^\| (\w+) +\| [\w ]+\| +(\d+) \| ([^|\n]*)\|$/gm)].map(
      ([, venue = '', lines = '', own = '']) => ({
        venue: venue.toLowerCase(),
        lines: Number(lines),
        own: [...own.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
      }),
    );
    const folder = (venue: string): string => join(ROOT, 'src/venues', venue);
    const filesOf = (venue: string): readonly string[] =>
      readdirSync(folder(venue)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
    const usual = new Set(filesOf('bybit'));
    const venues = readdirSync(join(ROOT, 'src/venues')).filter((name) =>
      existsSync(join(folder(name), 'gateway.ts')),
    );
    expect(said.map(({ venue }) => venue).toSorted()).toEqual(venues.toSorted());
    for (const { venue, lines, own } of said) {
      const files = filesOf(venue);
      const counted = files.reduce(
        (sum, name) => sum + lineCount(readFileSync(join(folder(venue), name), 'utf8')),
        0,
      );
      expect([venue, Math.abs(lines - counted) <= counted / 10]).toEqual([venue, true]);
      expect(own.toSorted()).toEqual(files.filter((name) => !usual.has(name)).toSorted());
    }
  });
});
