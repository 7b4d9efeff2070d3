/** Signatures that we make ourselves, for the streams: requests are signed by ccxt. */
import { createHmac, createPrivateKey, sign as signWithKey } from 'node:crypto';

/** HMAC-SHA256 in the venue's encoding, or a base64 signature where the secret is a private key (RSA or Ed25519). */
export function signText(secret: string, payload: string, encoding: 'hex' | 'base64' = 'hex'): string {
  if (!secret.includes('PRIVATE KEY')) return createHmac('sha256', secret).update(payload).digest(encoding);
  const key = createPrivateKey(secret);
  const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  return signWithKey(digest, Buffer.from(payload), key).toString('base64');
}
