/**
 * The OpenAPI document as it is served: the schemas, with the examples and the problems of each operation.
 *
 * Entry point: `describeOperations`.
 *
 * Invariants:
 *  1. Every operation lists each problem code it may answer, by status, in words and as the names of the examples. The schema is
 *     that of any problem, so that a generated client has one type of error, not one for each answer.
 *  2. The scope that the document gives for an operation is the scope that its route checks.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { problemDocument, Problem } from '../problem.ts';
import { PROBLEMS, type ProblemCode } from '../problems/table.ts';
import { problemsOf, operationName, type ExampleRequest, type OperationName } from './operation.ts';
import { OPERATIONS } from './operations.ts';

/** A route as it is registered. */
export interface ServedRoute {
  readonly method: string;
  readonly url: string;
  /** Undefined where no token is needed. */
  readonly scope: string | undefined;
  /** Pages and their scripts are no operations of the API. */
  readonly isPage: boolean;
}

interface Media {
  schema?: object;
  example?: unknown;
  examples?: Record<string, { summary?: string; value?: unknown; $ref?: string }>;
}

interface Answer {
  description: string;
  headers?: Record<string, object>;
  content?: Record<string, Media>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  required?: boolean;
  description?: string;
  schema?: object;
  example?: unknown;
}

interface Operation {
  operationId?: string;
  description?: string;
  security?: readonly object[];
  parameters?: Parameter[];
  requestBody?: { content?: Record<string, Media> };
  responses?: Record<string, Answer>;
}

/** The part of an OpenAPI document that is worked on here. */
export interface ApiDocument {
  paths?: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, object>; examples?: Record<string, object> };
}

/**
 * The schema of a field as clients are to see it. A field that says `documentedAs` in its `meta` stands in the document as that
 * and nothing else: what it is read from (the text of a query, a name in any case) is not what a client should be typed by.
 */
export function documentField({ jsonSchema }: { readonly jsonSchema: object }): void {
  const schema = jsonSchema as Record<string, unknown>;
  const { documentedAs, description, examples, default: usual } = schema;
  if (documentedAs === undefined) return;
  for (const keyword of Object.keys(schema)) delete schema[keyword];
  Object.assign(schema, documentedAs, {
    ...(description === undefined ? {} : { description }),
    ...(examples === undefined ? {} : { examples }),
    ...(usual === undefined ? {} : { default: usual }),
  });
}

const PROBLEM_JSON = 'application/problem+json';
const RECORDED = join(import.meta.dirname, 'answers.json');
const recordedAnswers = z.record(z.string(), z.object({ type: z.string(), body: z.unknown() }));

/** Changes the document in place and returns it. Reads the recorded answers from their file. */
export function describeOperations<Document extends object>(
  document: Document,
  routes: readonly ServedRoute[],
): Document {
  const api: ApiDocument = document;
  const answers = recordedAnswers.parse(JSON.parse(readFileSync(RECORDED, 'utf8')));
  for (const { method, url, scope, isPage } of routes) {
    const path = url.replaceAll(/:([a-z_]+)/g, '{$1}');
    const operation = api.paths?.[path]?.[method.toLowerCase()];
    if (operation === undefined || isPage) continue;
    const name = operationName(method, url);
    const contract = OPERATIONS[name as OperationName];
    if (contract !== undefined) operation.operationId = contract.id;
    operation.security = scope === undefined ? [] : [{ token: [] }];
    if (scope !== undefined) {
      const needs = `Needs a token with scope \`${scope}\`${scope === 'read' ? ', `trade` or `admin`' : scope === 'trade' ? ' or `admin`' : ''}.`;
      operation.description = [operation.description, needs].filter(Boolean).join('\n\n');
    }
    if (contract?.takesKey === true) {
      const others = (operation.parameters ?? []).filter(({ name: header }) => !isKeyHeader(header));
      operation.parameters = [...others, KEY_HEADER];
    }
    operation.responses = merged(
      describedAnswers(operation, contract?.examples[0], answers[name]),
      describedProblems(problemsOf(method, scope, contract?.problems ?? [])),
    );
    for (const example of contract?.examples ?? []) addExample(operation, example);
  }
  api.components = { ...api.components, examples: problemExamples() };
  dropUnused(api);
  return document;
}

