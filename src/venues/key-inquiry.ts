/**
 * Asks a venue about keys before they are kept: each question once, signed on the venue's clock, without a gateway.
 *
 * Entry point: `inquire`.
 */
import type { AccountMode, Venue } from '../core/ids.ts';
import type { JsonValue } from '../core/json.ts';
import { addressesFor } from './addresses.ts';
import type { AddressTable } from './addresses.ts';
import { VenueCalls } from './ccxt/call.ts';
import type { RawAnswer } from './ccxt/dispatcher.ts';
import type { NamedEndpoint, Parameters } from './ccxt/exchange.ts';
import { DEFAULT_TIMEOUTS } from './connection.ts';
import type { GatewayOptions } from './connection.ts';
import type { ReadAnswer } from './gateway.ts';
import { readAnswer } from './read-answer.ts';
import type { ClassifiedRead } from './read-answer.ts';
import { ReadFailure } from './read-retry.ts';
import { SYSTEM_PLATFORM } from './system-platform.ts';
import { VenueClock } from './venue-clock.ts';

/** The options that an inquiry needs. */
export type KeyOptions = Pick<GatewayOptions, 'mode' | 'credentials' | 'endpoints' | 'timeouts' | 'platform'>;

/** How one venue is asked. */
export interface Inquiry {
  readonly venue: Venue;
  readonly addresses: AddressTable<string>;
  readonly classify: (answer: RawAnswer) => ClassifiedRead;
  readonly timeEndpoint: NamedEndpoint;
  readonly readTime: (body: JsonValue) => number;
  /** Headers of every request in this mode. */
  readonly headers?: (mode: AccountMode) => Readonly<Record<string, string>>;
}

/** Asks once more, for what the first answer names. */
export type AskFurther = (endpoint: NamedEndpoint, parameters: Parameters) => Promise<JsonValue>;

/** The answer to `endpoint`, as `read` reads it; a failure carries the venue's words. */
export async function inquire<Value>(
  inquiry: Inquiry,
  endpoint: NamedEndpoint,
  read: (body: JsonValue, ask: AskFurther) => Value | Promise<Value>,
  options: KeyOptions,
): Promise<ReadAnswer<Value>> {
  const { connectMs, readAttemptMs } = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const platform = options.platform ?? SYSTEM_PLATFORM;
  const clock = new VenueClock(platform.scheduler);
  const headers = inquiry.headers?.(options.mode) ?? {};
  const calls = await VenueCalls.open({
    venue: inquiry.venue,
    platform,
    credentials: options.credentials,
    venueNow: () => clock.now(),
    origins: addressesFor(inquiry.addresses, options.mode, options.endpoints).origins,
    keepAliveMs: 1_000,
    connectTimeoutMs: connectMs,
  });
  const ask = async (asked: NamedEndpoint, parameters: Parameters = {}): Promise<JsonValue> => {
    const result = await calls.call(asked, parameters, {
      timeoutMs: readAttemptMs,
      signedAt: null,
      expiresAt: null,
      extras: { headers },
    });
    if (result.kind !== 'answered') throw new ReadFailure(result.detail, 'unreachable');
    return bodyOf(inquiry.classify(result.answer));
  };
  try {
    return await readAnswer(clock, async () => {
      await measure(clock, async () => inquiry.readTime(await ask(inquiry.timeEndpoint)));
      return await read(await ask(endpoint), ask);
    });
  } finally {
    await calls.close();
  }
}

/** Our own time stands in where the venue's cannot be read. */
async function measure(clock: VenueClock, readTime: () => Promise<number>): Promise<void> {
  const sentAtMs = clock.local.monotonic();
  try {
    const venueTime = await readTime();
    clock.record(sentAtMs, clock.local.monotonic(), venueTime);
  } catch (error) {
    if (!(error instanceof ReadFailure)) throw error;
  }
}

function bodyOf(classified: ClassifiedRead): JsonValue {
  switch (classified.kind) {
    case 'ok':
      return classified.body;
    case 'no_such_order':
      throw new ReadFailure('an answer to another question', 'unreachable');
    case 'refused':
      throw new ReadFailure(classified.detail, 'refused');
    case 'retryable':
      throw new ReadFailure(classified.detail, 'unreachable');
  }
}
