/** Signatures that we make ourselves: of the streams, and Coinbase's tokens. Other requests are signed by ccxt. */
import { createHash, createHmac, createPrivateKey, sign as signWithKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ReadFailure } from './read-retry.ts';

/** HMAC-SHA256 in the venue's encoding, or a base64 signature where the secret is a private key (RSA or Ed25519). */
export function signText(secret: string, payload: string, encoding: 'hex' | 'base64' = 'hex'): string {
  if (!secret.includes('PRIVATE KEY')) return createHmac('sha256', secret).update(payload).digest(encoding);
  const key = createPrivateKey(secret);
  const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  return signWithKey(digest, Buffer.from(payload), key).toString('base64');
}

/** The longest that a token may live, milliseconds: "exp": "JWT expires after 2 minutes". */
export const TOKEN_LIFETIME_MS = 118_000;
/** A token is good from a second before it is signed: the venue's clock is known to some milliseconds alone. */
const BACKDATED_S = 1;

/**
 * Makes a JSON web token as of `signedAt` (venue clock, milliseconds) that lives for `lifetimeMs` from then, down to a whole second. Given a
 * request it names its method, host and path, without the query. Throws `ReadFailure` where the secret is no private key.
 */
export type MakeToken = (
  signedAt: number,
  request: { readonly method: string; readonly url: string } | null,
  lifetimeMs?: number,
) => string;

/**
 * Tokens of a CDP key of Coinbase, by its name and its private half: ES256 with an ECDSA key, EdDSA with an Ed25519 one. Source:
 * "Coinbase App API Key Authentication".
 */
export function tokenMaker(keyName: string, secret: string): MakeToken {
  let known: KeyObject | undefined;
  let tokens = 0;
  return (signedAt, request, lifetimeMs = TOKEN_LIFETIME_MS) => {
    known ??= privateKeyIn(secret);
    const isEdwards = known.asymmetricKeyType === 'ed25519';
    tokens += 1;
    // A text that no other token has; it need not be a secret.
    const nonce = createHash('sha256').update(`${keyName} ${signedAt} ${tokens}`).digest('hex').slice(0, 32);
    const header = { alg: isEdwards ? 'EdDSA' : 'ES256', typ: 'JWT', kid: keyName, nonce };
    const claims = {
      sub: keyName,
      iss: 'cdp',
      nbf: Math.floor(signedAt / 1_000) - BACKDATED_S,
      exp: Math.floor((signedAt + lifetimeMs) / 1_000),
      ...(request === null ? {} : { uri: uriOf(request) }),
    };
    const signed = `${encoded(header)}.${encoded(claims)}`;
    const signature = isEdwards
      ? signWithKey(null, Buffer.from(signed), known)
      : signWithKey('sha256', Buffer.from(signed), { key: known, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  };
}

function uriOf({ method, url }: { readonly method: string; readonly url: string }): string {
  const { host, pathname } = new URL(url);
  return `${method} ${host}${pathname}`;
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** DER before the 32 bytes of an Ed25519 seed (RFC 8410, section 7). */
const EDWARDS_SEED = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A PEM, whose ends of lines may be written as the JSON file of the portal has them, or the base64 of a seed and its public half. */
function privateKeyIn(secret: string): KeyObject {
  try {
    if (secret.includes('PRIVATE KEY')) return createPrivateKey(secret.replaceAll(String.raw`\n`, '\n'));
    const bytes = Buffer.from(secret, 'base64');
    if (bytes.length === 32 || bytes.length === 64)
      return createPrivateKey({
        key: Buffer.concat([EDWARDS_SEED, bytes.subarray(0, 32)]),
        format: 'der',
        type: 'pkcs8',
      });
  } catch {
    // Says the same as a text that is none.
  }
  throw new ReadFailure('the secret is no private key (ECDSA as PEM, Ed25519 as base64)', 'refused');
}
