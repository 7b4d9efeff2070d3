/**
 * KuCoin's refusals: the code and text, and the HTTP status, which is 200 for those of orders.
 *
 * Entry points: `KucoinRefusal`, one function per refusal that both products have, `faultRefusal`. Sources: "Error Code" of the
 * documentation (www.kucoin.com/docs-new/error-code), "Errors" of the futures documentation (docs.kucoin.com/futures). The refusals of
 * orders stand in the folder of each product.
 */
import type { RefusingFault } from '../wire/wire.ts';

export class KucoinRefusal extends Error {
  /** Digits; a text, as the venue writes it. */
  readonly code: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: string, text: string, status = 200, headers: Readonly<Record<string, string>> = {}) {
    super(text);
    this.name = 'KucoinRefusal';
    this.code = code;
    this.status = status;
    this.headers = headers;
  }
}

/** A parameter is missing, malformed or out of its range. */
export const parameterError = (text: string): KucoinRefusal => new KucoinRefusal('400100', text);

export const missing = (name: string): KucoinRefusal => parameterError(`${name} is required`);

export const malformed = (name: string): KucoinRefusal => parameterError(`${name} not in the given range!`);

export const accessDenied = (): KucoinRefusal =>
  new KucoinRefusal('400007', 'Access denied, requires more permission.', 403);

export const notFound = (): KucoinRefusal => new KucoinRefusal('404000', 'Url Not Found', 404);

export const unsupportedMediaType = (): KucoinRefusal =>
  new KucoinRefusal('415000', 'Unsupported Media Type', 415);

export const tooManyRequests = (headers: Readonly<Record<string, string>>): KucoinRefusal =>
  new KucoinRefusal(
    '429000',
    'Too many requests in a short period of time, please retry later',
    429,
    headers,
  );

/** A fault in the venue's own words. */
export function faultRefusal({ kind, status, words }: RefusingFault): KucoinRefusal {
  if (words !== null) return new KucoinRefusal(String(words.code), words.message, status);
  switch (kind) {
    case 'http_error':
    case 'http_error_after':
      return status === 429
        ? new KucoinRefusal('429000', 'Too Many Requests', status)
        : new KucoinRefusal('500000', 'Internal Server Error', status);
    case 'rate_limit':
      return new KucoinRefusal('429000', tooManyRequests({}).message, status);
    case 'maintenance':
      return new KucoinRefusal('230005', 'System busy, please try again later', status);
  }
}
