/** A registry's host as logins are kept for it: in lower case, and one name for Docker Hub, which has three. */
export function normalHost(host: string): string {
  const lower = host.toLowerCase();
  return lower === "index.docker.io" || lower === "registry-1.docker.io" ? "docker.io" : lower;
}
