/**
 * Signatures of KuCoin's API. Source: "Authentication" of the documentation (www.kucoin.com/docs-new/authentication).
 *
 * Entry points: `signedText`, `passphraseMatches`. HMAC-SHA256 in base64; a passphrase is sent as its own HMAC with the secret.
 */
import type { Credentials } from '../exchange/account.ts';
import { signatureMatches } from '../wire/signatures.ts';

/** The signed text of a request: `target` is the path with its query. */
export function signedText(timestamp: string, method: string, target: string, body: string): string {
  return `${timestamp}${method}${target}${body}`;
}

/** Whether the header has the passphrase of the account as keys of version 2 and 3 send it. */
export function passphraseMatches(credentials: Credentials, sent: string): boolean {
  return signatureMatches(credentials.passphrase ?? '', credentials, sent, 'base64');
}
