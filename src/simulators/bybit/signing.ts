/**
 * Signatures of Bybit's v5 API. Source: "Integration Guidance" (requests) and "Connect" (streams) of the v5 documentation.
 *
 * Entry points: `signedText`, `streamText`, `signatureMatches`, `sign`, `publicKeyFault`. HMAC-SHA256 in lower-case hexadecimal, or
 * RSA-SHA256 in base64 for keys whose private half the venue never saw.
 */
import { createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import type { Credentials } from '../exchange/account.ts';

/** The signed text of a request: `payload` is the query string as sent, or the JSON body as sent. */
export function signedText(timestamp: string, key: string, receiveWindow: string, payload: string): string {
  return `${timestamp}${key}${receiveWindow}${payload}`;
}

/** The signed text of a stream's login, which is valid until `expires`. */
export function streamText(expires: string): string {
  return `GET/realtime${expires}`;
}

export function sign(text: string, secret: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}

export function signatureMatches(text: string, credentials: Credentials, signature: string): boolean {
  const { secret, publicKey } = credentials;
  if (publicKey !== undefined)
    return verify('sha256', Buffer.from(text), createPublicKey(publicKey), Buffer.from(signature, 'base64'));
  const expected = Buffer.from(sign(text, secret));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Why a PEM is no public key that the venue takes; null: it is one. "RSA encryption" is the only kind beside its own keys. */
export function publicKeyFault(pem: string): string | null {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'rsa'
      ? null
      : `is a ${key.asymmetricKeyType ?? 'strange'} key: the venue takes RSA`;
  } catch {
    return 'is no public key';
  }
}
