/**
 * The environment variables that the service is started with, read once.
 *
 * Entry points: `parseEnvironment`, `EnvironmentInvalid`, `ENVIRONMENT_VARIABLES`.
 *
 * Invariants:
 *  1. A pure function of the record it is given: no file, no clock, no other variable.
 *  2. Any fault stops the start, and names its variable and the reason; a value is never shown, since it may be a secret.
 *  3. Nothing falls through to real money: without `EXCHANGE_SANDBOX=false` the first account is a sandbox account.
 */
import { z } from 'zod';
import { Decimal } from '../core/decimal.ts';
import { asset, VENUES, type AccountMode, type Asset, type Venue } from '../core/ids.ts';

/** Keys of the account that `EXCHANGE` and its companions describe. */
export interface SeedAccount {
  readonly exchange: Venue;
  readonly mode: Extract<AccountMode, 'testnet' | 'live'>;
  readonly apiKey: string;
  readonly secret: string;
  readonly passphrase: string | null;
}

export interface Environment {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  /** Null starts the embedded PostgreSQL. */
  readonly databaseUrl: string | null;
  readonly adminToken: string | null;
  /** 32 bytes; null takes the key file in `dataDir`. */
  readonly masterKey: Buffer | null;
  /** The currency of limits and results of portfolios that have no account yet. */
  readonly baseCurrency: Asset;
  /** Control API of a running simulator; null starts one as a child process. */
  readonly simulatorUrl: string | null;
  /** Where the prices of that child process come from, as its option `--market` says it; null: from its own market. */
  readonly paperMarket: string | null;
  readonly seedAccount: SeedAccount | null;
  /** Quote units per instrument; null leaves the stored or default limit. */
  readonly maxPositionSize: Decimal | null;
  /** Quote units, as a positive figure; null leaves the stored or default limit. */
  readonly maxDailyLoss: Decimal | null;
  readonly riskCheckEnabled: boolean;
  /** The second flag: live accounts may trade although the risk check is off. */
  readonly liveWithoutRiskCheck: boolean;
  readonly logLevel: LogLevel;
  /** `auto` is readable on a terminal and JSON elsewhere. */
  readonly logFormat: LogFormat;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
const LOG_FORMATS = ['auto', 'readable', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** The facts about the venues that the check needs. */
export interface VenueFacts {
  readonly hasSandbox: (venue: Venue) => boolean;
  readonly needsPassphrase: (venue: Venue) => boolean;
}

export interface EnvironmentFault {
  readonly variable: string;
  readonly reason: string;
}

/** The service cannot start with these variables. The message has one line for each fault. */
export class EnvironmentInvalid extends Error {
  override readonly name = 'EnvironmentInvalid';
  readonly faults: readonly EnvironmentFault[];

  constructor(faults: readonly EnvironmentFault[]) {
    super(faults.map(({ variable, reason }) => `${variable}: ${reason}`).join('\n'));
    this.faults = faults;
  }
}

const MASTER_KEY_BYTES = 32;

/** The other name that the exchange is known by. */
const ALIASES: ReadonlyMap<string, Venue> = new Map([['huobi', 'htx']]);

/** Reads a venue's name in any case, `huobi` too; undefined for what is none. */
export function venueNamed(text: string): Venue | undefined {
  const name = text.toLowerCase();
  return VENUES.find((venue) => venue === name) ?? ALIASES.get(name);
}

const flag = (otherwise: boolean) =>
  z
    .string()
    .toLowerCase()
    .transform((text, context) => {
      if (['true', '1', 'yes', 'on'].includes(text)) return true;
      if (['false', '0', 'no', 'off'].includes(text)) return false;
      context.addIssue({ code: 'custom', message: 'must be true or false' });
      return z.NEVER;
    })
    .default(otherwise);

const amount = z
  .string()
  .transform((text, context) => {
    const value = Decimal.tryParse(text);
    if (typeof value !== 'string' && value.isPositive()) return value;
    context.addIssue({ code: 'custom', message: 'must be a number above zero, such as 25000' });
    return z.NEVER;
  })
  .optional();

const SCHEMA = z.object({
  PORT: z
    .string()
    .transform((text, context) => {
      const port = Number(text);
      if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
      context.addIssue({ code: 'custom', message: 'must be a whole number from 0 to 65535' });
      return z.NEVER;
    })
    .default(8001),
  HOST: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]+$/, 'must be a host name or an address, such as 127.0.0.1')
    .default('127.0.0.1'),
  DATA_DIR: z
    .string()
    .refine((text) => !text.includes('\0'), 'must not contain NUL')
    .default('./data'),
  DATABASE_URL: z
    .string()
    .refine(
      (text) => ['postgres:', 'postgresql:'].includes(URL.parse(text)?.protocol ?? ''),
      'must be a URL such as postgresql://user@host:5432/name',
    )
    .optional(),
  PLIMSOLL_ADMIN_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{8,256}$/, 'must be 8 to 256 printable characters without spaces')
    .optional(),
  PLIMSOLL_BASE_CURRENCY: z
    .string()
    .regex(/^[A-Z0-9]{2,20}$/, 'must be a currency in capitals, such as USDT')
    .default('USDT'),
  PLIMSOLL_MASTER_KEY: z
    .string()
    .transform((text, context) => {
      const key = decodeMasterKey(text);
      if (key !== null) return key;
      context.addIssue({ code: 'custom', message: 'must be 32 bytes, as 64 hex digits or as base64' });
      return z.NEVER;
    })
    .optional(),
  PLIMSOLL_PAPER_MARKET: z
    .string()
    .regex(
      /^(?:mirror(?::[^,\s]+(?:,[^,\s]+)*)?|record:.+)$/,
      'must be mirror, mirror:SYMBOL,SYMBOL, record:FILE or record:SYMBOL=FILE',
    )
    .optional(),
  PLIMSOLL_SIMULATOR_URL: z
    .string()
    .refine(
      (text) => ['http:', 'https:'].includes(URL.parse(text)?.protocol ?? ''),
      'must be a URL such as http://127.0.0.1:9100',
    )
    .transform((text) => text.replace(/\/+$/, ''))
    .optional(),
  EXCHANGE: z
    .string()
    .transform((text, context) => {
      const venue = venueNamed(text);
      if (venue !== undefined) return venue;
      context.addIssue({ code: 'custom', message: `must be one of ${VENUES.join(', ')}` });
      return z.NEVER;
    })
    .optional(),
  EXCHANGE_API_KEY: z.string().optional(),
  EXCHANGE_API_SECRET: z.string().optional(),
  EXCHANGE_API_PASSPHRASE: z.string().optional(),
  EXCHANGE_SANDBOX: flag(true),
  MAX_POSITION_SIZE: amount,
  MAX_DAILY_LOSS: amount,
  RISK_CHECK_ENABLED: flag(true),
  PLIMSOLL_LIVE_WITHOUT_RISK_CHECK: flag(false),
  LOG_LEVEL: z
    .string()
    .toLowerCase()
    .pipe(z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }))
    .default('info'),
  LOG_FORMAT: z
    .string()
    .toLowerCase()
    .pipe(z.enum(LOG_FORMATS, { error: `must be one of ${LOG_FORMATS.join(', ')}` }))
    .default('auto'),
});

