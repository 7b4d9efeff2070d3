/**
 * Signatures of HTX's two APIs. Source: "Authentication" of the spot and of the USDT-margined documentation, which have the same rules
 * for requests, and of their WebSocket pages.
 *
 * Entry points: `signedText`, `sortedPairs`, `signedHosts`, `timeOf`, `timeText`. HMAC-SHA256 or Ed25519 in base64 over method, host, path and the
 * parameters of the query sorted by their names; a body is not signed.
 */
import { createPublicKey } from 'node:crypto';

/** Addresses of production, for clients whose requests are led here: they sign over the host that they know. */
const HOSTS: readonly string[] = [
  'api.huobi.pro',
  'api-aws.huobi.pro',
  'api.htx.com',
  'api.hbdm.com',
  'api.hbdm.vn',
  'api.btcgateway.pro',
];

/** The hosts that a client may have signed over: the one that it asked, with or without its port, and those of production. */
export function signedHosts(asked: string | undefined): readonly string[] {
  const host = asked ?? '';
  return [host, host.replace(/:\d+$/, ''), ...HOSTS];
}

/** `pairs` are percent-encoded and sorted. */
export function signedText(method: string, host: string, path: string, pairs: readonly string[]): string {
  return [method, host.toLowerCase(), path, pairs.join('&')].join('\n');
}

/** The pairs of a query string, sorted by name in ASCII order, their escapes in upper case; the signature is left out. */
export function sortedPairs(query: string): readonly string[] {
  return query
    .split('&')
    .filter((pair) => pair !== '' && !pair.startsWith('Signature='))
    .map((pair) => pair.replaceAll(/%[0-9a-f]{2}/gi, (escape) => escape.toUpperCase()))
    .toSorted((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1));
}

function nameOf(pair: string): string {
  return pair.split('=', 1)[0] ?? '';
}

/** Pairs of an object, encoded and sorted. */
export function pairsOf(fields: Readonly<Record<string, string>>): readonly string[] {
  return sortedPairs(
    Object.entries(fields)
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join('&'),
  );
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/;

/** `YYYY-MM-DDThh:mm:ss` in UTC, without a zone; null for anything else. */
export function timeOf(text: string): number | null {
  const at = TIME.test(text) ? Date.parse(`${text}Z`) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

export function timeText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19);
}

/** Why a PEM is no public key that the venue takes; null: it is one. */
export function publicKeyFault(pem: string): string | null {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'ed25519'
      ? null
      : `is a ${key.asymmetricKeyType ?? 'strange'} key: the venue takes Ed25519`;
  } catch {
    return 'is no public key';
  }
}
