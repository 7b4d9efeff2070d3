/**
 * Looks for planted bugs by seeds, one bug after another in one process: a child of the test that asks (`asked-process.ts`).
 *
 * For each bug the modules that it patches, and those that import them at however many removes, are loaded anew with the bug
 * in them. All others stay as they are: loaded, and compiled by the runs before. Nothing is written to disk.
 */
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as Simulation from '../simulation.ts';
import { answerQuestions } from './asked-process.ts';
import { importersOf } from './importers.ts';
import { FOUND_BY_SEEDS, patchedFiles } from './planted-bugs.ts';

export interface Search {
  /** The name of the bug that is planted; null for the sources as they are, loaded anew wherever any bug is planted. */
  readonly bug: string | null;
  /** Run in this order, until one fails. */
  readonly seeds: readonly number[];
}

export interface Found {
  /** The seed that failed; null when all of them hold. */
  readonly seed: number | null;
  readonly violations: readonly string[];
}

const ROOT = join(import.meta.dirname, '../../..');
const SIMULATION = pathToFileURL(join(import.meta.dirname, '../simulation.ts')).href;
const QUERY = '?planted=';

interface Planted {
  readonly number: number;
  /** The modules that are loaded anew, by path: their text with the bug in it, null for the one on disk. */
  readonly texts: ReadonlyMap<string, string | null>;
}

let present: Planted = { number: 0, texts: new Map() };
const sourcesOnDisk = new Map<string, string>();

registerHooks({
  resolve(specifier, context, nextResolve) {
    const resolved = nextResolve(specifier, context);
    const isAnew = resolved.url.startsWith('file:') && present.texts.has(fileURLToPath(resolved.url));
    return isAnew ? { ...resolved, url: `${resolved.url}${QUERY}${present.number}` } : resolved;
  },
  load(url, context, nextLoad) {
    const [file = '', number] = url.split(QUERY);
    if (number === undefined) return nextLoad(url, context);
    const path = fileURLToPath(file);
    const text = present.texts.get(path) ?? null;
    const source = text === null ? sourceOnDisk(path) : stripTypeScriptTypes(text);
    return { format: 'module', source, shortCircuit: true };
  },
});

function sourceOnDisk(path: string): string {
  const source = sourcesOnDisk.get(path) ?? stripTypeScriptTypes(readFileSync(path, 'utf8'));
  sourcesOnDisk.set(path, source);
  return source;
}

async function search({ bug, seeds }: Search): Promise<Found> {
  const texts = new Map<string, string | null>();
  for (const planted of FOUND_BY_SEEDS) {
    if (bug !== null && planted.name !== bug) continue;
    const patched = patchedFiles(planted);
    for (const file of patched.keys())
      for (const importer of importersOf(join(ROOT, file))) texts.set(importer, null);
    if (bug !== null) for (const [file, text] of patched) texts.set(join(ROOT, file), text);
  }
  present = { number: present.number + 1, texts };
  const { simulate } = (await import(SIMULATION)) as typeof Simulation;
  for (const seed of seeds) {
    const { violations } = await simulate(seed);
    if (violations.length > 0) return { seed, violations };
  }
  return { seed: null, violations: [] };
}

answerQuestions(search);
