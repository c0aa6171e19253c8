import type { Connection } from "./connection.ts";

/** How long an idle connection is kept: less than what servers allow (Node: 5 s), so that few turn out dead. */
const idleMs = 4000;

/** Idle connections by origin, the one used last first. They never hold up the process. */
export class ConnectionPool {
  readonly #idle = new Map<string, Map<Connection, NodeJS.Timeout>>();
  #isClosed = false;

  /** Takes an idle connection to `origin` out of the pool, if there is one. */
  take(origin: string): Connection | undefined {
    const connection = [...(this.#idle.get(origin)?.keys() ?? [])].at(-1);
    if (connection !== undefined) this.#remove(origin, connection);
    return connection;
  }

  /** Keeps `connection` until it is taken, closed by the server, or idle for too long. */
  put(origin: string, connection: Connection): void {
    if (this.#isClosed) return connection.retire();
    const drop = (): void => {
      this.#remove(origin, connection);
      connection.retire();
    };
    const siblings = this.#idle.get(origin) ?? new Map<Connection, NodeJS.Timeout>();
    this.#idle.set(origin, siblings.set(connection, setTimeout(drop, idleMs).unref()));
    connection.rest(drop);
  }

  /** Closes what is idle, and everything that becomes so later. */
  close(): void {
    this.#isClosed = true;
    for (const [origin, siblings] of this.#idle) {
      for (const connection of siblings.keys()) {
        this.#remove(origin, connection);
        connection.retire();
      }
    }
  }

  #remove(origin: string, connection: Connection): void {
    const siblings = this.#idle.get(origin);
    clearTimeout(siblings?.get(connection));
    siblings?.delete(connection);
    if (siblings?.size === 0) this.#idle.delete(origin);
  }
}
