import { isJsonObject } from "../../core/index.ts";
import { changeAuthFile } from "./auth-file.ts";

/** Where a login stands in our own file: Docker's part of it, or that of tenants. */
export type OwnSection = "auths" | "tenants";

/** A user name, and the password or token that goes with it. */
export interface NewLogin {
  readonly username: string;
  readonly password: string;
}

/**
 * Writes a login to our own file, in Docker's form.
 * @throws {DistError} see {@link changeAuthFile}
 */
export async function saveOwnLogin(
  path: string,
  section: OwnSection,
  key: string,
  { username, password }: NewLogin,
): Promise<void> {
  const entry = { auth: Buffer.from(`${username}:${password}`).toString("base64") };
  await changeAuthFile(path, (config) => ({
    ...config,
    [section]: Object.fromEntries([...entriesOf(config[section]), [key, entry]]),
  }));
}

/**
 * Removes from our own file the logins whose key is meant; whether there were any.
 * @throws {DistError} see {@link changeAuthFile}
 */
export async function removeOwnLogin(
  path: string,
  section: OwnSection,
  isMeant: (key: string) => boolean,
): Promise<boolean> {
  let isRemoved = false;
  await changeAuthFile(path, (config) => {
    const entries = entriesOf(config[section]);
    const rest = entries.filter(([key]) => !isMeant(key));
    isRemoved = rest.length < entries.length;
    return isRemoved ? { ...config, [section]: Object.fromEntries(rest) } : undefined;
  });
  return isRemoved;
}

function entriesOf(section: unknown): readonly (readonly [string, unknown])[] {
  return isJsonObject(section) ? Object.entries(section) : [];
}
