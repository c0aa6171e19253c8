import { routeOf } from "../openapi/route-of.ts";

/** A request that was answered. */
export interface AnsweredRequest {
  readonly method: string;
  /** The path as it was sent; its query does not matter. */
  readonly target: string;
  readonly status: number;
  /** Bytes of the body. */
  readonly bytesSent: number;
  readonly durationMs: number;
}

/** Counts requests. */
export interface Metrics {
  readonly record: (request: AnsweredRequest) => void;
  /**
   * All counts in Prometheus's text form, version 0.0.4.
   * @param artifacts how many are served, by kind
   */
  readonly print: (artifacts: Readonly<Record<string, number>>) => string;
}

/** The type of what {@link Metrics} prints. */
export const metricsMediaType = "text/plain; version=0.0.4; charset=utf-8";

/** Upper bounds of the histogram of durations, in seconds. */
const bounds = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60] as const;

interface Durations {
  /** One for each bound, and one for what is longer. */
  readonly counts: number[];
  sum: number;
}

/** Metrics that have counted nothing. */
export function createMetrics(): Metrics {
  const requests = new Map<string, number>();
  const bytes = new Map<string, number>();
  const durations = new Map<string, Durations>();

  return {
    record({ method, target, status, bytesSent, durationMs }) {
      const route = routeOf(target.replace(/[?#].*$/s, ""));
      const labels = labelsOf({ method: knownMethod(method), route, status: String(status) });
      const seconds = Math.max(0, durationMs) / 1000;
      requests.set(labels, (requests.get(labels) ?? 0) + 1);
      bytes.set(route, (bytes.get(route) ?? 0) + bytesSent);
      const entry = durations.get(route) ?? {
        counts: Array.from({ length: bounds.length + 1 }, () => 0),
        sum: 0,
      };
      const bound = bounds.findIndex((one) => seconds <= one);
      const at = bound < 0 ? bounds.length : bound;
      entry.counts[at] = (entry.counts[at] ?? 0) + 1;
      entry.sum += seconds;
      durations.set(route, entry);
    },
    print: (artifacts) =>
      [
        ...family("up", "gauge", "Whether the server answers.", [["", 1]]),
        ...family(
          "artifacts",
          "gauge",
          "Versions of components and packs that are served.",
          Object.entries(artifacts).map(([kind, count]) => [labelsOf({ kind }), count]),
        ),
        ...family("requests_total", "counter", "Requests that were answered.", [...requests]),
        ...family(
          "response_bytes_total",
          "counter",
          "Bytes of bodies that were sent.",
          [...bytes].map(([route, count]) => [labelsOf({ route }), count]),
        ),
        ...histogram(durations),
      ]
        .map((line) => `${line}\n`)
        .join(""),
  };
}

const prefix = "greentic_dist_dev_";
const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST"]);

/** Clients may invent methods without end. */
function knownMethod(method: string): string {
  return methods.has(method) ? method : "other";
}

function family(
  name: string,
  type: "gauge" | "counter",
  help: string,
  samples: readonly (readonly [string, number])[],
): readonly string[] {
  const lines = samples.map(([labels, value]) => `${prefix}${name}${labels} ${value}`);
  return [...headOf(name, type, help), ...lines];
}

function histogram(durations: ReadonlyMap<string, Durations>): readonly string[] {
  const name = "request_duration_seconds";
  const lines = headOf(name, "histogram", "Time from the head of a request to the end of its response.");
  for (const [route, { counts, sum }] of durations) {
    let count = 0;
    for (const [at, more] of counts.entries()) {
      count += more;
      const le = String(bounds[at] ?? "+Inf");
      lines.push(`${prefix}${name}_bucket${labelsOf({ route, le })} ${count}`);
    }
    const labels = labelsOf({ route });
    lines.push(`${prefix}${name}_sum${labels} ${sum}`, `${prefix}${name}_count${labels} ${count}`);
  }
  return lines;
}

function headOf(name: string, type: string, help: string): string[] {
  return [`# HELP ${prefix}${name} ${help}`, `# TYPE ${prefix}${name} ${type}`];
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
