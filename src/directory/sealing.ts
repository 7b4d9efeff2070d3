/**
 * Credentials at rest: AES-256-GCM, a data key of their own for each, itself sealed by the master key.
 *
 * Entry points: `seal`, `unseal`, `SealBroken`.
 *
 * Layout: version (1 byte) | nonce of the key (12) | sealed data key (32) | its tag (16) | nonce (12) | tag (16) | sealed text.
 *
 * Invariants:
 *  1. A nonce is random and used once: data keys are never used twice, and the master key seals data keys only.
 *  2. Text that is sealed for one owner opens for no other: the owner is the associated data of both layers.
 *  3. No error carries a key or a text.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const VERSION = 1;
const NONCE_BYTES = 12;
const KEY_BYTES = 32;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';
const KEY_PART_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES;
const LEAST_BYTES = 1 + KEY_PART_BYTES + NONCE_BYTES + TAG_BYTES;

/** Sealed bytes that this master key and owner do not open: another key, another owner, or damaged bytes. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

/** `owner` names whom the text belongs to; the same must be given to `unseal`. */
export function seal(masterKey: Buffer, owner: string, text: string): Buffer {
  const dataKey = randomBytes(KEY_BYTES);
  const keyPart = encrypt(masterKey, `key ${owner}`, dataKey);
  const textPart = encrypt(dataKey, `text ${owner}`, Buffer.from(text, 'utf8'));
  dataKey.fill(0);
  return Buffer.concat([
    Buffer.of(VERSION),
    keyPart.nonce,
    keyPart.sealed,
    keyPart.tag,
    textPart.nonce,
    textPart.tag,
    textPart.sealed,
  ]);
}

/** Throws `SealBroken`. */
export function unseal(masterKey: Buffer, owner: string, bytes: Buffer): string {
  if (bytes.length < LEAST_BYTES || bytes[0] !== VERSION) {
    throw new SealBroken('these bytes are not sealed credentials of this release');
  }
  const parts = reader(bytes.subarray(1));
  const keyNonce = parts(NONCE_BYTES);
  const sealedKey = parts(KEY_BYTES);
  const keyTag = parts(TAG_BYTES);
  const nonce = parts(NONCE_BYTES);
  const tag = parts(TAG_BYTES);
  const sealed = bytes.subarray(LEAST_BYTES);
  const dataKey = decrypt(masterKey, `key ${owner}`, { nonce: keyNonce, sealed: sealedKey, tag: keyTag });
  const text = decrypt(dataKey, `text ${owner}`, { nonce, sealed, tag }).toString('utf8');
  dataKey.fill(0);
  return text;
}

interface Part {
  readonly nonce: Buffer;
  readonly sealed: Buffer;
  readonly tag: Buffer;
}

function encrypt(key: Buffer, associated: string, plain: Buffer): Part {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(associated, 'utf8'));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { nonce, sealed, tag: cipher.getAuthTag() };
}

function decrypt(key: Buffer, associated: string, part: Part): Buffer {
  const decipher = createDecipheriv(CIPHER, key, part.nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(associated, 'utf8'));
  decipher.setAuthTag(part.tag);
  try {
    return Buffer.concat([decipher.update(part.sealed), decipher.final()]);
  } catch (error) {
    throw new SealBroken('the master key does not open these credentials', { cause: error });
  }
}

function reader(bytes: Buffer): (count: number) => Buffer {
  let at = 0;
  return (count) => {
    at += count;
    return bytes.subarray(at - count, at);
  };
}
