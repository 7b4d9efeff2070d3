import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadMasterKey, readSecretFile, SecretFileInvalid, writeSecretFile } from './secret-file.ts';

describe('secret files', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'plimsoll-secret-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it('makes one master key, though two processes start at once, and keeps it', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => loadMasterKey(directory, null)));
    for (const key of keys) expect(key.equals(keys[0] ?? Buffer.alloc(0))).toBe(true);
    expect((await loadMasterKey(directory, null)).equals(keys[0] ?? Buffer.alloc(0))).toBe(true);
    expect((await stat(join(directory, 'master-key'))).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(['master-key']);
  });

  it('takes the key that is given and writes nothing', async () => {
    const given = Buffer.alloc(32, 1);
    expect(await loadMasterKey(directory, given)).toBe(given);
    expect(await readdir(directory)).toEqual([]);
  });

  it('refuses a key that is none, and a file that others may read', async () => {
    const path = join(directory, 'master-key');
    await writeFile(path, 'nonsense', { mode: 0o600 });
    await expect(loadMasterKey(directory, null)).rejects.toThrow(SecretFileInvalid);
    await chmod(path, 0o644);
    await expect(loadMasterKey(directory, null)).rejects.toThrow(/chmod 600/);
  });

  it('replaces a secret and reads it back', async () => {
    const path = join(directory, 'admin-token');
    expect(await readSecretFile(path)).toBeNull();
    await writeSecretFile(path, 'one');
    await writeSecretFile(path, 'two');
    expect(await readSecretFile(path)).toBe('two');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});
