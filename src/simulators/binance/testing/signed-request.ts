/** Requests by hand, for the tests of this folder that look at status, code and text. */
import { hmac } from '../../wire/signatures.ts';

export type Answer = {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
};

export type Signer = {
  readonly restUrl: string;
  readonly key: string;
  readonly secret: string;
  /** Default: now. */
  readonly timestamp?: number;
};

/** The parameters with a timestamp and their signature, as a query string. */
export function signedQuery(
  { secret, timestamp }: Pick<Signer, 'secret' | 'timestamp'>,
  params: Record<string, string>,
): string {
  const payload = new URLSearchParams({ ...params, timestamp: String(timestamp ?? Date.now()) }).toString();
  return `${payload}&signature=${hmac(payload, secret)}`;
}

export async function signedRequest(
  signer: Signer,
  method: string,
  path: string,
  params: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(`${signer.restUrl}${path}?${signedQuery(signer, params)}`, {
    method,
    headers: { 'X-MBX-APIKEY': signer.key },
  });
  const body = (await answer.json()) as Record<string, unknown>;
  return { status: answer.status, body, headers: answer.headers };
}
