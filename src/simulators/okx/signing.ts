/**
 * Signatures of OKX's v5 API. Source: "Signature" (requests) and "Login" (WebSocket) of the v5 documentation.
 *
 * Entry points: `signedText`, `loginText`. HMAC-SHA256 in base64.
 */

/** The signed text of a request: `target` is the path with its query, as sent. */
export function signedText(timestamp: string, method: string, target: string, body: string): string {
  return `${timestamp}${method}${target}${body}`;
}

/** The signed text of a login, whose `timestamp` is in seconds. */
export function loginText(timestamp: string): string {
  return `${timestamp}GET/users/self/verify`;
}
