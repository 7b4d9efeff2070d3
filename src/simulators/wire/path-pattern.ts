/** Matching of request paths against `/a/:name/b` and `/a/*`. */

export type PathMatch = Readonly<Record<string, string>>;

/** A function that gives the parameters of a path that matches, else null. `*` is the parameter for what follows. */
export function pathPattern(pattern: string): (path: string) => PathMatch | null {
  const names: string[] = [];
  const source = pattern
    .split('/')
    .map((part) => {
      if (part === '*') {
        names.push('*');
        return '(.*)';
      }
      if (part.startsWith(':')) {
        names.push(part.slice(1));
        return '([^/]+)';
      }
      return part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    })
    .join('/');
  const expression = new RegExp(`^${source}$`);
  return (path) => {
    const match = expression.exec(path);
    if (match === null) return null;
    const parameters: Record<string, string> = {};
    for (const [index, name] of names.entries()) parameters[name] = decoded(match[index + 1] ?? '');
    return parameters;
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (malformed) {
    if (malformed instanceof URIError) return text;
    throw malformed;
  }
}
