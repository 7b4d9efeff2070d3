/**
 * The route or stream endpoint that a request's path leads to.
 *
 * Entry points: `Routes`, `StreamEndpoints`, `splitTarget`.
 */
import type { RouteName } from '../faults.ts';
import { pathPattern, type PathMatch } from './path-pattern.ts';
import type { HttpRoute, SocketEndpoint, StreamRoute, WireReply, WireRequest } from './wire.ts';

type Compiled<Place> = Place & { readonly match: (path: string) => PathMatch | null };

/** A place that was found, with the parameters of its path. */
export interface Found<Place> {
  readonly place: Place;
  readonly parameters: PathMatch;
}

export class Routes {
  readonly #exact: ReadonlyMap<string, HttpRoute>;
  readonly #patterns: readonly Compiled<HttpRoute>[];

  constructor(routes: readonly HttpRoute[]) {
    const isPattern = (route: HttpRoute): boolean => /[:*]/.test(route.path);
    this.#exact = new Map(
      routes.filter((route) => !isPattern(route)).map((route) => [`${route.method} ${route.path}`, route]),
    );
    this.#patterns = routes.filter(isPattern).map(compiled);
  }

  find(method: string, path: string): Found<HttpRoute> | null {
    const exact = this.#exact.get(`${method} ${path}`);
    if (exact !== undefined) return { place: exact, parameters: {} };
    return firstMatch(
      this.#patterns.filter((route) => route.method === method),
      path,
    );
  }
}

export class StreamEndpoints {
  readonly #endpoints: readonly Compiled<SocketEndpoint>[];

  constructor(endpoints: readonly SocketEndpoint[]) {
    this.#endpoints = endpoints.map(compiled);
  }

  find(path: string): Found<SocketEndpoint> | null {
    return firstMatch(this.#endpoints, path);
  }
}

/** The fault route of a request; `other` where no route takes it. */
export function routeName(found: Found<HttpRoute> | null, request: WireRequest): RouteName {
  if (found === null) return 'other';
  const { route } = found.place;
  return typeof route === 'function' ? route(request) : route;
}

/** The route that faults and counts of a new connection go by. */
export function streamRouteOf({ route }: SocketEndpoint, target: { readonly query: string }): StreamRoute {
  return typeof route === 'function' ? route(target) : route;
}

/** As the request counts show a reply. */
export function outcomeOf(reply: WireReply): string {
  return reply.outcome ?? (reply.status < 400 ? 'ok' : reply.status < 500 ? 'refused' : 'error');
}

/** Path and query of a request's target. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?');
  return mark < 0
    ? { path: target, query: '' }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

function compiled<Place extends { readonly path: string }>(place: Place): Compiled<Place> {
  return { ...place, match: pathPattern(place.path) };
}

function firstMatch<Place>(places: readonly Compiled<Place>[], path: string): Found<Place> | null {
  for (const place of places) {
    const parameters = place.match(path);
    if (parameters !== null) return { place, parameters };
  }
  return null;
}