/** Removes bodies without fields, and schemas that nothing refers to. */
function dropUnused(api: ApiDocument): void {
  for (const operation of Object.values(api.paths ?? {}).flatMap((operations) => Object.values(operations))) {
    const schema = JSON.stringify(operation.requestBody?.content?.['application/json']?.schema ?? {});
    const isEmpty = !/"properties":\{"|"\$ref"/.test(schema);
    if (isEmpty) delete operation.requestBody;
  }
  const { schemas = {} } = api.components ?? {};
  const used = new Set<string>();
  const collectUsed = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      collectUsed(schemas[name] ?? {});
    }
  };
  collectUsed(api.paths ?? {});
  for (const name of Object.keys(schemas)) if (!used.has(name)) delete schemas[name];
}

const KEY_HEADER: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'The same key with the same content is answered with the first outcome and `Idempotent-Replayed: true`; with other content it is refused.',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,128}$' },
  example: '8c1f0a52-first-try',
};

function isKeyHeader(name: string): boolean {
  return name.toLowerCase() === KEY_HEADER.name.toLowerCase();
}

function describedAnswers(
  operation: Operation,
  example: ExampleRequest | undefined,
  recorded: { readonly type: string; readonly body?: unknown } | undefined,
): Record<string, Answer> {
  if (example?.status === 101) return { 101: { description: 'The connection is a WebSocket from here on.' } };
  const described: Record<string, Answer> = {};
  for (const [status, answer] of Object.entries(operation.responses ?? {})) {
    if (!/^2\d\d$/.test(status) && !isOwnAnswer(status, answer)) continue;
    described[status] = { ...answer, description: ANSWER_WORDS[status] ?? answer.description };
    if (recorded === undefined || String(example?.status) !== status) continue;
    const media = answer.content?.[recorded.type];
    if (media !== undefined) media.examples = { answer: { value: recorded.body } };
  }
  return described;
}

/** An answer with an error status that is no problem document: readiness says 503 in its own shape. */
function isOwnAnswer(status: string, answer: Answer): boolean {
  return /^\d{3}$/.test(status) && answer.content !== undefined;
}

function merged(answers: Record<string, Answer>, problems: Record<string, Answer>): Record<string, Answer> {
  const all = { ...answers };
  for (const [status, problem] of Object.entries(problems)) {
    const own = answers[status];
    all[status] =
      own === undefined
        ? problem
        : {
            ...problem,
            description: `${own.description}\n\n${problem.description}`,
            content: { ...own.content, ...problem.content },
          };
  }
  return all;
}

const ANSWER_WORDS: Readonly<Record<string, string>> = {
  200: 'Done, or the state as it is.',
  201: 'Made.',
  202: 'Accepted; the outcome is not known yet.',
  503: 'Not ready yet.',
};

function describedProblems(codes: readonly ProblemCode[]): Record<string, Answer> {
  const groups = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  return Object.fromEntries([...groups].map(([status, group]) => [String(status), problemAnswer(group)]));
}

function problemAnswer(codes: readonly ProblemCode[]): Answer {
  const hasRetryAfter = codes.some((code) => PROBLEMS[code].retryAfterMs !== undefined);
  return {
    description: codes.map((code) => `- \`${code}\`: ${PROBLEMS[code].title}.`).join('\n'),
    ...(hasRetryAfter
      ? {
          headers: {
            'Retry-After': { description: 'Seconds.', schema: { type: 'integer', minimum: 1 } },
          },
        }
      : {}),
    content: {
      [PROBLEM_JSON]: {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  };
}

function problemExamples(): Record<string, object> {
  return Object.fromEntries(
    (Object.keys(PROBLEMS) as ProblemCode[]).map((code) => [
      code,
      {
        summary: PROBLEMS[code].title,
        value: problemDocument(new Problem(code, PROBLEMS[code].when), '3f9c1a07-1z'),
      },
    ]),
  );
}

/** Whether its text in a query is that of a number or a flag. */
function isTyped({ schema }: Parameter): boolean {
  const { type } = (schema ?? {}) as { readonly type?: string };
  return type === 'integer' || type === 'boolean';
}

function addExample(operation: Operation, { summary, path, query, body }: ExampleRequest): void {
  for (const parameter of operation.parameters ?? []) {
    const value = (parameter.in === 'path' ? path : parameter.in === 'query' ? query : undefined)?.[
      parameter.name
    ];
    // The first example that gives it stands for it.
    if (value !== undefined && parameter.example === undefined)
      parameter.example = isTyped(parameter) ? JSON.parse(value) : value;
  }
  const media = operation.requestBody?.content?.['application/json'];
  if (media === undefined || body === undefined) return;
  delete media.example;
  media.examples = { ...media.examples, [summary]: { summary, value: body } };
}
