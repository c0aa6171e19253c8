/** One way in which a server lets a client authenticate (RFC 9110, section 11.3). */
export interface Challenge {
  /** Lower case: `basic`, `bearer`. */
  readonly scheme: string;
  /** By lower-case name: `realm`, `service`, `scope`, `error`. Empty for a scheme that uses token68. */
  readonly parameters: ReadonlyMap<string, string>;
}

const maxHeaderLength = 8192;
const maxChallenges = 8;

// RFC 9110, sections 5.6 and 11. Each pattern starts where the last one ended, and takes linear time.
const leadingCommas = /[ \t,]*/y;
const end = /$/y;
const token = /[\w!#$%&'*+.^`|~-]+/y;
const spaces = / +/y;
const token68 = /[\w.~+/-]+=*(?=[ \t]*(?:,|$))/y;
const parameterName = /([\w!#$%&'*+.^`|~-]+)[ \t]*=[ \t]*/y;
const quotedString = /"((?:[^"\\\p{Cc}]|\t|\\[^\p{Cc}])*)"/uy;
const separator = /[ \t]*(?:,[ \t,]*|$)/y;

/** Takes what `pattern` matches at the position reached so far. */
type Take = (pattern: RegExp) => RegExpExecArray | undefined;

/**
 * The challenges in a WWW-Authenticate value, several fields being joined by commas. Returns `undefined` for a value
 * that the grammar does not allow, that says a parameter twice, or that is over 8 KiB or eight challenges long.
 */
export function parseChallenges(header: string): readonly Challenge[] | undefined {
  if (header.length > maxHeaderLength) return undefined;
  const take = scan(header);
  const challenges: Challenge[] = [];
  take(leadingCommas);
  while (take(end) === undefined) {
    const scheme = take(token)?.[0].toLowerCase();
    if (scheme === undefined || challenges.length === maxChallenges) return undefined;
    if (take(spaces) !== undefined) take(token68);
    const parameters = takeParameters(take);
    if (parameters === undefined) return undefined;
    challenges.push({ scheme, parameters });
  }
  return challenges;
}

/** The challenge to answer: Bearer before Basic, which would show the login to the registry each time. */
export function chooseChallenge(header: string): Challenge | undefined {
  const challenges = parseChallenges(header) ?? [];
  return (
    challenges.find(({ scheme }) => scheme === "bearer") ??
    challenges.find(({ scheme }) => scheme === "basic")
  );
}

function scan(text: string): Take {
  let position = 0;
  return (pattern) => {
    pattern.lastIndex = position;
    const match = pattern.exec(text) ?? undefined;
    if (match !== undefined) position = pattern.lastIndex;
    return match;
  };
}

/** Takes parameters up to the next challenge or the end, with the separator that must stand there. */
function takeParameters(take: Take): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (;;) {
    const name = take(parameterName)?.[1]?.toLowerCase();
    if (name === undefined) break;
    const value = takeValue(take);
    if (value === undefined || parameters.has(name)) return undefined;
    parameters.set(name, value);
    if (take(separator) === undefined) return undefined;
  }
  return parameters.size > 0 || take(separator) !== undefined ? parameters : undefined;
}

function takeValue(take: Take): string | undefined {
  const quoted = take(quotedString)?.[1];
  return quoted === undefined ? take(token)?.[0] : quoted.replaceAll(/\\(.)/gu, "$1");
}
