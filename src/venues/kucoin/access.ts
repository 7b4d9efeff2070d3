/**
 * The parts that all accounts at KuCoin share, with the address's rate allowance and the way to its WebSockets.
 *
 * Entry point: `openKucoinAccess`. Public requests are counted per IP address, those of both products together; the others per account.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import { openAccess } from '../access.ts';
import type { AccessOptions, VenueAccess } from '../access.ts';
import type { AllPrices } from '../all-prices.ts';
import { inquire } from '../key-inquiry.ts';
import type { MarketStream } from '../market-stream.ts';
import { RateStop, RateWindow } from '../rate-budget.ts';
import { CLASSIFIERS } from './classify.ts';
import { ADDRESSES, POOL_LIMITS, POOL_MS, SPOT, SWAP } from './endpoints.ts';
import type { StreamName } from './endpoints.ts';
import { timeFrom } from './requests.ts';
import { addressFrom, marketProtocol } from './streams.ts';
import type { MarketTopics } from './streams.ts';

export interface KucoinAccess extends VenueAccess<StreamName> {
  /** The pool of public requests. */
  readonly publicPool: RateWindow;
  /** The venue's "stop". */
  readonly stop: RateStop;
  readonly prices: Readonly<Record<InstrumentKind, AllPrices>>;
  /** Where streams go instead of the addresses that tokens come with; null: nowhere else. */
  readonly streamOrigin: string | null;
  /** The one market-data connection of some topics. */
  marketStream(topics: MarketTopics): MarketStream;
}

export function openKucoinAccess(options: AccessOptions): KucoinAccess {
  const access = openAccess(ADDRESSES, options);
  const { clock, markets, marketStreams } = access;
  const publicPool = new RateWindow('public', POOL_LIMITS.public, POOL_MS, () => clock.now(), 'rolling');
  const streamOrigin = options.endpoints.ws;
  /** Asked anew for each connection, without keys and apart from every account: the connection outlives the account that wanted it first. */
  const publicAddress = async (kind: InstrumentKind): Promise<string> => {
    const { time, publicToken } = kind === 'spot' ? SPOT : SWAP;
    const answer = await inquire(
      {
        venue: 'kucoin',
        addresses: ADDRESSES,
        classify: (raw) => CLASSIFIERS[kind].read(raw),
        timeEndpoint: time,
        readTime: timeFrom,
      },
      publicToken,
      (data) => addressFrom(data, streamOrigin),
      { ...options, credentials: { apiKey: '', secret: '' } },
    );
    if (answer.kind === 'failed') throw new Error(`no token for a public stream: ${answer.detail}`);
    return answer.value;
  };
  return {
    ...access,
    publicPool,
    stop: new RateStop(),
    prices: { spot: access.allPrices(publicPool), linear_swap: access.allPrices(publicPool) },
    streamOrigin,
    marketStream: (topics) =>
      marketStreams.get(topics, () =>
        marketProtocol(
          topics,
          async () => publicAddress(topics === 'spot tickers' ? 'spot' : 'linear_swap'),
          (symbol) => markets.byVenueSymbol('linear_swap', symbol),
        ),
      ),
  };
}
