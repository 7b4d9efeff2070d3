/**
 * Signatures of requests and logins, as most venues have them.
 *
 * Entry points: `hmac`, `signatureMatches`. A venue's folder says what is signed, and which keys it takes.
 */
import { createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import type { Credentials } from '../exchange/account.ts';

/** HMAC-SHA256; hexadecimal is in lower case. */
export function hmac(text: string, secret: string, encoding: 'hex' | 'base64' = 'hex'): string {
  return createHmac('sha256', secret).update(text, 'utf8').digest(encoding);
}

/**
 * HMACs are compared to the letter in the venue's encoding, in constant time; signatures of RSA (PKCS #1 v1.5 with SHA-256) and Ed25519
 * keys are base64.
 */
export function signatureMatches(
  text: string,
  { publicKey, secret }: Credentials,
  signature: string,
  encoding: 'hex' | 'base64' = 'hex',
): boolean {
  if (publicKey === undefined) {
    const expected = Buffer.from(hmac(text, secret, encoding), 'latin1');
    const given = Buffer.from(signature, 'latin1');
    return expected.length === given.length && timingSafeEqual(expected, given);
  }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(signature)) return false;
  const key = createPublicKey(publicKey);
  const hash = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  return verify(hash, Buffer.from(text, 'utf8'), key, Buffer.from(signature, 'base64'));
}