type Values = z.output<typeof SCHEMA>;

export type EnvironmentVariable = keyof typeof SCHEMA.shape;

/** Every variable that is read, and no other is. */
export const ENVIRONMENT_VARIABLES: readonly EnvironmentVariable[] = SCHEMA.keyof().options;

/** Reads the variables; an empty one counts as not set. Throws `EnvironmentInvalid`. */
export function parseEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
  venues: VenueFacts,
): Environment {
  const given: Record<string, string> = {};
  for (const name of Object.keys(SCHEMA.shape)) {
    const text = variables[name]?.trim();
    if (text !== undefined && text !== '') given[name] = text;
  }
  const parsed = SCHEMA.safeParse(given);
  if (!parsed.success) {
    throw new EnvironmentInvalid(
      parsed.error.issues.map((issue) => ({ variable: String(issue.path[0]), reason: issue.message })),
    );
  }
  const values = parsed.data;
  const faults: EnvironmentFault[] = [];
  const seedAccount = readSeedAccount(values, venues, faults);
  if (
    seedAccount?.mode === 'live' &&
    !values.RISK_CHECK_ENABLED &&
    !values.PLIMSOLL_LIVE_WITHOUT_RISK_CHECK
  ) {
    faults.push(LIVE_NEEDS_RISK_CHECK);
  }
  if (faults.length > 0) throw new EnvironmentInvalid(faults);
  return {
    port: values.PORT,
    host: values.HOST,
    dataDir: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL ?? null,
    adminToken: values.PLIMSOLL_ADMIN_TOKEN ?? null,
    masterKey: values.PLIMSOLL_MASTER_KEY ?? null,
    baseCurrency: asset(values.PLIMSOLL_BASE_CURRENCY),
    simulatorUrl: values.PLIMSOLL_SIMULATOR_URL ?? null,
    paperMarket: values.PLIMSOLL_PAPER_MARKET ?? null,
    seedAccount,
    maxPositionSize: values.MAX_POSITION_SIZE ?? null,
    maxDailyLoss: values.MAX_DAILY_LOSS ?? null,
    riskCheckEnabled: values.RISK_CHECK_ENABLED,
    liveWithoutRiskCheck: values.PLIMSOLL_LIVE_WITHOUT_RISK_CHECK,
    logLevel: values.LOG_LEVEL,
    logFormat: values.LOG_FORMAT,
  };
}

