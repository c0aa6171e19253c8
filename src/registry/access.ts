/** What is done in a repository of a registry. */
export type Action = "pull" | "list" | "push" | "tag" | "before-delete" | "delete";

/** What a request wants to do, and where. */
export interface Access {
  /** `undefined` for the question whether the registry accepts a login. */
  readonly repository: string | undefined;
  /** Default: `pull`. */
  readonly action?: Action | undefined;
  /** A repository of the same registry that a blob is to be taken from. Default: none. */
  readonly mountFrom?: string | undefined;
}

const actions: Readonly<Record<Action, string>> = {
  pull: "pull",
  list: "pull",
  push: "pull,push",
  tag: "pull,push",
  "before-delete": "pull,push",
  delete: "delete",
};

/** What failed, as messages say it. */
const verbs: Readonly<Partial<Record<Action, string>>> = {
  list: "list the tags of",
  push: "push to",
  "before-delete": "delete",
};

/** What a token is asked for (distribution, "Token Scope Documentation"), each repository on its own. */
export function scopesOf({ repository, action = "pull", mountFrom }: Access): readonly string[] {
  if (repository === undefined) return [];
  const own = `repository:${repository}:${actions[action]}`;
  return mountFrom === undefined ? [own] : [own, `repository:${mountFrom}:pull`];
}

/** What failed, as messages begin. */
export function failedTo(reference: string, { repository, action = "pull" }: Access): string {
  const verb = repository === undefined ? "log in to" : (verbs[action] ?? action);
  return `failed to ${verb} \`${reference}\``;
}
