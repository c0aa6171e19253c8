import { isDistError, printable } from "../core/index.ts";
import type { Http } from "./http.ts";

/**
 * `http`, with one line to `log` for each exchange: `GET https://host/path -> 200 (12 ms)`. URLs are redacted and no
 * header is ever shown.
 * @param now the time in milliseconds
 */
export function withTrace(http: Http, log: (line: string) => void, now: () => number): Http {
  return {
    send: async (request) => {
      const start = now();
      const trace = (outcome: number | string): void => {
        const took = Math.round(now() - start);
        log(`${request.method} ${printable(request.url.href)} -> ${outcome} (${took} ms)`);
      };
      try {
        const response = await http.send(request);
        trace(response.status);
        return response;
      } catch (error) {
        trace(isDistError(error) ? error.code : "error");
        throw error;
      }
    },
    close: () => http.close(),
  };
}
