/**
 * Which modules of the sources and of the simulation import which, read from their text.
 *
 * Entry point: `importersOf`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
/** `from './a.ts'`, `import './a.ts'` and `import('./a.ts')`. */
const IMPORTED = /\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g;

let direct: ReadonlyMap<string, ReadonlySet<string>> | null = null;

/** The absolute path `module` and those of all modules that import it, at however many removes; tests are left out. */
export function importersOf(module: string): ReadonlySet<string> {
  direct ??= readImporters();
  const found = new Set([module]);
  // A set is walked on to what is added on the way.
  for (const path of found) for (const importer of direct.get(path) ?? []) found.add(importer);
  return found;
}

function readImporters(): ReadonlyMap<string, ReadonlySet<string>> {
  const importers = new Map<string, Set<string>>();
  for (const folder of ['src', 'test/simulation'])
    for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
      const path = join(ROOT, folder, name);
      for (const [, specifier = ''] of readFileSync(path, 'utf8').matchAll(IMPORTED)) {
        const imported = join(dirname(path), specifier);
        importers.set(imported, (importers.get(imported) ?? new Set()).add(path));
      }
    }
  return importers;
}
