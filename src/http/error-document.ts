/**
 * The document on errors: docs/errors.md and the page `/docs/errors`, both made from the table of problems.
 *
 * Entry points: `errorDocumentMarkdown`, `errorDocumentPage`.
 *
 * Invariants:
 *  1. Both have every code of `PROBLEMS` once, at the anchor that `problemType` refers to, and every code of `ORDER_REASONS` once.
 *  2. Functions of the tables alone: `npm run docs:errors` writes the same bytes each time.
 */
import { FIGURES, type FigureName, type ProblemStatus } from './problems/problem-kind.ts';
import { ORDER_REASONS } from './problems/order-reasons.ts';
import { PROBLEMS, type ProblemCode } from './problems/table.ts';

const CHAPTERS: Readonly<Record<ProblemStatus, string>> = {
  400: 'The request cannot be read',
  401: 'Who are you?',
  403: 'You may not',
  404: 'Not found',
  408: 'Too slow',
  409: 'Conflict with the current state',
  413: 'Too large',
  415: 'No JSON',
  422: 'Refused',
  429: 'Too many requests',
  431: 'Headers too large',
  500: 'A fault of the service',
  503: 'Not now',
};

const FIXED_FIELDS: readonly (readonly [name: string, meaning: string])[] = [
  ['type', 'where the code is explained: `/docs/errors#<code>` on the service itself'],
  ['title', 'what the code means; the same for every problem of that code'],
  ['status', 'the HTTP status'],
  ['detail', 'what went wrong this time, in a sentence for people'],
  ['code', 'the stable name of the problem; build on this and on nothing else'],
  ['request_id', 'as in the header `X-Request-Id` and in the log of the service'],
];

const INTRODUCTION = [
  'Every error is an `application/problem+json` document (RFC 9457). These fields are always there; a code may add figures of its own.',
];

const AFTERWORDS = [
  'An amendment that fails after the old order was canceled says so with `canceled_order_id`, whatever the code is; a stop that was put back then is named by `restored_order_id`.',
  'A close that fails after orders were canceled for it names them in `canceled_order_ids`, whatever the code is, and those that were put back in `restored_order_ids`.',
  'With 429 and 503 comes the header `Retry-After`, in seconds. Anything with an `order_id` was journaled, except where the code says that it only may have been: `GET /api/v1/trading/v2/orders/{order_id}/status` shows its outcome.',
  'The same request may be sent again with the same Idempotency-Key at any time: it is never placed twice. A request that was answered with 400, 401 or 503 without an order is not kept: a repeat is decided anew. A close that was refused with 404, 409 or 422 is kept as it was answered, so that a repeat closes nothing that was opened since: take another key for that.',
];

const REASONS_HEADING = 'Reasons of orders';
const REASONS_INTRODUCTION =
  '`reason` of an order holds a `code` and a `detail`. The code is that of a refusal above, the exchange having refused it where the order is `rejected`, or one of these. None of them is an error of a request.';

interface Entry {
  readonly code: ProblemCode;
  readonly status: ProblemStatus;
  readonly title: string;
  readonly when: string;
  readonly remedy: string;
  readonly figures: readonly FigureName[];
  readonly hasRetryAfter: boolean;
}

function entries(): Entry[] {
  return (Object.keys(PROBLEMS) as ProblemCode[]).map((code) => {
    const { status, title, when, remedy, figures, retryAfterMs } = PROBLEMS[code];
    return { code, status, title, when, remedy, figures, hasRetryAfter: retryAfterMs !== undefined };
  });
}

/** By status, lowest first; within a status in the order of the table. */
function byStatus(): {
  readonly status: number;
  readonly heading: string;
  readonly entries: readonly Entry[];
}[] {
  const groups = [...Map.groupBy(entries(), ({ status }) => status)].sort(([a], [b]) => a - b);
  return groups.map(([status, group]) => ({
    status,
    heading: `${status}: ${CHAPTERS[status]}`,
    entries: group,
  }));
}

