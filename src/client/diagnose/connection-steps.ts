import { type DialReport, isLoopbackHost } from "../../http/index.ts";
import { type DiagnosisStep, okStep, skippedStep } from "./diagnosis.ts";

/** The steps of one connection, as far as it has got. */
export function connectionSteps(dial: DialReport): readonly DiagnosisStep[] {
  const isTunnelled = dial.route?.proxy !== undefined && dial.origin.startsWith("https:");
  const tunnel = isTunnelled ? [tunnelStep(dial)] : [];
  return [proxyStep(dial), dnsStep(dial), tcpStep(dial), ...tunnel, tlsStep(dial)];
}

/** What stands in place of these steps where there was no connection. */
export function noConnection(why: string): readonly DiagnosisStep[] {
  return (["proxy", "dns", "tcp", "tls"] as const).map((name) => skippedStep(name, why));
}

const notReached = "not reached";

function proxyStep({ origin, route }: DialReport): DiagnosisStep {
  if (route === undefined) return skippedStep("proxy", notReached);
  const { proxy, why } = route;
  const summary = proxy === undefined ? `none: ${why}` : `${proxy}, from ${why}`;
  return okStep("proxy", summary, { server: origin, proxy, why });
}

function dnsStep({ origin, route, addresses }: DialReport): DiagnosisStep {
  if (addresses.length === 0) return skippedStep("dns", notReached);
  const host = hostOf(route?.proxy ?? origin);
  const list = addresses.map(({ address, family }) => `${address} (IPv${family})`).join(", ");
  const [first] = addresses;
  const isLiteral = first?.address === host;
  return okStep("dns", isLiteral ? `${host} is an address: nothing to look up` : `${host} is ${list}`, {
    addresses,
  });
}

function tcpStep({ route, connectedTo, addresses }: DialReport): DiagnosisStep {
  const isOneOfMany = addresses.length > 1;
  const notes = addresses.flatMap(({ address, error }) =>
    error === undefined || !isOneOfMany ? [] : [`${address}: ${error}`],
  );
  if (connectedTo === undefined) return skippedStep("tcp", notReached, notes);
  const whose = route?.proxy === undefined ? "" : ", the proxy's";
  return okStep("tcp", `connected to ${connectedTo}${whose}`, { connectedTo }, notes);
}

function tunnelStep({ route, phase }: DialReport): DiagnosisStep {
  const isOpen = phase === "tls" || phase === "done";
  return isOpen
    ? okStep("tunnel", "the proxy opens the way to the server", { proxy: route?.proxy })
    : skippedStep("tunnel", notReached);
}

function tlsStep({ origin, tls }: DialReport): DiagnosisStep {
  if (origin.startsWith("http:")) {
    const isHere = isLoopbackHost(new URL(origin).hostname);
    return skippedStep(
      "tls",
      `plain http: ${isHere ? "the server is on this machine" : "the host is named as insecure"}`,
    );
  }
  if (tls === undefined) return skippedStep("tls", notReached);
  const { protocol, certificate, trusted } = tls;
  const { subject = "", issuer = "", validTo = "" } = certificate ?? {};
  return okStep("tls", `${protocol}, ${subject}, valid to ${validTo}`, tls, [
    `issued by ${issuer}`,
    `trusted: ${trusted}`,
  ]);
}

function hostOf(origin: string): string {
  return new URL(origin).hostname.replace(/^\[(.*)\]$/, "$1");
}
