/**
 * Histories that USD-M futures prepare as files: an id first, its state later. No file is ever made here, so that every one
 * stays in preparation; the same rows can be had from `/fapi/v1/income`, `/allOrders` and `/userTrades`.
 *
 * Entry point: `downloadEndpoints`. Ids end with the process. Source: "Get Download Id For Futures Transaction History" and its
 * neighbours in the USD-M futures documentation.
 */
import { type AccountCall, type Endpoint, signedEndpoint } from '../authentication.ts';
import { invalidParameter } from '../errors.ts';

const KINDS = ['income', 'order', 'trade'] as const;
const LONGEST_MS = 366 * 24 * 3_600_000;
const ASKING_WEIGHT = 1000;
const LOOK_UP_WEIGHT = 10;

export function downloadEndpoints(): Endpoint[] {
  return KINDS.flatMap((kind) => {
    const known = new Set<string>();
    const path = `/fapi/v1/${kind}/asyn`;
    return [
      signedEndpoint(path, 'other', ASKING_WEIGHT, (call) => {
        const startMs = call.parameters.requiredInteger('startTime');
        const endMs = call.parameters.requiredInteger('endTime');
        if (endMs < startMs || endMs - startMs > LONGEST_MS) throw invalidParameter('endTime');
        const downloadId = String(BigInt(call.at) * 1_000_000n + BigInt(known.size + 1));
        known.add(keyOf(call, downloadId));
        return { avgCostTimestampOfLast30d: 0, downloadId };
      }),
      signedEndpoint(`${path}/id`, 'other', LOOK_UP_WEIGHT, (call) => {
        const downloadId = call.parameters.required('downloadId');
        if (!known.has(keyOf(call, downloadId))) throw invalidParameter('downloadId');
        return {
          downloadId,
          status: 'processing',
          url: '',
          notified: false,
          expirationTimestamp: -1,
          isExpired: null,
        };
      }),
    ];
  });
}

function keyOf({ accountId }: AccountCall, downloadId: string): string {
  return `${accountId} ${downloadId}`;
}
