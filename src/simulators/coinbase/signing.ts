/**
 * Tokens of Coinbase's CDP keys: JSON web tokens that the private half of a key signs, with ES256 or EdDSA.
 *
 * Entry points: `readToken`, `tokenFault`, `newKeyPair`, `publicKeyFault`. Sources: "Coinbase App API Key Authentication" and "WebSocket
 * Authentication": header `alg`, `kid`, `nonce`; claims `sub`, `iss`, `nbf`, `exp`, and for REST `uri`, which is method, host and path
 * without the query. The EdDSA tokens of some clients carry a list `uris`.
 */
import { isObject } from '../wire/request-fields.ts';
import { createECDH, createPrivateKey, createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { Credentials } from '../exchange/account.ts';
import { TOKEN_LIFETIME_MS } from './instruments.ts';

export interface Token {
  readonly keyName: string;
  readonly algorithm: string;
  readonly notBeforeMs: number;
  readonly expiresMs: number;
  readonly uris: readonly string[];
  readonly signed: string;
  readonly signature: Buffer;
}

/** The parts of a token; null for what is none. */
export function readToken(text: string): Token | null {
  const [head, payload, signature, ...more] = text.split('.');
  if (head === undefined || payload === undefined || signature === undefined || more.length > 0) return null;
  const header = partOf(head);
  const claims = partOf(payload);
  if (header === null || claims === null) return null;
  const { kid, alg } = header;
  const { sub, iss, nbf, exp, uri, uris } = claims;
  if (typeof kid !== 'string' || kid !== sub || typeof alg !== 'string') return null;
  if (iss !== 'cdp' && iss !== 'coinbase-cloud') return null;
  if (typeof nbf !== 'number' || typeof exp !== 'number') return null;
  return {
    keyName: kid,
    algorithm: alg,
    notBeforeMs: nbf * 1000,
    expiresMs: exp * 1000,
    uris: [uri, ...(Array.isArray(uris) ? uris : [])].filter((one): one is string => typeof one === 'string'),
    signed: `${head}.${payload}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

function partOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return isObject(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

export interface TokenRules {
  readonly nowMs: number;
  /** How long after its `exp` a token is taken. */
  readonly leewayMs: number;
  /** The request that the token has to name; null on a stream, whose tokens name none. */
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly hosts: readonly string[];
  } | null;
}

/** Why a token is refused; null: it is good. */
export function tokenFault(token: Token, credentials: Credentials, rules: TokenRules): string | null {
  const { nowMs, leewayMs, request } = rules;
  if (token.notBeforeMs > nowMs) return 'token is not valid yet';
  if (nowMs > token.expiresMs + leewayMs) return 'token has expired';
  if (token.expiresMs - token.notBeforeMs > TOKEN_LIFETIME_MS) return 'token lives too long';
  if (request !== null) {
    const uris = request.hosts.map((host) => `${request.method} ${host}${request.path}`);
    if (!uris.some((uri) => token.uris.includes(uri))) return 'token is for another uri';
  }
  return isSignedBy(token, publicKeyOf(credentials)) ? null : 'signature is wrong';
}

function isSignedBy({ algorithm, signed, signature }: Token, key: KeyObject): boolean {
  const bytes = Buffer.from(signed, 'utf8');
  switch (algorithm) {
    case 'ES256':
      return (
        key.asymmetricKeyType === 'ec' &&
        verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature)
      );
    case 'EdDSA':
      return key.asymmetricKeyType === 'ed25519' && verify(null, bytes, key, signature);
    default:
      return false;
  }
}

const PUBLIC_KEYS = new WeakMap<Credentials, KeyObject>();

/** The public half of the key whose private half the venue made, or of the one that it was given. */
function publicKeyOf(credentials: Credentials): KeyObject {
  const known = PUBLIC_KEYS.get(credentials);
  if (known !== undefined) return known;
  const key = createPublicKey(credentials.publicKey ?? createPrivateKey(credentials.secret));
  PUBLIC_KEYS.set(credentials, key);
  return key;
}

const P256 = 'prime256v1';

/** A private P-256 key as a SEC1 PEM, as the CDP portal shows it. `randomHex(bytes)` is cryptographic. */
export function newPrivateKey(randomHex: (bytes: number) => string): string {
  const ecdh = createECDH(P256);
  // Digits above the order of the curve, one in 2^32, are drawn again.
  for (;;) {
    try {
      ecdh.setPrivateKey(randomHex(32), 'hex');
      break;
    } catch {
      continue;
    }
  }
  const point = ecdh.getPublicKey();
  const coordinate = (from: number): string => point.subarray(from, from + 32).toString('base64url');
  const key = createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: Buffer.from(ecdh.getPrivateKey('hex').padStart(64, '0'), 'hex').toString('base64url'),
      x: coordinate(1),
      y: coordinate(33),
    },
  });
  return key.export({ type: 'sec1', format: 'pem' });
}

/** Why a PEM is no public key that the venue takes; null: it is one. */
export function publicKeyFault(pem: string): string | null {
  try {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = createPublicKey(pem);
    if (type === 'ed25519' || (type === 'ec' && details?.namedCurve === P256)) return null;
    return `is a ${type ?? 'strange'} key: the venue takes ECDSA (P-256) and Ed25519`;
  } catch {
    return 'is no public key';
  }
}