/** The text of docs/errors.md. */
export function errorDocumentMarkdown(): string {
  const lines: string[] = [
    '<!-- Made by `npm run docs:errors` from the table PROBLEMS in src/http/problems; edit that. -->',
    '',
    '# Errors',
    '',
    ...INTRODUCTION.flatMap((text) => [text, '']),
    '| field | |',
    '| --- | --- |',
    ...FIXED_FIELDS.map(([name, meaning]) => `| \`${name}\` | ${meaning} |`),
    '',
    ...AFTERWORDS.flatMap((text) => [text, '']),
    '| status | codes |',
    '| --- | --- |',
    ...byStatus().map(
      ({ status, entries: group }) =>
        `| ${status} | ${group.map(({ code }) => `[\`${code}\`](#${code})`).join(', ')} |`,
    ),
  ];
  for (const { heading, entries: group } of byStatus()) {
    lines.push('', `## ${heading}`);
    for (const { code, title, when, remedy, figures, hasRetryAfter } of group) {
      lines.push('', `### ${code}`, '', `**${title}.** ${when}`, '', `Remedy: ${remedy}`);
      if (hasRetryAfter) lines.push('', 'Comes with `Retry-After`.');
      if (figures.length > 0) {
        lines.push('', 'Figures:', '', ...figures.map((name) => `- \`${name}\`: ${FIGURES[name]}`));
      }
    }
  }
  lines.push(
    '',
    `## ${REASONS_HEADING}`,
    '',
    REASONS_INTRODUCTION,
    '',
    '| code | when | what to do |',
    '| --- | --- | --- |',
  );
  for (const [code, { when, remedy }] of Object.entries(ORDER_REASONS))
    lines.push(`| \`${code}\` | ${when} | ${remedy} |`);
  return `${lines.join('\n')}\n`;
}

/** The same as a page that needs nothing else. */
export function errorDocumentPage(): string {
  const groups = byStatus().map(
    ({ heading, entries: group }) => `<h2>${html(heading)}</h2>\n${group.map(entryHtml).join('\n')}`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Plimsoll: errors</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; color: #1c2733; background: #fff }
code { background: #eef2f5; padding: .1rem .3rem; border-radius: 3px }
section:target { outline: 2px solid #2f6fb3; outline-offset: .5rem }
td { padding: .1rem 1rem .1rem 0; vertical-align: top }
@media (prefers-color-scheme: dark) { body { color: #dbe4ec; background: #10161c } code { background: #1d2730 } a { color: #7db7ff } }
</style>
</head>
<body>
<h1>Errors</h1>
${INTRODUCTION.map(paragraph).join('\n')}
<table>
${FIXED_FIELDS.map(([name, meaning]) => `<tr><td><code>${name}</code></td><td>${html(meaning)}</td></tr>`).join('\n')}
</table>
${AFTERWORDS.map(paragraph).join('\n')}
${groups.join('\n')}
<h2>${REASONS_HEADING}</h2>
${paragraph(REASONS_INTRODUCTION)}
<table>
${Object.entries(ORDER_REASONS)
  .map(
    ([code, { when, remedy }]) =>
      `<tr id="reason-${code}"><td><code>${code}</code></td><td>${html(when)}</td><td>${html(remedy)}</td></tr>`,
  )
  .join('\n')}
</table>
</body>
</html>
`;
}

function entryHtml({ code, title, when, remedy, figures, hasRetryAfter }: Entry): string {
  const named = figures.map((name) => `<li><code>${name}</code>: ${html(FIGURES[name])}</li>`).join('');
  return `<section id="${code}">
<h3><a href="#${code}">${code}</a></h3>
<p><strong>${html(title)}.</strong> ${html(when)}</p>
<p>Remedy: ${html(remedy)}${hasRetryAfter ? ' Comes with <code>Retry-After</code>.' : ''}</p>
${named === '' ? '' : `<ul>${named}</ul>\n`}</section>`;
}

function paragraph(text: string): string {
  return `<p>${html(text)}</p>`;
}

/** Text with `code marks`, as HTML. */
function html(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}
