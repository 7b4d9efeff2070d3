/** The program's version, as package.json has it. Entry point: `release`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const packageFile = z.object({ version: z.string() });

export async function release(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8');
  return packageFile.parse(JSON.parse(text)).version;
}
