/**
 * Signatures of Bitget's API. Source: "Signature" (requests) and "Login" (WebSocket) of the quick start.
 *
 * Entry points: `signedText`, `loginText`. HMAC-SHA256 in base64.
 */

/** The signed text of a request: `query` without its question mark, empty where there is none. */
export function signedText(
  timestamp: string,
  method: string,
  path: string,
  query: string,
  body: string,
): string {
  return `${timestamp}${method}${path}${query === '' ? '' : `?${query}`}${body}`;
}

/** The signed text of a login. */
export function loginText(timestamp: string): string {
  return `${timestamp}GET/user/verify`;
}
