/**
 * HTX's refusals and the four forms in which they are answered, all with HTTP 200 but those of the rate limit.
 *
 * Entry points: `HtxRefusal`, `spotText`, `versionTwoText`, `contractText`, `contractDataText`, `faultRefusal`. Source: the examples of "Error Code" in the spot
 * documentation (`err-code`, `err-msg`), of its v2 endpoints (`code`, `message`) and of v5 (`code`, `message`, or `msg` for what is
 * refused before the endpoint); the texts of refused signatures are those that its clients' trackers quote (ccxt #25931,
 * HuobiRDCenter/huobi_Java #71, htx-api).
 */
import type { RefusingFault } from '../wire/wire.ts';

export class HtxRefusal extends Error {
  /** Words with hyphens on spot, digits elsewhere. */
  readonly code: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: string,
    text: string,
    extra: { readonly status?: number; readonly headers?: Record<string, string> } = {},
  ) {
    super(text);
    this.name = 'HtxRefusal';
    this.code = code;
    this.status = extra.status ?? 200;
    this.headers = extra.headers ?? {};
  }
}

/** Refusals that come before an endpoint is looked at: their words are those of the API that is asked. */
export type Unproven = 'key' | 'signature' | 'time' | 'permission' | 'method';

const SIGNATURE_TEXTS: Readonly<Record<Unproven, string>> = {
  key: 'Incorrect Access key [Access key错误]',
  signature: 'Verification failure [校验失败]',
  time: 'Invalid submission time or incorrect time format [无效的提交时间，或时间格式错误]',
  permission: 'API key has no permission [API Key没有权限]',
  method: 'Incorrect signature method [错误的签名方法]',
};

/** A request that proves nothing of its sender. */
export class UnprovenRequest extends Error {
  readonly why: Unproven;

  constructor(why: Unproven) {
    super(SIGNATURE_TEXTS[why]);
    this.name = 'UnprovenRequest';
    this.why = why;
  }
}

/** A refusal in the words of one form of answer. */
export interface Refused {
  readonly code: string;
  readonly text: string;
}

/** `{"status":"error","err-code":...}`: v1 of spot and its public data. */
export function spotText({ code, text }: Refused): string {
  return JSON.stringify({ status: 'error', 'err-code': code, 'err-msg': text, data: null });
}

/** `{"code":2002,"message":...}`: v2 of spot. */
export function versionTwoText({ code, text }: Refused): string {
  return JSON.stringify({ code: codeOf(code), message: text });
}

/** `{"code":1017,"message":...}`: v5 of contracts; `isEarly` before an endpoint is looked at, where the text is `msg`. */
export function contractText({ code, text }: Refused, clockMs: number, isEarly: boolean): string {
  return JSON.stringify({
    code: codeOf(code),
    [isEarly ? 'msg' : 'message']: text,
    data: null,
    ts: clockMs,
  });
}

/** `{"status":"error","err_code":1014,...}`: public data of contracts. */
export function contractDataText({ code, text }: Refused, clockMs: number): string {
  return JSON.stringify({ status: 'error', err_code: codeOf(code), err_msg: text, ts: clockMs });
}

function codeOf(code: string): number | string {
  return /^\d+$/.test(code) ? Number(code) : code;
}

/** A fault in the words of spot and of contracts. */
export function faultRefusal({ kind, status, words }: RefusingFault, isSpot: boolean): HtxRefusal {
  if (words !== null) return new HtxRefusal(String(words.code), words.message, { status });
  switch (kind) {
    case 'http_error':
    case 'http_error_after':
      if (isSpot)
        return status === 504
          ? new HtxRefusal('timeout', 'Request Timeout', { status })
          : new HtxRefusal('gateway-internal-error', 'Failed to load data. Try again later.', { status });
      return new HtxRefusal('1004', 'System busy. Please try again later.', { status });
    case 'rate_limit':
      return isSpot
        ? new HtxRefusal('rate-too-many-requests', 'exceeded rate limit', { status })
        : new HtxRefusal('1032', 'The number of access exceeded the limit.', { status });
    case 'maintenance':
      return isSpot
        ? new HtxRefusal('system-maintenance', 'System is in maintenance!', { status })
        : new HtxRefusal('1431', 'The system is in maintenance.', { status });
  }
}
