/**
 * Signatures of Bybit's v5 API. Source: "Integration Guidance" (requests) and "Connect" (streams) of the v5 documentation.
 *
 * Entry points: `signedText`, `streamText`, `publicKeyFault`. HMAC-SHA256 in lower-case hexadecimal, or RSA-SHA256 in base64 for keys
 * whose private half the venue never saw.
 */
import { createPublicKey } from 'node:crypto';

/** The signed text of a request: `payload` is the query string as sent, or the JSON body as sent. */
export function signedText(timestamp: string, key: string, receiveWindow: string, payload: string): string {
  return `${timestamp}${key}${receiveWindow}${payload}`;
}

/** The signed text of a stream's login, which is valid until `expires`. */
export function streamText(expires: string): string {
  return `GET/realtime${expires}`;
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
