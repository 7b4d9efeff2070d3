/**
 * Who sent a request, and is it still in time: signatures of HMAC, RSA and Ed25519 keys, and the timestamp rule.
 *
 * Entry points: `signaturePayload` (REST), `socketSignaturePayload` (WebSocket API), `isSignedBy`, `keyTypeOf`,
 * `checkTiming`. Both checks come before any effect. Source: "Request Security" and "Timing security" in
 * rest-api.md and web-socket-api.md of binance-spot-api-docs; USD-M futures have the same rules.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { Decimal } from '../../core/decimal.ts';
import type { Credentials } from '../exchange/account.ts';
import { judgeRequestLifetime, type RequestLifetimePolicy } from '../exchange/policy.ts';
import { valueText } from '../wire/request-fields.ts';
import { signatureMatches } from '../wire/signatures.ts';
import {
  illegalCharacters,
  mandatoryMissing,
  recvWindowTooLarge,
  timestampAhead,
  timestampOutsideWindow,
} from './errors.ts';

/** From here on a timestamp can only mean microseconds (in milliseconds it would be the year 5138). */
const MICROSECOND_TIMESTAMPS_FROM = 100_000_000_000_000;

/** `text` without its `signature` pair, wherever that stands; the other pairs keep their bytes and order. */
function withoutSignature(text: string): string {
  return text
    .split('&')
    .filter((pair) => pair !== 'signature' && !pair.startsWith('signature='))
    .join('&');
}

/**
 * The bytes that a REST request's signature covers: query string and body as sent, concatenated
 * without a separator, less the `signature` pair itself.
 */
export function signaturePayload(queryString: string, body: string): string {
  return withoutSignature(queryString) + withoutSignature(body);
}

/** The bytes that a WebSocket API signature covers: all params but `signature`, sorted by name. */
export function socketSignaturePayload(params: Readonly<Record<string, unknown>>): string {
  return Object.keys(params)
    .filter((name) => name !== 'signature')
    .sort((left, right) => (left < right ? -1 : left > right ? 1 : 0))
    .map((name) => `${name}=${valueText(params[name])}`)
    .join('&');
}

export type KeyType = 'HMAC_SHA256' | 'RSA' | 'ED25519';

/** The kind of a key, by its public half where it has one. */
export function keyTypeOf({ publicKey }: Credentials): KeyType {
  return publicKey !== undefined && createPublicKey(publicKey).asymmetricKeyType === 'ed25519'
    ? 'ED25519'
    : publicKey === undefined
      ? 'HMAC_SHA256'
      : 'RSA';
}

/** Why the text is not a public key that the venue takes; null: it is one (Ed25519, or RSA of 2048 or 4096 bits). */
export function publicKeyFault(pem: string): string | null {
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    return 'must be a public key as PEM';
  }
  if (pem.includes('PRIVATE KEY')) return 'must be the public half, not the private one';
  if (key.asymmetricKeyType === 'ed25519') return null;
  const bits = key.asymmetricKeyDetails?.modulusLength;
  return key.asymmetricKeyType === 'rsa' && (bits === 2048 || bits === 4096)
    ? null
    : 'must be Ed25519, or RSA of 2048 or 4096 bits';
}

/** HMAC signatures are hexadecimal of any letter case. Source: faqs/api_key_types.md. */
export function isSignedBy(credentials: Credentials, payload: string, signature: string): boolean {
  const given = credentials.publicKey === undefined ? signature.toLowerCase() : signature;
  return signatureMatches(payload, credentials, given);
}

/**
 * Accepts a request only when `timestamp < now + 1 s` and `now - timestamp <= recvWindow`, in the figures of the policy.
 * `serverTimeMs` is the venue's clock. Throws the venue's refusal.
 */
export function checkTiming(
  timestampText: string | undefined,
  recvWindowText: string | undefined,
  serverTimeMs: number,
  policy: RequestLifetimePolicy,
): void {
  const lifetimeMs = readRecvWindow(recvWindowText);
  if (timestampText === undefined || timestampText === '') throw mandatoryMissing('timestamp');
  if (!/^[0-9]{1,20}$/.test(timestampText)) throw illegalCharacters('timestamp', '^[0-9]{1,20}$');
  const timestamp = Number(timestampText);
  const timestampMs = timestamp >= MICROSECOND_TIMESTAMPS_FROM ? timestamp / 1000 : timestamp;
  switch (judgeRequestLifetime(policy, { timestampMs, lifetimeMs, nowMs: serverTimeMs })) {
    case 'in_time':
      return;
    case 'ahead_of_clock':
      throw timestampAhead();
    case 'expired':
      throw timestampOutsideWindow();
    case 'lifetime_too_long':
      throw recvWindowTooLarge();
  }
}

/** Null when the request does not say. */
function readRecvWindow(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  const window = /^[0-9]{1,20}(\.[0-9]{1,3})?$/.test(text) ? Decimal.tryParse(text) : 'not_a_number';
  if (typeof window === 'string') throw illegalCharacters('recvWindow', '^([0-9]{1,20})(\\.[0-9]{1,3})?$');
  return window.toApproximateNumber();
}