/** The fault of the environment's own account, and of live accounts that were stored before. */
export const LIVE_NEEDS_RISK_CHECK: EnvironmentFault = {
  variable: 'RISK_CHECK_ENABLED',
  reason:
    'may not be false while there is a live account; set PLIMSOLL_LIVE_WITHOUT_RISK_CHECK=true as well if you mean it',
};

function readSeedAccount(values: Values, venues: VenueFacts, faults: EnvironmentFault[]): SeedAccount | null {
  const { EXCHANGE: exchange, EXCHANGE_API_KEY: apiKey, EXCHANGE_API_SECRET: secret } = values;
  const passphrase = values.EXCHANGE_API_PASSPHRASE ?? null;
  if (apiKey === undefined && secret === undefined && passphrase === null) return null;
  if (exchange === undefined)
    faults.push({ variable: 'EXCHANGE', reason: 'must name the exchange that the keys belong to' });
  if (apiKey === undefined)
    faults.push({
      variable: 'EXCHANGE_API_KEY',
      reason: 'is missing while other EXCHANGE_API_ variables are set',
    });
  if (secret === undefined)
    faults.push({
      variable: 'EXCHANGE_API_SECRET',
      reason: 'is missing while other EXCHANGE_API_ variables are set',
    });
  if (exchange === undefined || apiKey === undefined || secret === undefined) return null;
  if (passphrase === null && venues.needsPassphrase(exchange))
    faults.push({ variable: 'EXCHANGE_API_PASSPHRASE', reason: `is required by ${exchange}` });
  if (values.EXCHANGE_SANDBOX && !venues.hasSandbox(exchange)) {
    faults.push({
      variable: 'EXCHANGE_SANDBOX',
      reason: `${exchange} has no sandbox; set it to false to trade with real money, or leave out the keys to trade on paper`,
    });
  }
  return { exchange, mode: values.EXCHANGE_SANDBOX ? 'testnet' : 'live', apiKey, secret, passphrase };
}

/** 64 hex digits, or base64 (either alphabet) of 32 bytes; null for anything else. */
function decodeMasterKey(text: string): Buffer | null {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return null;
  const key = Buffer.from(text, 'base64');
  return key.length === MASTER_KEY_BYTES ? key : null;
}
